#include <gtest/gtest.h>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using namespace testing;

TEST(NextFreeStart, IsTheGivenInstantRoundedUpToAStepWhenThatFits) {
  EXPECT_EQ(next_free_start(snapshot_of(lab()), wanted(1, hours_of(0, 2)), hour(3.1)), hour(3.5));
  EXPECT_EQ(next_free_start(snapshot_of(lab()), wanted(1, hours_of(0, 2)), hour(3)), hour(3));
}

TEST(NextFreeStart, FollowsTheEndOfWhatIsInTheWay) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1, 2, 3}, hours_of(0, 4)), holding("b", {1, 2, 3}, hours_of(5, 7.2))};
  EXPECT_EQ(next_free_start(snapshot, wanted(2, hours_of(0, 1)), hour(1)), hour(4));
  EXPECT_EQ(next_free_start(snapshot, wanted(2, hours_of(0, 2)), hour(1)), hour(7.5));
}

TEST(NextFreeStart, CountsLoadAndOutages) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {with_load(holding("a", {1}, hours_of(0, 4)), {{100'000}, {1}, {1}})};
  for (const std::int64_t id : {1, 2, 3, 4}) snapshot.blocked.push_back({model::UnitId{id}, hours_of(5, 6)});
  auto ask = wanted(1, hours_of(0, 1));
  ask.load.cpu = {30'000};
  EXPECT_EQ(next_free_start(snapshot, ask, hour(0)), hour(4));
  ask.window = hours_of(0, 2);
  EXPECT_EQ(next_free_start(snapshot, ask, hour(0)), hour(6));
}

TEST(NextFreeStart, MayNeedARearrangement) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("x", {3, 4}, hours_of(0, 10)), holding("a", {1}, hours_of(0, 2)),
                       holding("b", {2}, hours_of(2, 4))};
  EXPECT_EQ(next_free_start(snapshot, wanted(1, hours_of(0, 4)), hour(0)), hour(0));
}

TEST(NextFreeStart, IsNeverWhenNothingFitsBeforeTheEndOfWhatIsKnown) {
  auto snapshot = snapshot_of(lab());
  snapshot.known = hours_of(0, 10);
  snapshot.holdings = {holding("a", {1, 2, 3, 4}, hours_of(0, 9))};
  EXPECT_EQ(next_free_start(snapshot, wanted(1, hours_of(0, 1)), hour(0)), hour(9));
  EXPECT_EQ(next_free_start(snapshot, wanted(1, hours_of(0, 2)), hour(0)), std::nullopt);
  EXPECT_EQ(next_free_start(snapshot, wanted(5, hours_of(0, 1)), hour(0)), std::nullopt);
  EXPECT_EQ(next_free_start(snapshot, wanted(1, hours_of(0, 11)), hour(0)), std::nullopt);
}

}  // namespace
}  // namespace berth::booking
