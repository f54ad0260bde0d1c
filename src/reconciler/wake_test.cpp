#include "reconciler/wake.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "reconciler/next_wait.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

const Instant kNow = *parse_rfc3339("2026-11-24T14:00:00Z");

TEST(Wake, ManyNewsAreOneLook) {
  Wake wake;
  for (int i = 0; i < 1000; ++i) wake.raise();
  EXPECT_TRUE(wake.wait_until(Steady::now(), {}));
  EXPECT_FALSE(wake.wait_until(Steady::now(), {})) << "the flag was lowered";
}

TEST(Wake, NewsEndAWaitFromAnyThread) {
  Wake wake;
  const std::jthread other([&] { wake.raise(); });
  const auto began = Steady::now();
  EXPECT_TRUE(wake.wait_until(began + 1h, {}));
  EXPECT_LT(Steady::now() - began, 1min);
}

TEST(Wake, NewsDuringALookAreNotLost) {
  Wake wake;
  wake.raise();
  ASSERT_TRUE(wake.wait_until(Steady::now() + 1h, {}));
  wake.raise();  // while the cycle runs
  EXPECT_TRUE(wake.wait_until(Steady::now(), {}));
}

TEST(Wake, AStopEndsAWait) {
  Wake wake;
  std::stop_source stop;
  const std::jthread other([&] { stop.request_stop(); });
  EXPECT_FALSE(wake.wait_until(Steady::now() + 1h, stop.get_token()));
}

planning::Desired quiet() {
  planning::Desired desired;
  desired.now = kNow;
  return desired;
}

planning::DesiredSession trying_again(model::SessionPhase phase, Instant next_try) {
  planning::DesiredSession out;
  out.session.phase = phase;
  model::Step step;
  step.state = model::StepState::kFailed;
  step.next_try_at = next_try;
  out.session.steps.push_back(step);
  return out;
}

TEST(NextWait, IsTheRegularCycleWhereNothingIsExpected) {
  EXPECT_EQ(next_wait(quiet(), 30s), 30s);
}

TEST(NextWait, EndsAtTheNextStartOrEnd) {
  auto desired = quiet();
  desired.next_edge = kNow + 7s;
  EXPECT_EQ(next_wait(desired, 30s), 7s);
  desired.next_edge = kNow + 2h;
  EXPECT_EQ(next_wait(desired, 30s), 30s);
  desired.next_edge = kNow + Duration(1);
  EXPECT_EQ(next_wait(desired, 30s), 1ms) << "never before the edge";
}

TEST(NextWait, EndsAtTheNextTryOfAStep) {
  auto desired = quiet();
  desired.sessions.push_back(trying_again(model::SessionPhase::kStarting, kNow + 4s));
  EXPECT_EQ(next_wait(desired, 30s), 4s);
  desired.sessions.front().session.steps.front().state = model::StepState::kDone;
  EXPECT_EQ(next_wait(desired, 30s), 30s);
}

TEST(NextWait, ATryThatIsOverOrWillNotComeIsNoReasonToLookAtOnceForEver) {
  auto desired = quiet();
  desired.sessions.push_back(trying_again(model::SessionPhase::kStarting, kNow - 1s));
  EXPECT_EQ(next_wait(desired, 30s), 30s);
  desired.sessions.push_back(trying_again(model::SessionPhase::kStopping, kNow + 1s));
  EXPECT_EQ(next_wait(desired, 30s), 30s) << "a session that stops tries no step again";
}

TEST(NextWait, FailuresInARowAreMetMoreAndMoreRarely) {
  EXPECT_EQ(wait_after_failures(1, 30s), 1s);
  EXPECT_EQ(wait_after_failures(2, 30s), 2s);
  EXPECT_EQ(wait_after_failures(4, 30s), 8s);
  EXPECT_EQ(wait_after_failures(1'000'000, 30s), 30s);
}

}  // namespace
}  // namespace berth::reconciler
