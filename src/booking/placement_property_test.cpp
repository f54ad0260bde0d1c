// place() against every arrangement there is, on calendars small enough to try them all.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "booking/fit.hpp"
#include "booking/random_snapshot.hpp"
#include "booking/rearrange.hpp"

namespace berth::booking {
namespace {

using namespace testing;

bool holds(const Holding& one, model::UnitId unit) {
  return std::find(one.units.begin(), one.units.end(), unit) != one.units.end();
}

/// Tries everything, with nothing cleverer than "two of them may not overlap on one unit or its siblings".
class EveryArrangement {
 public:
  EveryArrangement(const Snapshot& snapshot, const Wanted& wanted) : snapshot_(snapshot), wanted_(wanted) {
    for (const Holding& one : snapshot.holdings) {
      if (wanted.replaces && one.reservation == *wanted.replaces) {
        own_ = &one;
      } else if (one.movable) {
        movable_.push_back(&one);
      } else {
        for (const auto unit : one.units) taken_.emplace_back(unit, one.during);
      }
    }
  }

  /// The fewest moves with which the wanted reservation has units, if any number does.
  std::optional<int> fewest_moves() {
    place_from(0, 0);
    return fewest_;
  }

 private:
  bool has_fault(model::UnitId unit, Window during, Window borne) const {
    const auto counts = [&](Window fault) {
      const Window left{during.start, std::min(during.end, borne.start)};
      const Window right{std::max(during.start, borne.end), during.end};
      return (!left.empty() && fault.overlaps(left)) || (!right.empty() && fault.overlaps(right));
    };
    if (snapshot_.pool.find_unit(unit)->out_of_service && counts(snapshot_.known)) return true;
    return std::any_of(snapshot_.blocked.begin(), snapshot_.blocked.end(), [&](const Blocked& one) {
      return exclude(snapshot_.pool, one.unit, unit) && counts(one.during);
    });
  }
  bool is_free(model::UnitId unit, Window during) const {
    return std::none_of(taken_.begin(), taken_.end(), [&](const auto& one) {
      return one.second.overlaps(during) && exclude(snapshot_.pool, one.first, unit);
    });
  }

  /// Calls `next` for each choice of `count` units for someone who holds `present` today.
  template <typename Next>
  void choose(Window during, model::ClassId device_class, const Holding* present, bool stays,
              std::size_t count, std::size_t from, std::vector<model::UnitId>& chosen, const Next& next) {
    if (chosen.size() == count) {
      next();
      return;
    }
    constexpr Window kNothing{Instant::max(), Instant::max()};
    for (std::size_t i = from; i < snapshot_.pool.units.size(); ++i) {
      const auto unit = snapshot_.pool.units[i].id;
      if (snapshot_.pool.units[i].device_class != device_class) continue;
      const bool has = present != nullptr && holds(*present, unit);
      if ((stays && !has) || !is_free(unit, during)) continue;
      if (has_fault(unit, during, has ? present->during : kNothing)) continue;
      taken_.emplace_back(unit, during);
      chosen.push_back(unit);
      choose(during, device_class, present, stays, count, i + 1, chosen, next);
      chosen.pop_back();
      taken_.pop_back();
    }
  }

  void place_from(std::size_t index, int moves) {
    if (fewest_ && moves >= *fewest_) return;
    std::vector<model::UnitId> chosen;
    if (index == movable_.size()) {
      const bool stays = own_ != nullptr && !own_->movable;
      choose(wanted_.window, wanted_.device_class, own_, stays, static_cast<std::size_t>(wanted_.units), 0,
             chosen, [&]() { fewest_ = moves; });
      return;
    }
    const Holding& one = *movable_[index];
    choose(one.during, one.device_class, &one, false, one.units.size(), 0, chosen, [&]() {
      const bool same =
          std::all_of(chosen.begin(), chosen.end(), [&](auto unit) { return holds(one, unit); });
      place_from(index + 1, moves + (same ? 0 : 1));
    });
  }

