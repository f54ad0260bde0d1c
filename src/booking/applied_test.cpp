// A placement applied in memory against the same one written to rows and read again.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "booking/fit.hpp"
#include "booking/random_snapshot.hpp"

namespace berth::booking {
namespace {

using namespace testing;

constexpr Instant kNow = Instant(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)) + hours(2);

/// Reservations and their claims, as a database keeps them and SQL changes them: nothing of applied() in it.
class Rows {
 public:
  explicit Rows(const Snapshot& snapshot) : pool_(snapshot.pool), blocked_(snapshot.blocked) {
    for (const Holding& one : snapshot.holdings) {
      auto& row = rows_[one.reservation];
      row = {one, !one.movable, {}};
      for (const auto unit : one.units) row.claims.push_back({unit, one.during});
    }
  }

  void write(const Wanted& wanted, const Placement& placement, const model::ReservationId& id) {
    for (const Move& move : placement.moves) {
      auto& claims = rows_.at(move.reservation).claims;
      RC_ASSERT(claims.size() == move.units.size());
      for (std::size_t i = 0; i < claims.size(); ++i) claims[i].unit = move.units[i];
    }
    auto& row = rows_[id];
    row.about.device_class = wanted.device_class;
    row.about.load = wanted.load;
    row.about.during = {row.begun ? row.about.during.start : wanted.window.start, wanted.window.end};
    if (row.begun) {
      for (auto& claim : row.claims) claim.during.end = wanted.window.end;
    } else {
      row.claims.clear();
      for (const auto unit : placement.units) row.claims.push_back({unit, wanted.window});
    }
    row.begun = row.begun || row.about.during.start <= kNow;  // it begins at once
  }

  Snapshot read(Window known, Instant now) const {
    Snapshot snapshot{pool_, {}, blocked_, known};
    for (const auto& [id, row] : rows_) {
      Holding holding = row.about;
      holding.reservation = id;
      holding.units.clear();
      for (const auto& claim : row.claims) {
        if (!claim.during.overlaps(known)) continue;
        holding.units.push_back(claim.unit);
        holding.node = pool_.find_unit(claim.unit)->node;
        holding.during = claim.during;
      }
      std::sort(holding.units.begin(), holding.units.end());
      holding.movable = !row.begun && row.about.during.start > now;
      if (!holding.units.empty()) snapshot.holdings.push_back(std::move(holding));
    }
    std::stable_sort(snapshot.holdings.begin(), snapshot.holdings.end(),
                     [](const Holding& a, const Holding& b) { return a.during.start < b.during.start; });
    return snapshot;
  }

 private:
  struct Claim {
    model::UnitId unit;
    Window during;
  };
  struct Row {
    Holding about;
    bool begun = false;
    std::vector<Claim> claims;
  };
  model::Pool pool_;
  std::vector<Blocked> blocked_;
  std::map<model::ReservationId, Row> rows_;
};

/// What runs began before now, everything else begins later.
Snapshot random_calendar(const Shape& shape) {
  auto snapshot = random_snapshot(shape);
  for (Holding& one : snapshot.holdings) {
    if (one.during.start <= kNow) one.movable = false;
  }
  return Rows(snapshot).read(snapshot.known, kNow);
}

struct Ask {
  Wanted wanted;
  model::ReservationId id;
};

/// A new reservation, or now and then an edit of one that is there.
Ask random_ask(const Snapshot& snapshot, const Shape& shape, int number) {
  Ask ask{random_wanted(shape), {"new-" + std::to_string(number)}};
  if (ask.wanted.window.start < kNow) ask.wanted.window.start = kNow;
  if (ask.wanted.window.empty()) ask.wanted.window.end = ask.wanted.window.start + hours(1);
  if (snapshot.holdings.empty() || random(0, 2) != 0) return ask;
  const auto& own =
      snapshot.holdings[static_cast<std::size_t>(random(0, static_cast<int>(snapshot.holdings.size()) - 1))];
  ask.id = own.reservation;
  ask.wanted.replaces = own.reservation;
  if (!own.movable) {
    ask.wanted.units = static_cast<int>(own.units.size());
    ask.wanted.window = {own.during.start, std::max(own.during.end, ask.wanted.window.end)};
  }
  return ask;
}

void check_nothing_is_held_twice(const Snapshot& snapshot) {
  std::map<model::UnitId, std::vector<Window>> held;
  for (const Holding& one : snapshot.holdings) {
    for (const auto unit : one.units) {
      for (const auto& other : held[unit]) RC_ASSERT(!other.overlaps(one.during));
      held[unit].push_back(one.during);
    }
  }
}

RC_GTEST_PROP(AppliedProperty, IsWhatIsReadAgain, ()) {
  const Shape shape{.holdings = 9, .hours = 12, .load = random(0, 3) == 0 ? 2 : 0};
  const auto snapshot = random_calendar(shape);
  const auto first = random_ask(snapshot, shape, 1);
  const auto verdict = place(snapshot, first.wanted);
  const auto* placement = std::get_if<Placement>(&verdict);
  RC_TAG(placement == nullptr ? "refused" : placement->moves.empty() ? "direct" : "moves");
  if (placement == nullptr) return;
  Rows rows(snapshot);
  rows.write(first.wanted, *placement, first.id);
  const auto again = rows.read(snapshot.known, kNow);
  const auto in_memory = applied(snapshot, first.wanted, *placement, first.id, kNow);
  RC_ASSERT(in_memory == again);
  const auto second = random_ask(again, shape, 2);
  RC_ASSERT(place(in_memory, second.wanted) == place(again, second.wanted));
}

RC_GTEST_PROP(AppliedProperty, NoSequenceOfDecisionsHoldsAUnitTwice, ()) {
  const Shape shape{.units = random(2, 5), .holdings = 4, .hours = 16, .load = 1};
  auto snapshot = random_calendar(shape);
  Rows rows(snapshot);
  int booked = 0;
  for (int number = 1; number <= 12; ++number) {
    const auto ask = random_ask(snapshot, shape, number);
    const auto verdict = place(snapshot, ask.wanted);
    const auto* placement = std::get_if<Placement>(&verdict);
    if (placement == nullptr) continue;
    rows.write(ask.wanted, *placement, ask.id);
    snapshot = applied(std::move(snapshot), ask.wanted, *placement, ask.id, kNow);
    check_nothing_is_held_twice(snapshot);
    ++booked;
  }
  RC_ASSERT(snapshot == rows.read(snapshot.known, kNow));
  RC_TAG(booked > 3 ? "more than three booked" : "few booked");
}

TEST(Applied, LeavesOutWhatLiesOutsideOfWhatIsKnown) {
  auto snapshot = snapshot_of(lab());
  snapshot.known = hours_of(10, 12);
  snapshot.holdings = {holding("a", {1}, hours_of(10, 11))};
  auto later = wanted(1, hours_of(12, 13));
  later.replaces = model::ReservationId{"a"};
  const Placement placement{kRack1, ids({1}), {}};
  EXPECT_TRUE(applied(snapshot, later, placement, {"a"}, hour(9)).holdings.empty());
}

TEST(Applied, WhatHasBegunKeepsItsUnitsAndItsStart) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("a", {3}, hours_of(8, 11)))};
  auto longer = wanted(1, hours_of(8.5, 13));
  longer.replaces = model::ReservationId{"a"};
  const auto after = applied(snapshot, longer, {kRack1, ids({3}), {}}, {"a"}, hour(9));
  EXPECT_EQ(after.holdings, std::vector{started(holding("a", {3}, hours_of(8, 13)))});
}

}  // namespace
}  // namespace berth::booking
