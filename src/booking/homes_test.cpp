#include "booking/homes.hpp"

#include <gtest/gtest.h>

namespace berth::booking {
namespace {

using After = HomeForecast::After;

constexpr Instant kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours(8);

Instant at(int hour) {
  return kNow + hours(hour);
}
HomeUser user(const char* id, int from, int to) {
  return {.reservation = model::ReservationId{id},
          .window = {at(from), at(to)},
          .storage = Gib{558},
          .home = Gib{20},
          .model_cache = Gib{300}};
}
HomeFacts facts(int days = 14) {
  return {.rule = {.days = days, .most = std::nullopt}, .homes = {}, .live = {}, .now = kNow};
}
KeptHome kept(int of, int until, std::int64_t gib = 20) {
  return {.size = Gib{gib}, .kept_at = at(of), .kept_until = at(until), .reservation = {"before"}};
}

TEST(HomeForecast, OfAPoolThatKeepsNoneIsNothingBeforeAndDeletedAfter) {
  const auto it = forecast_home(facts(0), user("a", 1, 2));
  EXPECT_FALSE(it.files);
  EXPECT_EQ(it.after, After::kNotByPolicy);
  EXPECT_FALSE(it.kept_until);
}

TEST(HomeForecast, IsTheNewestThatIsNotPastAndFits) {
  auto known = facts();
  known.homes = {kept(-30, 100), kept(-3, 5), kept(-2, 100, 259), kept(-20, 100)};
  const auto it = forecast_home(known, user("a", 6, 8));
  ASSERT_TRUE(it.files);
  EXPECT_EQ(it.files->of, at(-20)) << "one is past by then, one is too large beside the model cache";
  EXPECT_EQ(it.after, After::kKept);
  EXPECT_EQ(it.kept_until, at(8) + std::chrono::days(14));
}

TEST(HomeForecast, OfWhatBeginsAfterAnotherEndsIsWhatThatLeaves) {
  auto known = facts();
  known.homes = {kept(-3, 100)};
  known.live = {user("first", 1, 3), user("a", 5, 6)};
  EXPECT_EQ(forecast_home(known, user("a", 5, 6)).files->of, at(3));
  EXPECT_EQ(forecast_home(known, user("first", 1, 3)).files->of, at(-3));
}

TEST(HomeForecast, IsEmptyWhereAnEarlierOneHasThemAtThatTime) {
  auto known = facts();
  known.homes = {kept(-3, 100)};
  known.live = {user("first", 1, 6)};
  EXPECT_FALSE(forecast_home(known, user("a", 5, 7)).files);
}

TEST(HomeForecast, OfWhatRunsIsWhatItBeganWith) {
  auto known = facts();
  known.live = {user("a", -1, 3)};
  known.homes = {kept(-5, 10)};
  known.homes.front().reservation = {"a"};
  known.homes.front().in_use = true;
  EXPECT_EQ(forecast_home(known, user("a", -1, 3)).files->of, at(-5));
  known.homes.front().kept_at.reset();
  EXPECT_FALSE(forecast_home(known, user("a", -1, 3)).files);
}

TEST(HomeForecast, OfALargerOneThanThePoolKeepsIsDeleted) {
  auto known = facts();
  known.rule.most = Gib{19};
  EXPECT_EQ(forecast_home(known, user("a", 1, 2)).after, After::kTooLarge);
}

TEST(HomeForecast, OfWhatIsOverIsUntilWhenWhatItLeftIsKept) {
  auto known = facts();
  known.homes = {kept(-3, 100)};
  EXPECT_EQ(home_left_by(known, {"before"}), at(100));
  EXPECT_EQ(home_left_by(known, {"another"}), std::nullopt);
  known.homes.front().kept_until = at(-1);
  EXPECT_EQ(home_left_by(known, {"before"}), std::nullopt);
}

}  // namespace
}  // namespace berth::booking
