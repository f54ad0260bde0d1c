#include "booking/evacuate.hpp"

#include <gtest/gtest.h>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using testing::hour;
using testing::hours_of;
using testing::ids;
using testing::kRack1;
using testing::kSlice;
using testing::kWhole;

constexpr Load kLittle{{1'000}, {4}, {400}};

Holding held(const std::string& id, std::initializer_list<std::int64_t> units, double from, double to,
             bool movable = true, model::ClassId device_class = kSlice) {
  return {.reservation = {id},
          .node = kRack1,
          .device_class = device_class,
          .units = ids(units),
          .during = hours_of(from, to),
          .load = kLittle,
          .movable = movable};
}

Snapshot with(std::vector<Holding> holdings) {
  return {.pool = testing::lab(), .holdings = std::move(holdings), .blocked = {}, .known = hours_of(0, 48)};
}

std::vector<model::UnitId> units_of(const Snapshot& snapshot, const std::string& id) {
  for (const auto& one : snapshot.holdings) {
    if (one.reservation.value == id) return one.units;
  }
  return {};
}

TEST(Evacuate, WhoHoldsAClosedUnitGetsAnother) {
  const auto out = evacuate(with({held("a", {1}, 2, 4), held("b", {2}, 2, 4)}), ids({1}), hour(0));
  ASSERT_EQ(out.affected.size(), 1U) << "b is not on it";
  EXPECT_EQ(out.affected[0].reservation.value, "a");
  EXPECT_TRUE(out.affected[0].placed);
  const auto now_on = units_of(out.after, "a");
  ASSERT_EQ(now_on.size(), 1U);
  EXPECT_TRUE(now_on[0].value == 3 || now_on[0].value == 4) << now_on[0].value;
  EXPECT_EQ(units_of(out.after, "b"), ids({2}));
}

TEST(Evacuate, WhatBeginsAfterTheTimeThatIsLookedAtIsLeftAlone) {
  const auto out =
      evacuate(with({held("a", {1}, 2, 4), held("b", {1}, 24, 26)}), ids({1}), hour(0), hour(24));
  ASSERT_EQ(out.affected.size(), 1U);
  EXPECT_EQ(out.affected[0].reservation.value, "a");
  EXPECT_EQ(units_of(out.after, "b"), ids({1}));
}

TEST(Evacuate, WhatHasBegunStays) {
  const auto out = evacuate(with({held("a", {1}, 0, 4, false)}), ids({1}), hour(1));
  ASSERT_EQ(out.affected.size(), 1U);
  EXPECT_TRUE(out.affected[0].begun);
  EXPECT_FALSE(out.affected[0].placed);
  EXPECT_EQ(units_of(out.after, "a"), ids({1}));
}

TEST(Evacuate, TheEarlierOnesComeFirstAndNobodyIsPutOnAClosedUnit) {
  const auto out = evacuate(with({held("a", {1}, 2, 4), held("b", {2}, 3, 5), held("full", {3}, 2, 5)}),
                            ids({1, 2}), hour(0));
  ASSERT_EQ(out.affected.size(), 2U);
  EXPECT_TRUE(out.affected[0].placed);
  EXPECT_FALSE(out.affected[1].placed) << "one unit is left, and a has it";
  EXPECT_EQ(units_of(out.after, "a"), ids({4}));
  EXPECT_EQ(units_of(out.after, "b"), ids({2}));
}

TEST(Evacuate, OthersMakeRoom) {
  // Unit 3 is free until 3 and unit 4 from 3 on; who sits on 4 early can go to 3.
  const auto out = evacuate(
      with({held("early", {4}, 1, 2), held("a", {1}, 1, 4), held("b", {2}, 1, 4), held("late", {3}, 2, 4)}),
      ids({1}), hour(0));
  ASSERT_EQ(out.affected.size(), 1U);
  EXPECT_TRUE(out.affected[0].placed);
  EXPECT_NE(units_of(out.after, "a"), ids({1}));
  EXPECT_EQ(units_of(out.after, "early"), units_of(out.after, "late")) << "one of them joined the other";
}

TEST(Evacuate, AnotherNodeIsGoodToo) {
  auto snapshot = with({held("a", {5}, 2, 4, true, kWhole)});
  snapshot.pool.nodes.push_back(testing::node(2, {{127'000}, {754}, {2'887}}));
  snapshot.pool.units.push_back(testing::unit(6, {2}, kWhole));
  const auto out = evacuate(std::move(snapshot), ids({5}), hour(0));
  ASSERT_EQ(out.affected.size(), 1U);
  EXPECT_TRUE(out.affected[0].placed);
  EXPECT_EQ(out.after.holdings.at(0).node.value, 2);
  EXPECT_EQ(units_of(out.after, "a"), ids({6}));
}

}  // namespace
}  // namespace berth::booking
