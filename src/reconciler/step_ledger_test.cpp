#include "reconciler/step_ledger.hpp"

#include <gtest/gtest.h>

#include "store/desired_rows.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;
using model::StepName;
using model::StepState;

const Instant kNow = *parse_rfc3339("2026-11-24T14:00:00Z");

TEST(StepLedger, AStepThatBeginsSaysWhen) {
  StepLedger ledger(store::fresh_steps(), kNow);
  ledger.record({StepName::kQuota, StepState::kRunning, "Waiting until the cluster enforces the quota."});
  const auto changed = ledger.changed();
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed.front().name, StepName::kQuota);
  EXPECT_EQ(changed.front().state, StepState::kRunning);
  EXPECT_EQ(changed.front().started_at, kNow);
  EXPECT_EQ(changed.front().finished_at, std::nullopt);
  EXPECT_EQ(changed.front().tries, 0);
}

TEST(StepLedger, ADoneStepWasTriedAtLeastOnceAndSaysWhenItEnded) {
  StepLedger ledger(store::fresh_steps(), kNow);
  ledger.record({StepName::kNamespace, StepState::kDone, {}});
  const auto done = ledger.changed().at(0);
  EXPECT_EQ(done.started_at, kNow);
  EXPECT_EQ(done.finished_at, kNow);
  EXPECT_EQ(done.tries, 1);
}

TEST(StepLedger, WhoeverIsNotAnsweredHasNotTriedAndDoesNotWaitByItself) {
  auto steps = store::fresh_steps();
  steps.front().tries = 3;
  steps.front().state = StepState::kFailed;
  steps.front().next_try_at = kNow + 40s;
  StepLedger ledger(steps, kNow);
  ledger.unanswered(steps.front().name, "The cluster does not answer since then.");
  const auto told = ledger.changed().at(0);
  EXPECT_EQ(told.state, StepState::kRunning);
  EXPECT_EQ(told.tries, 3);
  EXPECT_FALSE(told.next_try_at);
  EXPECT_EQ(told.detail, "The cluster does not answer since then.");
}

TEST(StepLedger, TheBeginningIsToldOnce) {
  auto steps = store::fresh_steps();
  steps.front().started_at = kNow - 1min;
  StepLedger ledger(steps, kNow);
  ledger.record({StepName::kDeviceFree, StepState::kDone, {}});
  EXPECT_EQ(ledger.changed().at(0).started_at, kNow - 1min);
}

TEST(StepLedger, EachFailedTryWaitsTwiceAsLong) {
  auto steps = store::fresh_steps();
  for (int tries = 0; tries < 8; ++tries) {
    StepLedger ledger(steps, kNow);
    ledger.failed(StepName::kDeviceFree, "apply limitranges: refused");
    const auto failed = ledger.changed().at(0);
    EXPECT_EQ(failed.state, StepState::kFailed);
    EXPECT_EQ(failed.tries, tries + 1);
    EXPECT_EQ(failed.next_try_at, kNow + std::min(60s, seconds(1 << tries)));
    EXPECT_EQ(failed.detail, "apply limitranges: refused");
    steps.front() = failed;
  }
}

TEST(StepLedger, WhatWorksAtLastHasNoNextTry) {
  auto steps = store::fresh_steps();
  steps.front().state = StepState::kFailed;
  steps.front().tries = 3;
  steps.front().next_try_at = kNow - 1s;
  steps.front().detail = "refused";
  StepLedger ledger(steps, kNow);
  ledger.record({StepName::kDeviceFree, StepState::kDone, {}});
  const auto done = ledger.changed().at(0);
  EXPECT_EQ(done.next_try_at, std::nullopt);
  EXPECT_EQ(done.detail, "");
  EXPECT_EQ(done.tries, 3);
}

TEST(StepLedger, TheClustersOwnTriesAreCountedOnceEachWithTheTimeOfTheNext) {
  auto steps = store::fresh_steps();
  const auto tell = [&](const std::string& detail, bool between_tries, Instant now) {
    StepLedger ledger(steps, now);
    ledger.record({.step = StepName::kWorkspace,
                   .state = StepState::kFailed,
                   .detail = detail,
                   .retried = true,
                   .between_tries = between_tries});
    for (auto& step : steps) {
      if (step.name == StepName::kWorkspace) step = ledger.changed().at(0);
      if (step.name == StepName::kWorkspace) return step;
    }
    return model::Step{};
  };
  const auto first = tell("ErrImagePull: no such host", false, kNow);
  EXPECT_EQ(first.tries, 1);
  EXPECT_EQ(first.next_try_at, kNow + 10s);
  const auto waits = tell("ImagePullBackOff: back-off", true, kNow + 1s);
  EXPECT_EQ(waits.tries, 1);
  EXPECT_EQ(waits.next_try_at, kNow + 10s);
  EXPECT_EQ(waits.detail, "ImagePullBackOff: back-off");
  const auto second = tell("ErrImagePull: no such host", false, kNow + 10s);
  EXPECT_EQ(second.tries, 2);
  EXPECT_EQ(second.next_try_at, kNow + 30s);
}

TEST(StepLedger, ATroubleOfTheClusterIsOneTryForAsLongAsItIsTheSame) {
  StepLedger first(store::fresh_steps(), kNow);
  first.record({StepName::kWorkspace, StepState::kFailed, "No node has room."});
  auto steps = store::fresh_steps();
  for (auto& step : steps) {
    if (step.name == StepName::kWorkspace) step = first.changed().at(0);
  }
  StepLedger again(steps, kNow + 1min);
  again.record({StepName::kWorkspace, StepState::kFailed, "No node has room."});
  EXPECT_TRUE(again.changed().empty());
  again.record({StepName::kWorkspace, StepState::kFailed, "The image could not be pulled."});
  EXPECT_EQ(again.changed().at(0).tries, 2);
}

TEST(StepLedger, ADoneStepDoesNotFailAnyMore) {
  auto steps = store::fresh_steps();
  steps.front().state = StepState::kDone;
  StepLedger ledger(steps, kNow);
  ledger.failed(StepName::kDeviceFree, "refused");
  EXPECT_TRUE(ledger.changed().empty());
}

TEST(StepLedger, WhatIsWrittenIsNotWrittenAgain) {
  StepLedger ledger(store::fresh_steps(), kNow);
  EXPECT_TRUE(ledger.changed().empty());
  ledger.record({StepName::kDeviceFree, StepState::kDone, {}});
  ledger.record({StepName::kNamespace, StepState::kRunning, "Making the namespace."});
  EXPECT_EQ(ledger.changed().size(), 2U);
  ledger.written();
  EXPECT_TRUE(ledger.changed().empty());
  ledger.record({StepName::kNamespace, StepState::kDone, {}});
  ASSERT_EQ(ledger.changed().size(), 1U);
  EXPECT_EQ(ledger.changed().front().name, StepName::kNamespace);
}

}  // namespace
}  // namespace berth::reconciler
