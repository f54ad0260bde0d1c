// A placement applied in memory against the same one written to rows and read again.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "booking/calendar_rows.hpp"

namespace berth::booking {
namespace {

using namespace testing;

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
