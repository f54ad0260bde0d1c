// Over random pools, claims and periods: what is told adds up to the last millionth, and agrees with looking
// at every hour.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "usage/split.hpp"
#include "usage/usage.hpp"

namespace berth::usage {
namespace {

constexpr int kRounds = 10'000;
constexpr std::array kAllGroupings{By::kSession, By::kOwner, By::kTeam, By::kClass, By::kMonth};

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::int64_t number(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
  }
  std::size_t place(std::size_t count) {
    return static_cast<std::size_t>(number(0, static_cast<std::int64_t>(count) - 1));
  }
  bool one_in(std::int64_t n) { return number(1, n) == 1; }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    std::shuffle(items.begin(), items.end(), engine_);
  }

 private:
  std::mt19937_64 engine_;
};

Instant hour(std::int64_t n) {
  return Instant(hours(500'000 + n));
}

/// Neighbouring windows with gaps, in whole hours, between -30 and 180.
std::vector<Window> some_windows(Chance& chance, int most) {
  std::vector<Window> out;
  auto from = chance.number(-30, 40);
  for (auto left = chance.number(0, most); left > 0 && from < 180; --left) {
    const auto to = from + chance.number(1, 50);
    out.push_back({hour(from), hour(to)});
    from = to + (chance.one_in(2) ? 0 : chance.number(1, 20));
  }
  return out;
}

Facts random_facts(Chance& chance) {
  Facts facts;
  facts.period = {hour(chance.number(-10, 40)), hour(chance.number(41, 150))};
  facts.now = hour(chance.number(-20, 200));
  auto from = facts.period.start;
  while (from < facts.period.end) {
    const auto to = std::min(from + hours(chance.number(5, 60)), facts.period.end);
    facts.months.push_back({"month " + std::to_string(facts.months.size()), {from, to}, facts.now < to});
    from = to;
  }
  const auto classes = chance.number(1, 3);
  for (std::int64_t i = 1; i <= classes; ++i) {
    const double share = chance.one_in(3) ? 1.0 : 1.0 / static_cast<double>(chance.number(2, 8));
    facts.classes.push_back({{i}, "class-" + std::to_string(i), share});
  }
  const auto reservations = chance.number(1, 6);
  for (std::int64_t i = 0; i < reservations; ++i) {
    const auto owner = std::to_string(chance.number(1, 3));
    const auto team = chance.one_in(3) ? "" : "team-" + std::to_string(chance.number(1, 2));
    std::optional<model::TeamId> team_id;
    if (!team.empty()) team_id = model::TeamId{team};
    facts.reservations.push_back({{std::to_string(i)},
                                  "",
                                  {owner},
                                  owner + "@example.org",
                                  team_id,
                                  team,
                                  facts.classes[chance.place(facts.classes.size())].id,
                                  {hour(i), hour(i + 1)},
                                  !chance.one_in(3)});
  }
  const auto units = chance.number(1, 5);
  const bool layouts = chance.one_in(2);  // units over each other on two devices, or each on its own
  for (std::int64_t i = 0; i < units; ++i) {
    Unit unit;
    for (const auto& during : some_windows(chance, 4)) {
      Span span{during, facts.classes[chance.place(facts.classes.size())].id, !chance.one_in(4), {i}, {}};
      if (layouts) {
        const auto first = chance.number(0, 3);
        span.device = {chance.number(1, 2)};
        span.placement = {static_cast<int>(first), static_cast<int>(chance.number(first + 1, 4))};
      }
      unit.spans.push_back(span);
    }
    for (const auto& during : some_windows(chance, 5))
      unit.claims.push_back({during, chance.place(facts.reservations.size())});
    for (int list = 0; list < 2; ++list) {  // holds and maintenance may lie one over the other
      for (const auto& during : some_windows(chance, 2)) unit.kept.push_back(during);
    }
    facts.units.push_back(std::move(unit));
  }
  if (!chance.one_in(8))
    facts.annual_cost = MoneyMicros{chance.number(0, chance.one_in(3) ? 100 : 5'000'000'000'000'000)};
  return facts;
}

struct Sums {
  Duration unit_time{0};
  Duration gpu_time{0};
  std::int64_t cost = 0;
  bool operator==(const Sums&) const = default;
};
void add(Sums& sums, const Row& row) {
  sums.unit_time += row.unit_time;
  sums.gpu_time += row.gpu_time;
  sums.cost += row.cost.value_or(MoneyMicros{}).value;
}

TEST(AccountProperty, EveryGroupingAddsUpToThePeriodsShareOfTheAnnualCost) {
  Chance chance(1);
  int with_others = 0;
  int with_blocked = 0;
  int with_out_of_service = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto facts = random_facts(chance);
    const auto it = account(facts);
    const auto due =
        facts.annual_cost ? share_of_year(*facts.annual_cost, it.counted.length()) : MoneyMicros{};
    ASSERT_EQ(it.cost.has_value(), facts.annual_cost.has_value());
    Sums first;
    for (const auto by : kAllGroupings) {
      const auto made = table(facts, it, by);
      Sums parts;
      for (const auto& row : made.rows) add(parts, row);
      add(parts, made.idle);
      if (made.others) add(parts, *made.others);
      if (made.blocked) add(parts, *made.blocked);
      if (made.out_of_service) add(parts, *made.out_of_service);
      Sums total;
      add(total, made.total);
      ASSERT_EQ(parts, total) << "round " << round << ", by " << to_string(by);
      ASSERT_EQ(total.cost, due.value) << "round " << round << ", by " << to_string(by);
      ASSERT_EQ(made.total.cost.has_value(), facts.annual_cost.has_value());
      if (by == kAllGroupings.front()) first = total;
      ASSERT_EQ(total, first) << "all groupings have one total";
      with_others += made.others ? 1 : 0;
      with_blocked += made.blocked ? 1 : 0;
      with_out_of_service += made.out_of_service ? 1 : 0;
    }
  }
  EXPECT_GT(with_others, kRounds / 10);
  EXPECT_GT(with_blocked, kRounds / 10);
  EXPECT_GT(with_out_of_service, kRounds / 10);
}

/// What a unit is in one hour, told anew and as plainly as can be.
TEST(AccountProperty, AgreesWithLookingAtEveryHourOfEveryUnit) {
  Chance chance(2);
  struct Told {
    std::map<std::pair<std::size_t, std::size_t>, int> held;                 // by month and reservation
    std::map<std::pair<std::size_t, std::int64_t>, int> idle, blocked, out;  // by month and class
    bool operator==(const Told&) const = default;
  };
  const auto within = [](const Window& window, Instant at) { return window.contains(at); };
  for (int round = 0; round < kRounds; ++round) {
    const auto facts = random_facts(chance);
    const auto it = account(facts);
    Told expected;
    for (std::size_t month = 0; month < facts.months.size(); ++month) {
      const auto& during = facts.months[month].during;
      for (auto at = during.start; at < during.end; at += hours(1)) {
        if (at >= facts.now) break;
        const auto span_of = [&](const Unit& unit) {
          const auto span = std::find_if(unit.spans.begin(), unit.spans.end(),
                                         [&](const Span& s) { return within(s.during, at); });
          return span == unit.spans.end() ? nullptr : &*span;
        };
        const auto claim_of = [&](const Unit& unit) {
          const auto claim = std::find_if(unit.claims.begin(), unit.claims.end(),
                                          [&](const Claim& c) { return within(c.during, at); });
          return claim == unit.claims.end() ? nullptr : &*claim;
        };
        const auto kept = [&](const Unit& unit) {
          return std::any_of(unit.kept.begin(), unit.kept.end(),
                             [&](const Window& w) { return within(w, at); });
        };
        for (const auto& unit : facts.units) {
          const auto* span = span_of(unit);
          if (const auto* claim = claim_of(unit)) {
            ++expected.held[{month, claim->reservation}];
          } else if (span != nullptr) {
            const bool blocked = std::any_of(facts.units.begin(), facts.units.end(), [&](const Unit& other) {
              const auto* there = span_of(other);
              return &other != &unit && there != nullptr && there->device == span->device &&
                     there->placement.overlaps(span->placement) &&
                     (claim_of(other) != nullptr || kept(other));
            });
            auto& use = !span->in_service || kept(unit) ? expected.out
                        : blocked                       ? expected.blocked
                                                        : expected.idle;
            ++use[{month, span->device_class.value}];
          }
        }
      }
    }
    Told told;
    for (const auto& cell : it.cells) {
      const auto in_hours = static_cast<int>(cell.unit_time / Duration(hours(1)));
      if (cell.use == Use::kHeld) {
        told.held[{cell.month, *cell.reservation}] = in_hours;
      } else if (cell.device_class) {
        auto& use = cell.use == Use::kIdle ? told.idle : cell.use == Use::kBlocked ? told.blocked : told.out;
        use[{cell.month, cell.device_class->value}] = in_hours;
      }
    }
    ASSERT_EQ(told, expected) << "round " << round;
  }
}

/// Where every unit weighs what it covers of its device, two devices never weigh more than two.
TEST(AccountProperty, NoSlotOfADeviceIsCountedTwice) {
  Chance chance(6);
  for (int round = 0; round < kRounds; ++round) {
    auto facts = random_facts(chance);
    facts.classes = {{{1}, "slot", 0.25}, {{2}, "two", 0.5}, {{3}, "three", 0.75}, {{4}, "whole", 1.0}};
    for (auto& unit : facts.units) {
      for (auto& span : unit.spans) span.device_class = {span.placement.length()};
      unit.claims.clear();
    }
    const auto it = account(facts);
    Duration told{0};
    for (const auto& cell : it.cells) told += cell.gpu_time;
    const bool shared = std::all_of(facts.units.begin(), facts.units.end(), [](const Unit& unit) {
      return std::all_of(unit.spans.begin(), unit.spans.end(),
                         [](const Span& s) { return s.device.value <= 2; });
    });
    if (shared) {
      ASSERT_LE(told, 2 * it.counted.length() + Duration(1000)) << "round " << round;
    }
  }
}

TEST(AccountProperty, AnOwnersCostIsThatOfTheirSessionsWhateverIsAskedFor) {
  Chance chance(3);
  for (int round = 0; round < kRounds; ++round) {
    auto facts = random_facts(chance);
    for (auto& reservation : facts.reservations) reservation.visible = true;
    const auto it = account(facts);
    std::map<std::string, std::int64_t> by_owner;
    std::map<std::string, std::int64_t> by_team;
    for (const auto& row : table(facts, it, By::kSession).rows) {
      const auto& reservation = facts.reservations[*row.reservation];
      by_owner[reservation.owner_email] += row.cost.value_or(MoneyMicros{}).value;
      by_team[reservation.team_name] += row.cost.value_or(MoneyMicros{}).value;
    }
    std::map<std::string, std::int64_t> told_by_owner;
    std::map<std::string, std::int64_t> told_by_team;
    for (const auto& row : table(facts, it, By::kOwner).rows)
      told_by_owner[row.key] = row.cost.value_or(MoneyMicros{}).value;
    for (const auto& row : table(facts, it, By::kTeam).rows)
      told_by_team[row.key] = row.cost.value_or(MoneyMicros{}).value;
    ASSERT_EQ(told_by_owner, by_owner) << "round " << round;
    ASSERT_EQ(told_by_team, by_team) << "round " << round;
  }
}

TEST(AccountProperty, WithinAMonthAGpuHourCostsTheSameForEveryone) {
  Chance chance(4);
  int compared = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto facts = random_facts(chance);
    const auto it = account(facts);
    if (!it.cost) continue;
    std::map<std::size_t, std::pair<long double, long double>> of_month;  // weight, cost
    const auto weight = [&](const Cell& cell) -> long double {
      if (!cell.device_class) return 0;
      const auto& share = facts.classes[static_cast<std::size_t>(cell.device_class->value - 1)].gpu_share;
      return static_cast<long double>(cell.device_time.count()) * static_cast<long double>(gpu_parts(share));
    };
    for (const auto& cell : it.cells) {
      of_month[cell.month].first += weight(cell);
      of_month[cell.month].second += static_cast<long double>(cell.cost->value);
    }
    for (const auto& cell : it.cells) {
      const auto& [whole, cost] = of_month[cell.month];
      if (whole == 0) continue;
      ASSERT_LT(std::abs(static_cast<long double>(cell.cost->value) - cost * weight(cell) / whole), 1.01L)
          << "round " << round;
      ++compared;
    }
  }
  EXPECT_GT(compared, kRounds);
}

TEST(AccountProperty, UtilisationIsAShareAndTheOrderOfUnitsDoesNotMatter) {
  Chance chance(5);
  for (int round = 0; round < kRounds; ++round) {
    auto facts = random_facts(chance);
    const auto it = account(facts);
    Duration reserved{0};
    for (const auto& row : reserved_utilisation(facts, it, {{1}})) {
      reserved += row.reserved;
      ASSERT_LE(row.reserved, row.bookable);
      ASSERT_EQ(row.utilisation().has_value(), row.bookable > Duration(0));
      if (row.utilisation()) {
        ASSERT_GE(*row.utilisation(), 0.0);
        ASSERT_LE(*row.utilisation(), 1.0);
      }
    }
    Duration held{0};
    std::vector<std::int64_t> costs;
    for (const auto& cell : it.cells) {
      if (cell.use == Use::kHeld) held += cell.unit_time;
      costs.push_back(cell.cost.value_or(MoneyMicros{}).value);
    }
    ASSERT_EQ(reserved, held) << "round " << round;
    chance.shuffle(facts.units);
    std::vector<std::int64_t> again;
    for (const auto& cell : account(facts).cells) again.push_back(cell.cost.value_or(MoneyMicros{}).value);
    ASSERT_EQ(again, costs) << "round " << round;
  }
}

}  // namespace
}  // namespace berth::usage
