#include <gtest/gtest.h>

#include <stdexcept>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using namespace testing;
using Resource = Shortage::Resource;

void expect_placed(const Verdict& verdict, const Placement& wanted) {
  const auto* placed = std::get_if<Placement>(&verdict);
  ASSERT_NE(placed, nullptr) << "short of " << to_string(std::get<Shortage>(verdict).resource);
  EXPECT_EQ(placed->node, wanted.node);
  EXPECT_EQ(placed->units, wanted.units);
  EXPECT_EQ(placed->moves, wanted.moves);
}

void expect_short(const Verdict& verdict, const Shortage& wanted) {
  const auto* shortage = std::get_if<Shortage>(&verdict);
  ASSERT_NE(shortage, nullptr);
  EXPECT_EQ(to_string(shortage->resource), to_string(wanted.resource));
  EXPECT_EQ(shortage->needed, wanted.needed);
  EXPECT_EQ(shortage->free, wanted.free);
  EXPECT_EQ(shortage->at, wanted.at) << format_rfc3339(shortage->at);
}

TEST(Place, TakesTheLowestUnitOfAnEmptyPool) {
  expect_placed(place(snapshot_of(lab()), wanted(1, hours_of(1, 2))), {kRack1, ids({1}), {}});
  expect_placed(place(snapshot_of(lab()), wanted(3, hours_of(1, 2))), {kRack1, ids({1, 2, 3}), {}});
}

TEST(Place, PrefersTheGapThatItFillsBest) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {2}, hours_of(0, 4)), holding("b", {2}, hours_of(6, 9)),
                       holding("c", {3}, hours_of(0, 4))};
  expect_placed(place(snapshot, wanted(1, hours_of(4, 6))), {kRack1, ids({2}), {}});
  expect_placed(place(snapshot, wanted(1, hours_of(4, 7))), {kRack1, ids({3}), {}});
}

TEST(Place, AWindowThatBeginsWhereAnotherEndsIsFree) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1, 2, 3, 4}, hours_of(0, 4)),
                       holding("b", {1, 2, 3, 4}, hours_of(6, 9))};
  expect_placed(place(snapshot, wanted(4, hours_of(4, 6))), {kRack1, ids({1, 2, 3, 4}), {}});
}

TEST(Place, MovesOneReservationWhenTheFreeTimeIsInPieces) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("x", {3, 4}, hours_of(0, 10)), holding("a", {1}, hours_of(0, 2)),
                       holding("b", {2}, hours_of(2, 4))};
  expect_placed(place(snapshot, wanted(1, hours_of(0, 4))),
                {kRack1, ids({1}), {{model::ReservationId{"a"}, ids({2})}}});
}

TEST(Place, LeavesWhatHasStartedWhereItIs) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("x", {3, 4}, hours_of(0, 10)), started(holding("a", {1}, hours_of(0, 2))),
                       holding("b", {2}, hours_of(2, 4))};
  expect_placed(place(snapshot, wanted(1, hours_of(0, 4))),
                {kRack1, ids({2}), {{model::ReservationId{"b"}, ids({1})}}});
}

TEST(Place, MovesAReservationOfSeveralUnitsAsAWhole) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1, 2}, hours_of(0, 2)), started(holding("b", {3}, hours_of(0, 1))),
                       holding("c", {3, 4}, hours_of(2, 4))};
  // Until two, one of four units is left, and a or c has to leave it to the newcomer.
  expect_placed(place(snapshot, wanted(1, hours_of(0, 4))),
                {kRack1, ids({1}), {{model::ReservationId{"a"}, ids({2, 4})}}});
}

TEST(Place, FollowsAChainOfMovesThatReachesPastTheWindow) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.units.resize(2);
  snapshot.holdings = {started(holding("s", {1}, hours_of(0, 2))), holding("a", {2}, hours_of(2, 6)),
                       holding("b", {1}, hours_of(5, 9)), holding("c", {2}, hours_of(8, 12))};
  // The newcomer needs unit 2, so a goes to 1, b to 2, c to 1.
  expect_placed(place(snapshot, wanted(1, hours_of(1, 3))), {kRack1,
                                                             ids({2}),
                                                             {{model::ReservationId{"a"}, ids({1})},
                                                              {model::ReservationId{"b"}, ids({2})},
                                                              {model::ReservationId{"c"}, ids({1})}}});
}

