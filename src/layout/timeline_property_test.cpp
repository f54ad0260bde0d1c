// propose_layouts against everything that there is, on questions small enough: hour by hour, each card may
// stay as it is or begin any change, and each wish may go onto any unit.
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "layout/timeline_for_test.hpp"

namespace berth::layout {
namespace {

/// Changes, and the sum of the hours at which they begin.
using Cost = std::pair<int, int>;

struct Stay {
  std::optional<std::size_t> unit;
  int from = 0;
  int end = 0;
  bool runs = false;
};

/// One card, hour by hour.
class EveryCourse {
 public:
  EveryCourse(const LayoutQuestion& question, const OfferedCard& card, std::vector<Stay> stays)
      : question_(question), card_(card), stays_(std::move(stays)) {}

  std::optional<Cost> cheapest() { return from(0, card_.present ? static_cast<int>(*card_.present) : -1); }

 private:
  static constexpr int kLast = 24;

  bool serves(int hour, int layout) const {
    return std::ranges::all_of(stays_, [&](const Stay& stay) {
      if (hour < stay.from || hour >= stay.end) return true;
      if (layout < 0) return stay.runs;
      return stay.unit && layout_has(card_, static_cast<std::size_t>(layout), *stay.unit);
    });
  }
  bool may_change(int hour) const {
    return std::ranges::all_of(stays_, [&](const Stay& stay) {
      return hour < stay.from || hour >= stay.end + hours_in(question_.tail);
    });
  }
  static int hours_in(Duration length) { return static_cast<int>(std::chrono::floor<hours>(length).count()); }

  std::optional<Cost> from(int hour, int layout) {
    if (hour >= kLast) return Cost{0, 0};
    const auto known = seen_.find({hour, layout});
    if (known != seen_.end()) return known->second;
    std::optional<Cost> best;
    if (serves(hour, layout)) best = from(hour + 1, layout);
    bool may = true;
    for (int i = 0; i < hours_in(question_.change); ++i) may = may && may_change(hour + i);
    for (std::size_t to = 0; may && to < card_.layouts.size(); ++to) {
      const auto rest = from(hour + hours_in(question_.change), static_cast<int>(to));
      if (!rest) continue;
      const Cost cost{rest->first + 1, rest->second + hour};
      if (!best || cost < *best) best = cost;
    }
    seen_[{hour, layout}] = best;
    return best;
  }

  const LayoutQuestion& question_;
  const OfferedCard& card_;
  std::vector<Stay> stays_;
  std::map<std::pair<int, int>, std::optional<Cost>> seen_;
};

/// What the claims of a card come to.
struct Claims {
  std::vector<std::optional<int>> from;  // by claim
  std::vector<Stay> stays;
};

Claims claims_of(const LayoutQuestion& question, const OfferedCard& card) {
  Claims claims{.from = std::vector<std::optional<int>>(card.claims.size()), .stays = {}};
  std::vector<std::size_t> later;
  for (std::size_t i = 0; i < card.claims.size(); ++i) {
    const auto& one = card.claims[i];
    const int end = hour_of(one.during.end);
    if (end <= 0) claims.stays.push_back({one.unit, end, end, false});  // its tail
    if (!is_in_sight(question, one)) continue;
    if (runs_now(question, card, one)) {
      claims.from[i] = 0;
      claims.stays.push_back({one.unit, 0, end, true});
    } else {
      later.push_back(i);
    }
  }
  std::ranges::stable_sort(later, {}, [&](std::size_t i) { return card.claims[i].during.start; });
  for (const auto i : later) {
    const auto& one = card.claims[i];
    const int start = hour_of(one.during.start);
    const int latest = start + hour_of(at_hour(0) + question.patience);
    for (int from = std::max(start, 0); from <= latest && from < hour_of(one.during.end); ++from) {
      auto stays = claims.stays;
      stays.push_back({one.unit, from, hour_of(one.during.end), false});
      if (!EveryCourse(question, card, stays).cheapest()) continue;
      claims.from[i] = from;
      claims.stays = std::move(stays);
      break;
    }
  }
  return claims;
}

using Places = std::vector<std::optional<std::pair<std::size_t, std::size_t>>>;

/// Every way to give wishes places.
class EveryPlace {
 public:
  EveryPlace(const LayoutQuestion& question, const std::vector<Claims>& claims)
      : question_(question), claims_(claims), here_(question.wishes.size()) {
    from(0);
  }
  const Places& best() const { return best_; }
  Cost cost() const { return std::get<1>(*key_); }

 private:
  using Key = std::tuple<std::vector<bool>, Cost, Places>;  // unserved; what it costs; where

  bool may_lie(std::size_t wish, std::size_t card, std::size_t unit) const {
    const auto& one = question_.wishes[wish];
    const auto& offered = question_.cards[card];
    if (one.during.start < question_.now || one.during.end > question_.horizon) return false;
    if (offered.units[unit] != one.device_class) return false;
    for (const auto& claim : offered.claims) {
      if (claim.during.overlaps(one.during) &&
          (!claim.unit || *claim.unit == unit || !go_together(offered, *claim.unit, unit)))
        return false;
    }
    for (std::size_t other = 0; other < wish; ++other) {
      if (here_[other] == std::pair{card, unit} && question_.wishes[other].during.overlaps(one.during))
        return false;
    }
    return true;
  }

