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

TEST(HomeForecast, OfOneMoreThanThePoolKeepsSaysWhoseFilesGo) {
  auto known = facts();
  known.rule.count = 2;
  known.homes = {kept(-3, 100), kept(-9, 100)};
  const auto beside = [&](int from, int to) { return forecast_home(known, user("a", from, to)); };
  EXPECT_EQ(beside(1, 2).replaces, std::nullopt) << "it has the newest itself, and leaves it";
  known.live = {user("other", -1, 4)};  // which has one of its own
  EXPECT_EQ(beside(5, 6).replaces, std::nullopt) << "the oldest went when the other one ended";
  known.live = {user("other", 1, 9), user("third", 1, 9)};
  EXPECT_EQ(beside(2, 3).replaces, std::nullopt) << "the others have them";
  known.live = {user("other", -1, 9)};
  known.homes.push_back(kept(-1, 100));
  known.homes.back().reservation = {"other"};
  known.homes.back().in_use = true;
  known.live.push_back(user("a", -1, 3));
  known.homes.push_back(
      {.size = Gib{20}, .kept_at = {}, .kept_until = {}, .reservation = {"a"}, .in_use = true});
  EXPECT_EQ(forecast_home(known, user("a", -1, 3)).replaces, at(-9));
  known.homes[1].kept_until = at(2);
  EXPECT_EQ(forecast_home(known, user("a", -1, 3)).replaces, std::nullopt) << "that one is past by then";
}

TEST(HomeForecast, HeedsNothingThatEndedBeforeItBegan) {
  auto known = facts();
  known.homes = {kept(-3, 100)};
  known.live = {user("other", 5, 3)};
  EXPECT_EQ(forecast_home(known, user("a", 4, 5)).files->of, at(-3));
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