TEST(Place, SaysHowManyUnitsAreFreeAtTheTightestInstant) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1}, hours_of(0, 4)), holding("b", {2, 3}, hours_of(3, 5))};
  expect_short(place(snapshot, wanted(2, hours_of(1, 6))), {Resource::kUnits, 2, 1, hour(3)});
}

TEST(Place, CountsTheUnitsThatAreFreeThroughoutWhenOutagesForbidEveryRearrangement) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("x", {3, 4}, hours_of(0, 10)))};
  snapshot.blocked = {{model::UnitId{1}, hours_of(1, 2)}, {model::UnitId{2}, hours_of(3, 4)}};
  // At every instant one of the two is free, and neither is for the whole window.
  expect_short(place(snapshot, wanted(1, hours_of(0, 5))), {Resource::kUnits, 1, 0, hour(1)});
}

TEST(Place, AddsUpOnlyTheLoadThatOverlaps) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {with_load(holding("a", {1}, hours_of(0, 2)), {{60'000}, {10}, {10}}),
                       with_load(holding("b", {2}, hours_of(2, 4)), {{60'000}, {10}, {10}})};
  auto ask = wanted(1, hours_of(0, 4));
  ask.load = {{62'000}, {10}, {10}};
  EXPECT_TRUE(std::holds_alternative<Placement>(place(snapshot, ask)));
  ask.load.cpu = {62'001};
  expect_short(place(snapshot, ask), {Resource::kCpu, 62'001, 62'000, hour(0)});
}

TEST(Place, NamesMemoryAndStorageToo) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {with_load(holding("a", {1}, hours_of(1, 2)), {{1}, {700}, {2'700}})};
  auto ask = wanted(1, hours_of(0, 4));
  ask.load = {{1}, {41}, {1}};
  expect_short(place(snapshot, ask), {Resource::kMemory, 41, 40, hour(1)});
  ask.load = {{1}, {40}, {91}};
  expect_short(place(snapshot, ask), {Resource::kStorage, 91, 90, hour(1)});
}

TEST(Place, SurvivesAmountsThatCannotBeAdded) {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {with_load(holding("a", {1}, hours_of(0, 2)), {{huge}, {huge}, {huge}}),
                       with_load(holding("b", {2}, hours_of(0, 2)), {{huge}, {huge}, {huge}})};
  auto ask = wanted(1, hours_of(1, 2));
  ask.load = {{huge}, {1}, {1}};
  expect_short(place(snapshot, ask), {Resource::kCpu, huge, 0, hour(1)});
}

TEST(Place, PassesOverUnitsThatAreBlockedOutOfServiceOrRetired) {
  auto snapshot = snapshot_of(lab());
  snapshot.blocked = {{model::UnitId{1}, hours_of(0, 1.5)}};
  snapshot.pool.units[1].out_of_service = true;
  snapshot.pool.units[2].retired = true;
  expect_placed(place(snapshot, wanted(1, hours_of(1, 2))), {kRack1, ids({4}), {}});
  expect_short(place(snapshot, wanted(2, hours_of(1, 2))), {Resource::kUnits, 2, 1, hour(1)});
}

TEST(Place, NeverMovesAReservationOntoABlockedUnit) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.units.resize(3);
  snapshot.holdings = {holding("a", {1}, hours_of(0, 2)), holding("b", {2}, hours_of(2, 4))};
  snapshot.blocked = {{model::UnitId{3}, hours_of(0, 0.5)},
                      {model::UnitId{3}, hours_of(3, 3.5)},
                      {model::UnitId{2}, hours_of(1, 1.5)}};
  // Unit 2 cannot take a, and unit 3 neither of them; b may go to 1, but 2 is blocked in the middle for the
  // newcomer.
  expect_short(place(snapshot, wanted(1, hours_of(0, 4))), {Resource::kUnits, 1, 0, hour(0)});
}

TEST(Place, NeverMovesWhatReachesOutsideOfWhatIsKnown) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.units.resize(2);
  snapshot.holdings = {holding("a", {1}, hours_of(2, 4)), holding("b", {2}, hours_of(6, 12))};
  EXPECT_TRUE(std::holds_alternative<Placement>(place(snapshot, wanted(1, hours_of(3, 7)))));
  snapshot.known = hours_of(3, 10);
  EXPECT_TRUE(std::holds_alternative<Shortage>(place(snapshot, wanted(1, hours_of(3, 7)))));
}

TEST(Place, RefusesToAnswerOutsideOfWhatIsKnown) {
  EXPECT_THROW(place(snapshot_of(lab()), wanted(1, hours_of(999, 1001))), std::logic_error);
  EXPECT_THROW(place(snapshot_of(lab()), wanted(1, hours_of(2, 2))), std::logic_error);
  EXPECT_THROW(place(snapshot_of(lab()), wanted(0, hours_of(2, 3))), std::logic_error);
}

TEST(Place, AClassWithoutUnitsHasNoneFree) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.units.resize(4);
  auto ask = wanted(1, hours_of(1, 2));
  ask.device_class = kWhole;
  expect_short(place(snapshot, ask), {Resource::kUnits, 1, 0, hour(1)});
}

// --- Several nodes ---

Snapshot two_racks() {
  auto pool = lab();
  pool.nodes.push_back(node(2, {{100'000}, {500}, {2'000}}));
  for (std::int64_t id = 11; id <= 12; ++id) pool.units.push_back(unit(id, {2}, kSlice));
  return snapshot_of(std::move(pool));
}

TEST(Place, TakesAnotherNodeBeforeItMovesAnyone) {
  auto snapshot = two_racks();
  snapshot.holdings = {holding("x", {3, 4}, hours_of(0, 10)), holding("a", {1}, hours_of(0, 2)),
                       holding("b", {2}, hours_of(2, 4))};
  expect_placed(place(snapshot, wanted(1, hours_of(0, 4))), {model::NodeId{2}, ids({11}), {}});
}

TEST(FurtherMayHelp, OnlyWhereTheNumbersAllowItAndSomethingThatMightMoveReachesOut) {
  auto snapshot = two_racks();
  snapshot.known = hours_of(0, 6);
  auto reaching = holding("b", {2}, hours_of(2, 9));
  snapshot.holdings = {started(holding("x", {3, 4}, hours_of(0, 10))),
                       started(holding("a", {1}, hours_of(0, 2))), reaching,
                       started(holding("y", {11, 12}, hours_of(0, 10)))};
  snapshot.holdings.back().node = {2};
  // On the first rack a unit is free at every instant, though a different one before and after two.
  const auto ask = wanted(1, hours_of(0, 4));
  EXPECT_TRUE(std::holds_alternative<Shortage>(place(snapshot, ask)));
  EXPECT_TRUE(further_may_help(snapshot, ask));
  EXPECT_FALSE(further_may_help(snapshot, wanted(2, hours_of(0, 4)))) << "never two";
  auto heavy = ask;
  heavy.load.cpu = {122'001};
  EXPECT_FALSE(further_may_help(snapshot, heavy));

  const auto with = [&](const Holding& one) {
    auto other = snapshot;
    other.holdings[2] = one;
    return other;
  };
  EXPECT_FALSE(further_may_help(with(holding("b", {2}, hours_of(2, 6))), ask)) << "known whole";
  EXPECT_FALSE(further_may_help(with(started(reaching)), ask)) << "stays where it is";
  auto of_another_class = holding("b", {5}, hours_of(2, 9));
  of_another_class.device_class = kWhole;
  EXPECT_FALSE(further_may_help(with(of_another_class), ask));
  // The second rack has no unit free, so it does not matter what reaches out there.
  auto elsewhere = with(holding("b", {2}, hours_of(2, 6)));
  elsewhere.holdings.back().movable = true;
  EXPECT_FALSE(further_may_help(elsewhere, ask));
  // A reservation that is edited does not stand in its own way.
  auto edited = ask;
  edited.replaces = reaching.reservation;
  EXPECT_FALSE(further_may_help(snapshot, edited));
}

TEST(Place, NeverSplitsUnitsOverNodes) {
  auto snapshot = two_racks();
  snapshot.holdings = {started(holding("x", {1, 2}, hours_of(0, 10)))};
  expect_short(place(snapshot, wanted(3, hours_of(0, 4))), {Resource::kUnits, 3, 2, hour(0)});
}

TEST(Place, ReportsTheNodeWhereLeastIsMissing) {
  auto snapshot = two_racks();
  auto far = holding("y", {11}, hours_of(0, 10));
  far.node = {2};
  snapshot.holdings = {holding("x", {1, 2, 3, 4}, hours_of(0, 10)), far};
  expect_short(place(snapshot, wanted(2, hours_of(0, 4))), {Resource::kUnits, 2, 1, hour(0)});
}

TEST(Place, PassesOverRetiredNodes) {
  auto snapshot = two_racks();
  snapshot.pool.nodes[0].retired = true;
  expect_placed(place(snapshot, wanted(1, hours_of(0, 4))), {model::NodeId{2}, ids({11}), {}});
}

// --- Edits ---

Wanted edit(int units, Window window, std::string reservation) {
  auto out = wanted(units, window);
  out.replaces = model::ReservationId{std::move(reservation)};
  return out;
}

TEST(PlaceEdit, DoesNotCountTheReservationAgainstItself) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {with_load(holding("a", {1, 2, 3, 4}, hours_of(0, 4)), {{122'000}, {1}, {1}})};
  auto ask = edit(4, hours_of(1, 6), "a");
  ask.load = {{122'000}, {1}, {1}};
  expect_placed(place(snapshot, ask), {kRack1, ids({1, 2, 3, 4}), {}});
}

TEST(PlaceEdit, KeepsItsNodeAndUnitsWhereItCan) {
  auto snapshot = two_racks();
  auto mine = holding("a", {12}, hours_of(4, 6));
  mine.node = {2};
  snapshot.holdings = {mine, holding("b", {2}, hours_of(0, 4))};
  expect_placed(place(snapshot, edit(1, hours_of(4, 8), "a")), {model::NodeId{2}, ids({12}), {}});
  expect_placed(place(snapshot, edit(2, hours_of(4, 8), "a")), {model::NodeId{2}, ids({11, 12}), {}});
  const auto moved = place(snapshot, edit(3, hours_of(4, 8), "a"));
  EXPECT_EQ(std::get<Placement>(moved).node, kRack1);
}

TEST(PlaceEdit, AStartedReservationKeepsItsUnitsAndOthersMakeWay) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("a", {1}, hours_of(0, 4))), holding("b", {1}, hours_of(4, 6))};
  expect_placed(place(snapshot, edit(1, hours_of(0, 5), "a")),
                {kRack1, ids({1}), {{model::ReservationId{"b"}, ids({2})}}});
  snapshot.holdings[1].movable = false;
  expect_short(place(snapshot, edit(1, hours_of(0, 5), "a")), {Resource::kUnits, 1, 0, hour(4)});
}

TEST(PlaceEdit, AStartedReservationCannotTakeMoreUnits) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("a", {1}, hours_of(0, 4)))};
  expect_short(place(snapshot, edit(2, hours_of(0, 5), "a")), {Resource::kUnits, 2, 1, hour(0)});
}

TEST(PlaceEdit, AFaultyUnitMayBeKeptButNotForLonger) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.units[0].out_of_service = true;
  snapshot.holdings = {started(holding("a", {1}, hours_of(0, 4)))};
  expect_placed(place(snapshot, edit(1, hours_of(0, 3), "a")), {kRack1, ids({1}), {}});
  EXPECT_TRUE(std::holds_alternative<Shortage>(place(snapshot, edit(1, hours_of(0, 5), "a"))));
}

TEST(PlaceEdit, WhatHasNotStartedLeavesAFaultyUnit) {
  auto snapshot = snapshot_of(lab());
  snapshot.blocked = {{model::UnitId{1}, hours_of(2, 3)}};
  snapshot.holdings = {holding("a", {1}, hours_of(1, 4))};
  expect_placed(place(snapshot, edit(1, hours_of(1, 3), "a")), {kRack1, ids({2}), {}});
  snapshot.holdings.push_back(started(holding("b", {2, 3, 4}, hours_of(0, 4))));
  expect_placed(place(snapshot, edit(1, hours_of(1, 3), "a")), {kRack1, ids({1}), {}});
}

TEST(PlaceEdit, MayTakeAnotherClass) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1}, hours_of(0, 4))};
  auto ask = edit(1, hours_of(0, 4), "a");
  ask.device_class = kWhole;
  expect_placed(place(snapshot, ask), {kRack1, ids({5}), {}});
}

}  // namespace
}  // namespace berth::booking
