#include "model/waiting.hpp"

#include <gtest/gtest.h>

namespace berth::model {
namespace {

using namespace std::chrono_literals;

const Instant kNow = *parse_rfc3339("2026-11-24T14:00:00Z");
const ControllerReport kAwake{
    .cluster = "default", .reported_at = kNow - 3s, .silent = false, .unheard_since = {}};

Session in(SessionPhase phase) {
  Session session;
  session.phase = phase;
  for (const auto name : kSteps) {
    Step step;
    step.name = name;
    session.steps.push_back(step);
  }
  return session;
}

TEST(Waiting, ASessionThatIsUpOrGoneWaitsForNothing) {
  for (const auto phase : {SessionPhase::kReady, SessionPhase::kGone}) {
    EXPECT_EQ(waiting_for(in(phase), kNow), std::nullopt);
    EXPECT_EQ(waiting_for(in(phase), ControllerReport{}, kNow), std::nullopt) << "whoever sleeps";
  }
}

TEST(Waiting, AStartingSessionWaitsInItsFirstStepThatIsNotDone) {
  auto session = in(SessionPhase::kStarting);
  EXPECT_EQ(waiting_for(session, kAwake, kNow), (Waiting{"Step \"device_free\" is next.", {}}));
  session.steps[0].state = StepState::kDone;
  session.steps[1].state = StepState::kDone;
  session.steps[2].state = StepState::kRunning;
  session.steps[2].detail = "Waiting until the cluster enforces the quota.";
  EXPECT_EQ(waiting_for(session, kAwake, kNow),
            (Waiting{"Step \"quota\": Waiting until the cluster enforces the quota.", {}}));
  session.steps[2].state = StepState::kFailed;
  session.steps[2].detail = "refused\nin the cluster's own words";
  session.steps[2].tries = 3;
  session.steps[2].next_try_at = kNow + 4s;
  EXPECT_EQ(waiting_for(session, kAwake, kNow),
            (Waiting{"Step \"quota\" failed and is tried again, 3 tries so far: refused", kNow + 4s}));
  EXPECT_EQ(waiting_for(session, kAwake, kNow + 4s), (Waiting{"Step \"quota\": refused", {}})) << "it is due";
}

TEST(Waiting, WhatHoldsUpTheControllerComesFirst) {
  const auto starting = in(SessionPhase::kStarting);
  auto stopping = in(SessionPhase::kStopping);
  ControllerReport controller = kAwake;
  controller.unheard_since = kNow - 5min;
  EXPECT_EQ(waiting_for(starting, controller, kNow), not_heard(kNow - 5min));
  EXPECT_EQ(waiting_for(stopping, controller, kNow)->reason, "Waiting until its namespace is gone.")
      << "ends go on";
  controller.unheard_since.reset();
  controller.starts_wait = "ClusterRole berth-session-admin is missing.";
  EXPECT_EQ(waiting_for(starting, controller, kNow)->reason,
            "Nothing is started on this cluster: ClusterRole berth-session-admin is missing.");
  EXPECT_EQ(waiting_for(stopping, controller, kNow)->reason, "Waiting until its namespace is gone.");
  EXPECT_EQ(waiting_to_begin(controller), *waiting_for(starting, controller, kNow));
  controller.silent = true;
  for (const auto& session : {starting, stopping}) {
    EXPECT_EQ(waiting_for(session, controller, kNow)->reason,
              "The controller of cluster default has not reported since 2026-11-24T13:59:57Z: nothing is "
              "done until "
              "it does.");
  }
  EXPECT_EQ(waiting_to_begin(controller), *waiting_for(starting, controller, kNow));
  EXPECT_EQ(waiting_to_begin(kAwake).reason,
            "Its window has begun: the controller begins it with its next look.");
}

TEST(Waiting, ADegradedSessionSaysWhatIsAmiss) {
  auto session = in(SessionPhase::kDegraded);
  session.reason = "The workspace has no pod.";
  EXPECT_EQ(waiting_for(session, kAwake, kNow), (Waiting{"The workspace has no pod.", {}}));
}

}  // namespace
}  // namespace berth::model