  std::optional<Cost> cost_of(std::size_t card) {
    std::vector<std::pair<std::size_t, std::size_t>> on_it;
    auto stays = claims_[card].stays;
    for (std::size_t wish = 0; wish < here_.size(); ++wish) {
      if (!here_[wish] || here_[wish]->first != card) continue;
      const auto& during = question_.wishes[wish].during;
      stays.push_back({here_[wish]->second, hour_of(during.start), hour_of(during.end), false});
      on_it.emplace_back(wish, here_[wish]->second);
    }
    const auto known = costs_.find({card, on_it});
    if (known != costs_.end()) return known->second;
    return costs_[{card, on_it}] = EveryCourse(question_, question_.cards[card], stays).cheapest();
  }

  void from(std::size_t wish) {
    if (wish < question_.wishes.size()) {
      for (std::size_t card = 0; card < question_.cards.size(); ++card) {
        for (std::size_t unit = 0; unit < question_.cards[card].units.size(); ++unit) {
          if (!may_lie(wish, card, unit)) continue;
          here_[wish] = std::pair{card, unit};
          from(wish + 1);
        }
      }
      here_[wish].reset();
      return from(wish + 1);
    }
    Cost all{0, 0};
    for (std::size_t card = 0; card < question_.cards.size(); ++card) {
      const auto cost = cost_of(card);
      if (!cost) return;
      all = {all.first + cost->first, all.second + cost->second};
    }
    std::vector<bool> unserved;
    for (const auto& place : here_) unserved.push_back(!place);
    Key key{unserved, all, here_};
    if (key_ && *key_ <= key) return;
    key_ = key;
    best_ = here_;
  }

  const LayoutQuestion& question_;
  const std::vector<Claims>& claims_;
  Places here_;
  Places best_;
  std::optional<Key> key_;
  std::map<std::pair<std::size_t, std::vector<std::pair<std::size_t, std::size_t>>>, std::optional<Cost>>
      costs_;
};

struct Tally {
  int late = 0;
  int not_kept = 0;
  int changes = 0;
  int served = 0;
  int unserved = 0;
};

void compare(const LayoutQuestion& question, Tally& tally) {
  const auto proposal = propose_layouts(question);
  ASSERT_TRUE(proposal) << proposal.error().message;
  ASSERT_TRUE(proposal->exact);
  ASSERT_EQ(TimelineChecker(question, *proposal).fault(), "");
  std::vector<Claims> claims;
  for (std::size_t i = 0; i < question.cards.size(); ++i) {
    claims.push_back(claims_of(question, question.cards[i]));
    for (std::size_t claim = 0; claim < claims[i].from.size(); ++claim) {
      const auto& kept = proposal->cards[i].claims[claim];
      const auto from = kept.from ? std::optional(hour_of(*kept.from)) : std::nullopt;
      ASSERT_EQ(from, claims[i].from[claim]) << "card " << i << ", claim " << claim;
      tally.not_kept += kept.fault ? 1 : 0;
      tally.late +=
          from && *from > std::max(0, hour_of(question.cards[i].claims[claim].during.start)) ? 1 : 0;
    }
  }
  const EveryPlace every(question, claims);
  Cost cost{0, 0};
  for (const auto& card : proposal->cards) {
    for (const auto& change : card.changes)
      cost = {cost.first + 1, cost.second + hour_of(change.during.start)};
  }
  Places places;
  for (const auto& answer : proposal->wishes) {
    places.emplace_back();
    if (answer.place) places.back() = std::pair{answer.place->card, answer.place->unit};
    ++(answer.place ? tally.served : tally.unserved);
  }
  ASSERT_EQ(places, every.best());
  ASSERT_EQ(cost, every.cost());
  tally.changes += cost.first;
}

void compare_many(unsigned seed, int count, TimelineShape shape, Tally& tally) {
  RandomQuestions questions(seed, shape);
  for (int i = 0; i < count; ++i) {
    const auto question = questions.next();
    ASSERT_NO_FATAL_FAILURE(compare(question, tally)) << "seed " << seed << ", question " << i;
  }
}

TEST(TimelineProperty, IsTheBestOfAllOnOneCard) {
  Tally tally;
  compare_many(1, 3000, {.cards = 1, .units = 4, .layouts = 4, .claims = 5, .wishes = 2, .hours = 12}, tally);
  EXPECT_GT(tally.late, 50);
  EXPECT_GT(tally.not_kept, 500);
  EXPECT_GT(tally.changes, 500);
  EXPECT_GT(tally.served, 500);
  EXPECT_GT(tally.unserved, 500);
}

TEST(TimelineProperty, IsTheBestOfAllOnSeveralCards) {
  Tally tally;
  compare_many(2, 1500, {.cards = 3, .units = 3, .layouts = 3, .claims = 3, .wishes = 4, .hours = 8}, tally);
  EXPECT_GT(tally.changes, 500);
  EXPECT_GT(tally.served, 500);
  EXPECT_GT(tally.unserved, 500);
}

TEST(TimelineProperty, CanBeDoneHoweverLargeItIs) {
  RandomQuestions questions(3,
                            {.cards = 8, .units = 7, .layouts = 6, .claims = 40, .wishes = 32, .hours = 200});
  int cut_short = 0;
  int served = 0;
  for (int i = 0; i < 20; ++i) {
    const auto question = questions.next();
    const auto proposal = propose_layouts(question);
    ASSERT_TRUE(proposal);
    ASSERT_EQ(TimelineChecker(question, *proposal).fault(), "") << i;
    ASSERT_EQ(*proposal, *propose_layouts(question)) << i;
    cut_short += proposal->exact ? 0 : 1;
    for (const auto& wish : proposal->wishes) served += wish.place ? 1 : 0;
  }
  EXPECT_GT(cut_short, 0);
  EXPECT_GT(served, 100);
}

}  // namespace
}  // namespace berth::layout
