// Units of several layouts on one device: they exclude each other, and make room for each other.
#include <gtest/gtest.h>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using namespace testing;
using Resource = Shortage::Resource;

/// Two GPUs, each whole (ids 5 and 10) and as four slices (1 to 4, 6 to 9).
model::Pool two_gpus_two_layouts() {
  model::Pool pool = one_gpu_two_layouts();
  const auto first = pool.units;
  for (model::Unit one : first) {
    one.id.value += 5;
    one.device = {2};
    pool.units.push_back(one);
  }
  return pool;
}

std::optional<Placement> placed(const Snapshot& snapshot, const Wanted& wanted) {
  const auto verdict = place(snapshot, wanted);
  const auto* placement = std::get_if<Placement>(&verdict);
  return placement == nullptr ? std::nullopt : std::optional(*placement);
}

std::optional<Shortage> refused(const Snapshot& snapshot, const Wanted& wanted) {
  const auto verdict = place(snapshot, wanted);
  const auto* shortage = std::get_if<Shortage>(&verdict);
  return shortage == nullptr ? std::nullopt : std::optional(*shortage);
}

TEST(Layouts, AWholeCardAndItsSlicesExcludeEachOther) {
  auto snapshot = snapshot_of(one_gpu_two_layouts());
  snapshot.holdings = {holding("slice", {3}, hours_of(2, 4))};
  EXPECT_EQ(refused(snapshot, wanted_whole(1, hours_of(0, 6))), (Shortage{Resource::kUnits, 1, 0, hour(2)}));
  EXPECT_EQ(placed(snapshot, wanted_whole(1, hours_of(4, 6))), (Placement{kRack1, ids({5}), {}}));

  snapshot.holdings = {of_whole(holding("whole", {5}, hours_of(2, 4)))};
  EXPECT_EQ(refused(snapshot, wanted(1, hours_of(3, 6))), (Shortage{Resource::kUnits, 1, 0, hour(3)}));
  EXPECT_EQ(placed(snapshot, wanted(4, hours_of(4, 6))), (Placement{kRack1, ids({1, 2, 3, 4}), {}}));
}

TEST(Layouts, AHeldUnitBlocksItsSiblings) {
  auto snapshot = snapshot_of(one_gpu_two_layouts());
  snapshot.blocked = {{model::UnitId{2}, hours_of(0, 1)}};
  EXPECT_EQ(refused(snapshot, wanted_whole(1, hours_of(0, 2))), (Shortage{Resource::kUnits, 1, 0, hour(0)}));
  EXPECT_EQ(placed(snapshot, wanted(3, hours_of(0, 2))), (Placement{kRack1, ids({1, 3, 4}), {}}));
  EXPECT_FALSE(placed(snapshot, wanted(4, hours_of(0, 2))));
}

TEST(Layouts, OutOfServiceIsAUnitsOwnMatter) {
  auto snapshot = snapshot_of(one_gpu_two_layouts());
  snapshot.pool.units[1].out_of_service = true;
  EXPECT_TRUE(placed(snapshot, wanted_whole(1, hours_of(0, 2))));
}

TEST(Layouts, ASliceGoesWhereItBlocksNoOther) {
  auto snapshot = snapshot_of(two_gpus_two_layouts());
  snapshot.holdings = {holding("there", {6}, hours_of(0, 10))};
  EXPECT_EQ(placed(snapshot, wanted(2, hours_of(1, 2))), (Placement{kRack1, ids({7, 8}), {}}));
}

TEST(Layouts, SlicesMoveTogetherToMakeRoomForAWholeCard) {
  auto snapshot = snapshot_of(two_gpus_two_layouts());
  snapshot.holdings = {holding("a", {1}, hours_of(0, 4)), holding("b", {6}, hours_of(0, 4)),
                       holding("c", {7}, hours_of(0, 4))};
  EXPECT_EQ(placed(snapshot, wanted_whole(1, hours_of(1, 2))),
            (Placement{kRack1, ids({5}), {{model::ReservationId{"a"}, ids({8})}}}));
  for (auto& one : snapshot.holdings) one = started(one);
  EXPECT_EQ(refused(snapshot, wanted_whole(1, hours_of(1, 2))), (Shortage{Resource::kUnits, 1, 0, hour(1)}));
}

TEST(Layouts, AWholeCardMovesToMakeRoomForSlices) {
  auto snapshot = snapshot_of(two_gpus_two_layouts());
  snapshot.holdings = {of_whole(holding("whole", {5}, hours_of(2, 4))),
                       started(holding("a", {6}, hours_of(0, 2)))};
  EXPECT_EQ(placed(snapshot, wanted(4, hours_of(1, 4))),
            (Placement{kRack1, ids({1, 2, 3, 4}), {{model::ReservationId{"whole"}, ids({10})}}}));
}

TEST(Layouts, NextFreeAndAlternativesKnowSiblings) {
  auto snapshot = snapshot_of(one_gpu_two_layouts());
  snapshot.holdings = {started(holding("a", {1}, hours_of(0, 3)))};
  EXPECT_EQ(next_free_start(snapshot, wanted_whole(1, hours_of(0, 2)), hour(0)), hour(3));
  const auto other = alternatives(snapshot, wanted_whole(1, hours_of(0, 2)), false, hour(0));
  ASSERT_EQ(other.size(), 2U);
  EXPECT_EQ(other[0].wanted.window, hours_of(3, 5));
  EXPECT_EQ(other[1].wanted.device_class, kSlice);
}

TEST(Layouts, UnitsOfOneClassMayOverlapToo) {
  auto snapshot = snapshot_of(lab());
  // Halves at 0, 1 and 2 of four slots: the middle one excludes both others.
  snapshot.pool.units = {on(unit(1, kRack1, kSlice), 1, {1, 3}), on(unit(2, kRack1, kSlice), 1, {0, 2}),
                         on(unit(3, kRack1, kSlice), 1, {2, 4})};
  EXPECT_EQ(placed(snapshot, wanted(1, hours_of(0, 1))), (Placement{kRack1, ids({2}), {}}));
  EXPECT_EQ(placed(snapshot, wanted(2, hours_of(0, 1))), (Placement{kRack1, ids({2, 3}), {}}));
  EXPECT_EQ(refused(snapshot, wanted(3, hours_of(0, 1))), (Shortage{Resource::kUnits, 3, 2, hour(0)}));
  snapshot.holdings = {holding("middle", {1}, hours_of(0, 1))};
  EXPECT_EQ(placed(snapshot, wanted(1, hours_of(0, 1))),
            (Placement{kRack1, ids({2}), {{model::ReservationId{"middle"}, ids({3})}}}));
}

}  // namespace
}  // namespace berth::booking
