#include "booking/profile.hpp"

#include <gtest/gtest.h>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using testing::hour;
using testing::hours_of;

Profile profile_of(std::initializer_list<std::pair<Window, std::int64_t>> parts) {
  std::vector<LevelChange> changes;
  for (const auto& [window, amount] : parts) add_change(changes, window, amount);
  return Profile(std::move(changes));
}

TEST(Profile, TwoHoldingsOneAfterTheOtherDoNotAddUp) {
  const auto profile = profile_of({{hours_of(1, 2), 60}, {hours_of(2, 3), 50}});
  EXPECT_EQ(profile.highest(hours_of(0, 4)), (Peak{60, hour(1)}));
}

TEST(Profile, OverlappingHoldingsAddUpWhereTheyOverlap) {
  const auto profile = profile_of({{hours_of(0, 3), 60}, {hours_of(2, 5), 50}});
  EXPECT_EQ(profile.highest(hours_of(0, 6)), (Peak{110, hour(2)}));
  EXPECT_EQ(profile.highest(hours_of(3, 6)), (Peak{50, hour(3)}));
  EXPECT_EQ(profile.highest(hours_of(1, 2)), (Peak{60, hour(1)}));
  EXPECT_EQ(profile.highest(hours_of(2.5, 6)), (Peak{110, hour(2.5)}));
}

TEST(Profile, IsZeroWhereNothingIs) {
  EXPECT_EQ(Profile().highest(hours_of(0, 1)), (Peak{0, hour(0)}));
  EXPECT_EQ(profile_of({{hours_of(5, 5), 7}}).highest(hours_of(0, 9)), (Peak{0, hour(0)}));
  EXPECT_EQ(profile_of({{hours_of(5, 6), 7}}).highest(hours_of(6, 9)), (Peak{0, hour(6)}));
}

TEST(Profile, TellsWhenTheLastBadStretchOfAWindowEnds) {
  const auto profile = profile_of({{hours_of(1, 2), 60}, {hours_of(4, 6), 60}, {hours_of(6, 7), 70}});
  EXPECT_EQ(profile.last_above(50, hours_of(0, 3)), hour(2));
  EXPECT_EQ(profile.last_above(50, hours_of(0, 5)), hour(7));
  EXPECT_EQ(profile.last_above(65, hours_of(0, 6)), std::nullopt);
  EXPECT_EQ(profile.last_above(50, hours_of(2, 4)), std::nullopt);
  EXPECT_EQ(profile.last_above(-1, hours_of(2, 4)), Instant::max());
}

TEST(Profile, CountsNoAmountForMoreThanCanBeAdded) {
  const auto most = bounded_amount(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(bounded_amount(-5), 0);
  EXPECT_GT(most, 1'000'000'000'000);
  EXPECT_LT(most, std::numeric_limits<std::int64_t>::max() / 1'000'000);
}

TEST(Joined, SortsJoinsAndDropsEmptyWindows) {
  EXPECT_EQ(joined({hours_of(5, 6), hours_of(1, 3), hours_of(2, 4), hours_of(4, 5), hours_of(8, 8)}),
            (std::vector{hours_of(1, 6)}));
  EXPECT_EQ(joined({hours_of(5, 6), hours_of(1, 3)}), (std::vector{hours_of(1, 3), hours_of(5, 6)}));
}

}  // namespace
}  // namespace berth::booking
