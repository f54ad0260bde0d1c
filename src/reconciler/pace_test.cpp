#include "reconciler/pace.hpp"

#include <gtest/gtest.h>

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;

const Instant kNow = *parse_rfc3339("2026-11-24T14:00:00Z");

Cycle quiet() {
  Cycle cycle;
  cycle.now = kNow;
  return cycle;
}

Cycle failed(bool changed = false) {
  auto cycle = quiet();
  cycle.report.failed.emplace_back("start session berth-s-1: refused");
  cycle.report.changed = changed;
  return cycle;
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

TEST(Pace, IsTheRegularCycleWhereNothingIsExpected) {
  EXPECT_EQ(Pace(30s).after(quiet()), 30s);
}

TEST(Pace, LooksAgainAtOnceWhereSomethingWasWritten) {
  auto cycle = quiet();
  cycle.report.changed = true;
  EXPECT_EQ(Pace(30s).after(cycle), 0s);
}

TEST(Pace, EndsAtTheNextStartOrEnd) {
  Pace pace(30s);
  auto cycle = quiet();
  cycle.next_edge = kNow + 7s;
  EXPECT_EQ(pace.after(cycle), 7s);
  cycle.next_edge = kNow + 2h;
  EXPECT_EQ(pace.after(cycle), 30s);
  cycle.next_edge = kNow + Duration(1);
  EXPECT_EQ(pace.after(cycle), 1ms) << "never before the edge";
}

TEST(Pace, EndsAtTheNextTryOfAStep) {
  auto cycle = quiet();
  cycle.next_try = kNow + 4s;
  EXPECT_EQ(Pace(30s).after(cycle), 4s);
}

TEST(Pace, FailuresInARowAreMetMoreAndMoreRarely) {
  Pace pace(30s);
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) EXPECT_EQ(pace.after(failed()), wait);
  EXPECT_EQ(pace.after(quiet()), 30s);
  EXPECT_EQ(pace.after(failed()), 1s) << "one that went well begins the count anew";
}

TEST(Pace, WhereOneSessionFailsAndAnotherGoesOnThatOneIsNotKeptWaiting) {
  Pace pace(30s);
  for (int i = 0; i < 5; ++i) pace.after(failed());
  EXPECT_EQ(pace.after(failed(true)), 1s);
}

TEST(NextTry, IsTheFirstToComeOfSessionsThatStart) {
  planning::Desired desired;
  desired.now = kNow;
  EXPECT_EQ(next_try(desired), std::nullopt);
  desired.sessions.push_back(trying_again(model::SessionPhase::kStarting, kNow + 9s));
  desired.sessions.push_back(trying_again(model::SessionPhase::kStarting, kNow + 4s));
  EXPECT_EQ(next_try(desired), kNow + 4s);
  desired.sessions.back().session.steps.front().state = model::StepState::kDone;
  EXPECT_EQ(next_try(desired), kNow + 9s);
}

TEST(NextTry, ATryThatIsOverOrWillNotComeIsNoReasonToLookAtOnceForEver) {
  planning::Desired desired;
  desired.now = kNow;
  desired.sessions.push_back(trying_again(model::SessionPhase::kStarting, kNow - 1s));
  EXPECT_EQ(next_try(desired), std::nullopt);
  desired.sessions.push_back(trying_again(model::SessionPhase::kStopping, kNow + 1s));
  EXPECT_EQ(next_try(desired), std::nullopt) << "a session that stops tries no step again";
}

}  // namespace
}  // namespace berth::reconciler
