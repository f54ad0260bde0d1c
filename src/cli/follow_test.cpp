#include "cli/follow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output.hpp"

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

json::value in(std::string_view state) {
  return json::object{{"state", state}};
}

TEST(FollowExitCode, OneThatWaitedForReadyIsToldThatItNeverBecameSo) {
  for (const char* state : {"FAILED", "CANCELED", "COMPLETED"}) {
    EXPECT_EQ(exit_code_after(Follow::kReady, in("APPROVED"), in(state)), kFailed) << state;
    EXPECT_EQ(exit_code_after(Follow::kReady, in(state), in(state)), kFailed)
        << "a repeated booking: " << state;
  }
  EXPECT_EQ(exit_code_after(Follow::kReady, in("APPROVED"), in("ACTIVE")), kOk);
}

TEST(FollowExitCode, LookingAtOneFailsOnlyWhenItDoesMeanwhile) {
  EXPECT_EQ(exit_code_after(Follow::kSettled, in("ACTIVE"), in("FAILED")), kFailed);
  EXPECT_EQ(exit_code_after(Follow::kSettled, in("APPROVED"), in("CANCELED")), kFailed);
  EXPECT_EQ(exit_code_after(Follow::kSettled, in("ACTIVE"), in("COMPLETED")), kOk) << "it was ended";
  EXPECT_EQ(exit_code_after(Follow::kSettled, in("FAILED"), in("FAILED")), kOk) << "history";
  EXPECT_EQ(exit_code_after(Follow::kSettled, in("ACTIVE"), in("ACTIVE")), kOk);
  EXPECT_EQ(exit_code_after(Follow::kOnce, in("FAILED"), in("FAILED")), kOk);
}

TEST(Settled, WhoeverWaitsForReadyWaitsForTheStartToo) {
  const auto now = *parse_rfc3339("2026-11-24T12:30:00Z");
  const json::value tomorrow{{"state", "APPROVED"}, {"start", "2026-11-25T12:30:00Z"}, {"ending", false}};
  EXPECT_FALSE(is_settled(Follow::kReady, tomorrow, std::nullopt, now));
  EXPECT_TRUE(is_settled(Follow::kSettled, tomorrow, std::nullopt, now)) << "whoever only looks does not";
  EXPECT_TRUE(is_settled(Follow::kOnce, tomorrow, std::nullopt, now));
  EXPECT_GT(pause_before_next_look(tomorrow, now), std::chrono::seconds(5)) << "nothing happens until then";

  const json::value soon{{"state", "APPROVED"}, {"start", "2026-11-24T12:30:30Z"}, {"ending", false}};
  EXPECT_FALSE(is_settled(Follow::kSettled, soon, std::nullopt, now));
  EXPECT_LT(pause_before_next_look(soon, now), std::chrono::seconds(1));

  const json::value active{{"state", "ACTIVE"}, {"start", "2026-11-24T12:30:00Z"}, {"ending", false}};
  EXPECT_FALSE(is_settled(Follow::kReady, active, json::value{{"phase", "Starting"}}, now));
  EXPECT_TRUE(is_settled(Follow::kReady, active, json::value{{"phase", "Ready"}}, now));
  EXPECT_TRUE(is_settled(Follow::kReady, in("FAILED"), std::nullopt, now));
}

TEST(SilentReconcilers, AreToldForTheClusterThatIsWaitedFor) {
  const json::value status{
      {"controllers",
       json::array{{{"cluster", "default"}, {"state", "silent"}, {"age_seconds", 310.7}},
                   {{"cluster", "other"}, {"state", "never_reported"}, {"age_seconds", nullptr}},
                   {{"cluster", "third"}, {"state", "reporting"}, {"age_seconds", 3}}}}};
  EXPECT_THAT(
      silent_reconcilers(status, "default"),
      ElementsAre("the reconciler of cluster \"default\" has not reported for 5 min: until it does, nothing "
                  "moves"));
  EXPECT_THAT(
      silent_reconcilers(status, "other"),
      ElementsAre("the reconciler of cluster \"other\" has never reported: until it does, nothing moves"));
  EXPECT_THAT(silent_reconcilers(status, "third"), IsEmpty());
  EXPECT_EQ(silent_reconcilers(status, "").size(), 2U);
  EXPECT_THAT(silent_reconcilers({{"controllers", nullptr}}, ""), IsEmpty());
}

}  // namespace
}  // namespace berth::cli