  const Snapshot& snapshot_;
  const Wanted& wanted_;
  const Holding* own_ = nullptr;
  std::vector<const Holding*> movable_;
  std::vector<std::pair<model::UnitId, Window>> taken_;
  std::optional<int> fewest_;
};

bool load_fits_everywhere(const Snapshot& snapshot, const Wanted& wanted) {
  for (Instant at = wanted.window.start; at < wanted.window.end; at += hours(1)) {
    Load sum = wanted.load;
    for (const Holding& one : snapshot.holdings) {
      if (one.during.contains(at) && one.reservation != wanted.replaces) sum = sum + one.load;
    }
    const Load most = snapshot.pool.nodes[0].bookable();
    if (wanted.load.cpu.value > 0 && sum.cpu > most.cpu) return false;
    if (wanted.load.memory.value > 0 && sum.memory > most.memory) return false;
    if (wanted.load.storage.value > 0 && sum.storage > most.storage) return false;
  }
  return true;
}

/// The snapshot once the placement is carried out.
std::vector<Holding> applied(const Snapshot& snapshot, const Wanted& wanted, const Placement& placement) {
  std::vector<Holding> out;
  std::map<std::string, const Move*> moves;
  for (const Move& move : placement.moves) {
    RC_ASSERT(moves.emplace(move.reservation.value, &move).second);
  }
  for (Holding one : snapshot.holdings) {
    if (wanted.replaces && one.reservation == *wanted.replaces) continue;
    const auto move = moves.find(one.reservation.value);
    if (move != moves.end()) {
      RC_ASSERT(one.movable);
      RC_ASSERT(one.units.size() == move->second->units.size());
      RC_ASSERT(one.units != move->second->units);
      one.units = move->second->units;
      moves.erase(move);
    }
    out.push_back(one);
  }
  RC_ASSERT(moves.empty());
  out.push_back(
      {{"wanted"}, placement.node, wanted.device_class, placement.units, wanted.window, wanted.load, true});
  return out;
}

void check_no_unit_is_held_twice(const model::Pool& pool, const std::vector<Holding>& holdings) {
  std::vector<std::pair<model::UnitId, Window>> claims;
  for (const Holding& one : holdings) {
    for (const auto unit : one.units) {
      RC_ASSERT(pool.find_unit(unit)->device_class == one.device_class);
      for (const auto& [other, during] : claims) {
        RC_ASSERT(!during.overlaps(one.during) || !exclude(pool, unit, other));
      }
      claims.emplace_back(unit, one.during);
    }
  }
}

void check_against_every_arrangement(const Snapshot& snapshot, const Wanted& wanted) {
  const auto fewest = EveryArrangement(snapshot, wanted).fewest_moves();
  const bool fits = fewest.has_value() && load_fits_everywhere(snapshot, wanted);
  const auto verdict = place(snapshot, wanted);
  const auto* placement = std::get_if<Placement>(&verdict);
  RC_ASSERT((placement != nullptr) == fits);
  if (placement != nullptr) {
    RC_ASSERT(placement->units.size() == static_cast<std::size_t>(wanted.units));
    RC_ASSERT(static_cast<int>(placement->moves.size()) == *fewest);
    check_no_unit_is_held_twice(snapshot.pool, applied(snapshot, wanted, *placement));
    RC_TAG(placement->moves.empty() ? "direct" : "moves");
  } else {
    const auto& shortage = std::get<Shortage>(verdict);
    RC_ASSERT(shortage.free < shortage.needed);
    RC_ASSERT(wanted.window.contains(shortage.at));
    RC_TAG("short");
  }
}

RC_GTEST_PROP(PlaceProperty, SucceedsExactlyWhenAnArrangementExistsAndWithTheFewestMoves, ()) {
  const Shape shape{.holdings = 9, .hours = 10, .load = random(0, 3) == 0 ? 2 : 0};
  check_against_every_arrangement(random_snapshot(shape), random_wanted(shape));
}

RC_GTEST_PROP(PlaceProperty, SucceedsExactlyWhenAnArrangementExistsOnThreeCrowdedUnits, ()) {
  const Shape shape{.units = 3, .holdings = 10, .hours = 12, .load = 0};
  check_against_every_arrangement(random_snapshot(shape), random_wanted(shape));
}

RC_GTEST_PROP(PlaceProperty, AnEditSucceedsExactlyWhenAnArrangementExists, ()) {
  const Shape shape{.load = 3};
  const auto snapshot = random_snapshot(shape);
  RC_PRE(!snapshot.holdings.empty());
  const auto& own =
      snapshot.holdings[static_cast<std::size_t>(random(0, static_cast<int>(snapshot.holdings.size()) - 1))];
  auto ask = random_wanted(shape);
  ask.replaces = own.reservation;
  if (!own.movable) ask.units = static_cast<int>(own.units.size());
  check_against_every_arrangement(snapshot, ask);
}

/// One node whose units are laid over each other on two devices, of both classes.
Shape layout_shape() {
  return {.units = random(4, 8), .holdings = 9, .hours = 8, .load = 0, .layouts = true};
}

RC_GTEST_PROP(PlaceProperty, SucceedsExactlyWhenAnArrangementExistsWhereLayoutsOverlap, ()) {
  const auto shape = layout_shape();
  check_against_every_arrangement(random_snapshot(shape), random_wanted(shape));
}

RC_GTEST_PROP(PlaceProperty, AnEditSucceedsExactlyWhenAnArrangementExistsWhereLayoutsOverlap, ()) {
  const auto shape = layout_shape();
  const auto snapshot = random_snapshot(shape);
  RC_PRE(!snapshot.holdings.empty());
  const auto& own =
      snapshot.holdings[static_cast<std::size_t>(random(0, static_cast<int>(snapshot.holdings.size()) - 1))];
  auto ask = random_wanted(shape);
  ask.replaces = own.reservation;
  if (!own.movable) {  // what runs keeps its class
    ask.units = static_cast<int>(own.units.size());
    ask.device_class = own.device_class;
  }
  check_against_every_arrangement(snapshot, ask);
}

RC_GTEST_PROP(SweepProperty, IsNeverWrongWhereLayoutsOverlap, ()) {
  const auto shape = layout_shape();
  const auto snapshot = random_snapshot(shape);
  const auto ask = random_wanted(shape);
  const auto calendar = make_calendar(snapshot, ask, snapshot.known);
  if (calendar.nodes.empty()) return;
  if (deal_out(calendar.nodes.at(0), ask))
    RC_ASSERT(EveryArrangement(snapshot, ask).fewest_moves().has_value());
}

/// What of a snapshot a reader sees who looks no further than `end`.
Snapshot until(Snapshot snapshot, Instant end) {
  snapshot.known.end = end;
  std::erase_if(snapshot.holdings, [&](const Holding& one) { return one.during.start >= end; });
  std::erase_if(snapshot.blocked, [&](const Blocked& one) { return one.during.start >= end; });
  return snapshot;
}

bool numbers_allow(const Snapshot& snapshot, const Wanted& wanted) {
  const auto nodes = make_calendar(snapshot, wanted, wanted.window).nodes;
  return !nodes.empty() && !lack(nodes.front(), wanted);
}

/// A question that who looks no further than its window refuses for want of an arrangement alone; another one
/// when none comes up soon.
std::pair<Snapshot, Wanted> fragmented() {
  constexpr int kDraws = 20;
  std::pair<Snapshot, Wanted> out;
  for (int i = 0; i < kDraws; ++i) {
    const Shape shape{.units = random(2, 4),
                      .holdings = random(6, 16),
                      .hours = random(8, 16),
                      .faults = random(0, 3) == 0,
                      .load = 0,
                      .layouts = random(0, 2) == 0};
    auto& [all, ask] = out;
    all = random_snapshot(shape);
    for (Holding& one : all.holdings) one.movable = one.movable && random(0, 1) == 0;
    ask = random_wanted(shape);
    if (!all.holdings.empty() && random(0, 3) == 0) {
      const auto last = static_cast<int>(all.holdings.size()) - 1;
      const auto& own = all.holdings[static_cast<std::size_t>(random(0, last))];
      ask.replaces = own.reservation;
      if (!own.movable) {  // an edit of what runs keeps its units and its start
        ask.units = static_cast<int>(own.units.size());
        ask.device_class = own.device_class;
        ask.window.start = own.during.start;
        ask.window.end = std::max(ask.window.end, ask.window.start + hours(1));
      }
    }
    const auto near = until(all, ask.window.end);
    if (numbers_allow(near, ask) && std::holds_alternative<Shortage>(place(near, ask))) break;
  }
  return out;
}

RC_GTEST_PROP(FurtherMayHelpProperty, ARefusalItStandsByIsTheOneThatAllRowsWouldGive, ()) {
  const auto [all, ask] = fragmented();
  for (Instant end = ask.window.end; end <= all.known.end; end += hours(1)) {
    const auto near = until(all, end);
    const auto verdict = place(near, ask);
    if (std::holds_alternative<Placement>(verdict)) {
      RC_TAG("placed");
      return;
    }
    if (further_may_help(near, ask)) continue;
    RC_ASSERT(place(all, ask) == verdict);
    if (!numbers_allow(near, ask)) {
      RC_TAG("refused by numbers");
    } else {
      RC_TAG(end == ask.window.end ? "refused at once" : "refused having read more");
    }
    return;
  }
  RC_FAIL("at the end everything is known");
}

/// Many units and no faults, what runs reaching in from the left: then only the number of free units counts.
Shape plain_shape() {
  return {.units = random(2, 8),
          .holdings = 40,
          .hours = 24,
          .faults = false,
          .started_from_left = true,
          .load = 0};
}

std::int64_t most_held(const Snapshot& snapshot, Window window) {
  std::size_t most = 0;
  for (Instant at = window.start; at < window.end; at += hours(1)) {
    std::size_t held = 0;
    for (const Holding& one : snapshot.holdings) held += one.during.contains(at) ? one.units.size() : 0;
    most = std::max(most, held);
  }
  return static_cast<std::int64_t>(most);
}

RC_GTEST_PROP(PlaceProperty, NeverRefusesForFragmentationWhereNothingFixedLiesInTheMiddle, ()) {
  const auto shape = plain_shape();
  const auto snapshot = random_snapshot(shape);
  const auto ask = random_wanted(shape);
  const bool room = most_held(snapshot, ask.window) + ask.units <= shape.units;
  const auto verdict = place(snapshot, ask);
  const auto* placement = std::get_if<Placement>(&verdict);
  RC_ASSERT((placement != nullptr) == room);
  if (placement != nullptr) check_no_unit_is_held_twice(snapshot.pool, applied(snapshot, ask, *placement));
}

RC_GTEST_PROP(SweepProperty, AloneFindsRoomWhereNothingFixedLiesInTheMiddle, ()) {
  const auto shape = plain_shape();
  const auto snapshot = random_snapshot(shape);
  const auto ask = random_wanted(shape);
  const bool room = most_held(snapshot, ask.window) + ask.units <= shape.units;
  const auto calendar = make_calendar(snapshot, ask, snapshot.known);
  SearchBudget nothing{0};
  const auto found = rearrange(calendar.nodes.at(0), ask, nothing);
  RC_ASSERT(found.has_value() == room);
  if (!found) return;
  const auto units = [&](const std::vector<std::size_t>& lanes) {
    std::vector<model::UnitId> out;
    out.reserve(lanes.size());
    for (const auto lane : lanes) out.push_back(calendar.nodes[0].lanes.at(lane).unit);
    return out;
  };
  Placement placement{kRack1, units(found->wanted), {}};
  for (const auto& [job, lanes] : found->moves) {
    placement.moves.push_back({calendar.nodes[0].jobs.at(job).holding->reservation, units(lanes)});
  }
  auto after = applied(snapshot, ask, placement);
  check_no_unit_is_held_twice(snapshot.pool, after);
}

RC_GTEST_PROP(SweepProperty, IsNeverWrongWhereSomethingFixedLiesInTheMiddle, ()) {
  const Shape shape{.holdings = 10, .load = 0};
  const auto snapshot = random_snapshot(shape);
  const auto ask = random_wanted(shape);
  const auto calendar = make_calendar(snapshot, ask, snapshot.known);
  if (deal_out(calendar.nodes.at(0), ask))
    RC_ASSERT(EveryArrangement(snapshot, ask).fewest_moves().has_value());
}

RC_GTEST_PROP(NextFreeStartProperty, IsTheFirstStepAtWhichTheWindowIsAdmitted, ()) {
  const Shape shape{.load = random(0, 1) == 0 ? 4 : 0, .layouts = random(0, 2) == 0};
  auto snapshot = random_snapshot(shape);
  auto ask = random_wanted(shape);
  if (!snapshot.holdings.empty() && random(0, 2) == 0) {
    const auto& own = snapshot.holdings.front();
    ask.replaces = own.reservation;
    if (!own.movable) {
      ask.units = static_cast<int>(own.units.size());
      ask.device_class = own.device_class;
    }
  }
  const Instant from = hour(random(0, 12) * 0.25);
  const Duration length = ask.window.length();
  std::optional<Instant> first;
  for (Instant at = ceil_to_step(from, seconds(1800)); at + length <= snapshot.known.end && !first;
       at += minutes(30)) {
    auto here = ask;
    here.window = {at, at + length};
    if (std::holds_alternative<Placement>(place(snapshot, here))) first = at;
  }
  RC_ASSERT(next_free_start(snapshot, ask, from) == first);
}

}  // namespace
}  // namespace berth::booking
