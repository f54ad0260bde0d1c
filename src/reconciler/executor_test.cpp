// What the executor makes of failures: of the cluster's API, of the Lease, of the epoch.
#include "reconciler/executor.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "kube/test_removal.hpp"
#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using model::ReservationState;
using model::SessionPhase;
using simcluster::Fault;
using simcluster::FaultKind;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

class ExecutorTest : public testing::Test {
 protected:
  model::ReservationId book_now(const std::string& device_class = "slice-24gb") {
    return world_.book(device_class, 1, std::nullopt, world_.step(2));
  }
  std::string namespace_of(const model::ReservationId& id) { return world_.session(id).namespace_name; }
  SessionPhase phase(const model::ReservationId& id) { return world_.session(id).phase; }
  ReservationState state(const model::ReservationId& id) { return world_.reservation(id).state; }
  const model::Step& step(const model::ReservationId& id, model::StepName name) {
    return world_.step(id, name);
  }
  /// The namespace of a session that has its row and nothing else yet.
  std::string begin(const model::ReservationId& id) {
    for (int i = 0; i < 5 && storetwin::session_of(world_.tables(), id) == nullptr; ++i) world_.cycle();
    return namespace_of(id);
  }
  std::uint64_t writes() { return world_.cluster().counts().writes; }

  TestWorld world_{7};
};

TEST_F(ExecutorTest, ABookingBecomesAWorkspaceAndGoesAgain) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(state(id), ReservationState::kActive);
  EXPECT_EQ(phase(id), SessionPhase::kReady);
  const auto session = world_.session(id);
  for (const auto& step : session.steps) {
    EXPECT_EQ(step.state, model::StepState::kDone);
    EXPECT_GE(step.tries, 1);
    EXPECT_GE(step.finished_at, step.started_at);
    EXPECT_FALSE(step.next_try_at);
  }
  EXPECT_TRUE(session.ready_at);
  EXPECT_THAT(session.endpoints.at(0).url, StartsWith("https://" + session.host));
  world_.advance(2h);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(state(id), ReservationState::kCompleted);
  EXPECT_EQ(phase(id), SessionPhase::kGone);
}

struct Failure {
  std::string name;
  Fault fault;
  std::string told;  // in the detail of the step
};

Fault refusal(int code, const std::string& reason, int retry_after = 0) {
  Fault fault;
  fault.code = code;
  fault.reason = reason;
  fault.message = "refused by the test";
  fault.retry_after_seconds = retry_after;
  return fault;
}
Fault trouble(FaultKind kind) {
  Fault fault;
  fault.kind = kind;
  if (kind == FaultKind::kLatency) fault.latency = 30s;
  return fault;
}

class FailedCall : public ExecutorTest, public testing::WithParamInterface<Failure> {};

TEST_P(FailedCall, IsTheDetailOfItsStepWaitsLongerEachTimeAndHoldsUpNobodyElse) {
  const auto mine = book_now();
  const auto other = book_now();
  begin(mine);
  auto fault = GetParam().fault;
  fault.verb = "apply";
  fault.resource = "limitranges";
  fault.ns = begin(mine);
  fault.times = -1;
  must(world_.cluster().add_fault(fault));

  for (int tries = 1; tries <= 4; ++tries) {
    for (int i = 0; i < 60 && step(mine, model::StepName::kLimits).tries < tries; ++i) {
      world_.cycle();
      world_.advance(500ms);
    }
    const auto failed = step(mine, model::StepName::kLimits);
    EXPECT_EQ(failed.state, model::StepState::kFailed);
    EXPECT_EQ(failed.tries, tries);
    EXPECT_THAT(failed.detail, HasSubstr(GetParam().told));
    ASSERT_TRUE(failed.next_try_at);
    EXPECT_GE(*failed.next_try_at, world_.now() - 500ms + seconds(1 << (tries - 1)));
    EXPECT_EQ(step(mine, model::StepName::kAccess).state, model::StepState::kPending)
        << "the order of steps is kept";
  }
  for (int i = 0; i < 8; ++i) {
    world_.cycle();
    world_.advance(500ms);
  }
  EXPECT_EQ(phase(other), SessionPhase::kReady);

  world_.cluster().clear_faults();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(mine), SessionPhase::kReady);
  EXPECT_EQ(step(mine, model::StepName::kLimits).detail, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, FailedCall,
    testing::Values(Failure{"Forbidden", refusal(403, "Forbidden"), "refused by the test"},
                    Failure{"Conflict", refusal(409, "Conflict"), "refused by the test"},
                    Failure{"Invalid", refusal(422, "Invalid"), "refused by the test"},
                    Failure{"TooMany", refusal(429, "TooManyRequests", 2), "refused by the test"},
                    Failure{"ServerFault", refusal(500, "InternalError"), "refused by the test"},
                    Failure{"Unavailable", refusal(503, "ServiceUnavailable"), "refused by the test"},
                    Failure{"LostBefore", trouble(FaultKind::kCutBefore), "connection was lost"}),
    [](const auto& of) { return of.param.name; });

TEST_F(ExecutorTest, WhileTheWholeClusterIsAwayStepsSaySinceWhenAndNoneWaitsByItselfOnceItIsBack) {
  const auto id = book_now();
  begin(id);
  world_.advance(2min);
  world_.take_cluster_away(true);
  const auto since = world_.now();
  for (int i = 0; i < 20; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  const auto& waiting = step(id, model::StepName::kNamespace);
  EXPECT_EQ(waiting.state, model::StepState::kRunning);
  EXPECT_EQ(waiting.detail, fmt::format("The cluster does not answer since {}.",
                                        format_rfc3339(std::chrono::floor<seconds>(since))));
  EXPECT_EQ(waiting.tries, 0);
  EXPECT_FALSE(waiting.next_try_at);
  const auto told = world_.cycle().report.failed;
  ASSERT_FALSE(told.empty());
  for (const auto& line : told) {
    EXPECT_THAT(line, HasSubstr("does not answer since"));
    EXPECT_THAT(line, testing::Not(HasSubstr("connection"))) << "no words of the network";
  }

  world_.take_cluster_away(false);
  for (int i = 0; i < 50 && phase(id) != SessionPhase::kReady; ++i) {
    world_.cycle();
    world_.advance(100ms);
  }
  EXPECT_EQ(phase(id), SessionPhase::kReady) << "within five seconds";
}

TEST_F(ExecutorTest, BetweenTriesNothingIsAskedOfTheCluster) {
  const auto id = book_now();
  auto fault = refusal(403, "Forbidden");
  fault.resource = "limitranges";
  fault.verb = "apply";
  fault.times = -1;
  must(world_.cluster().add_fault(fault));
  for (int i = 0; i < 40 && (i < 10 || step(id, model::StepName::kLimits).tries < 4); ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  ASSERT_EQ(step(id, model::StepName::kLimits).tries, 4);
  const auto before = writes();
  const auto rows = world_.written();
  for (int i = 0; i < 5; ++i) {
    world_.advance(1s);  // of the eight to the fifth try
    EXPECT_EQ(world_.cycle().actions, 0U);
  }
  EXPECT_EQ(writes(), before);
  EXPECT_EQ(world_.written(), rows);
}

TEST_F(ExecutorTest, WhatNeverStartsFailsAtItsDeadlineAndSaysWhereAndWhy) {
  const auto id = book_now();
  auto fault = refusal(403, "Forbidden");
  fault.resource = "limitranges";
  fault.verb = "apply";
  fault.times = -1;
  must(world_.cluster().add_fault(fault));
  for (int i = 0; i < 120 && state(id) != ReservationState::kFailed; ++i) {
    world_.cycle();
    world_.advance(10s);
  }
  EXPECT_EQ(state(id), ReservationState::kFailed);
  const auto reason = world_.reservation(id).reason;
  EXPECT_THAT(reason, HasSubstr("15 minutes"));
  EXPECT_THAT(reason, HasSubstr("\"limits\""));
  EXPECT_THAT(reason, HasSubstr("refused by the test"));
  for (const auto& claim : world_.tables().claims)
    EXPECT_LE(claim.during.end, world_.now()) << "its units are free again";
}

/// Done by the cluster, and nobody heard: a connection that broke, an answer that came too late.
class LostAnswer : public ExecutorTest, public testing::WithParamInterface<FaultKind> {};

TEST_P(LostAnswer, IsRecognisedByWhatIsThereAndNothingIsDoneTwice) {
  auto fault = trouble(GetParam());
  fault.verb = "create";
  fault.resource = "namespaces";
  fault.name = "berth-s-*";
  must(world_.cluster().add_fault(fault));
  fault.verb = "apply";
  fault.resource = "";
  fault.name = "";
  fault.times = 4;
  must(world_.cluster().add_fault(fault));
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(id), SessionPhase::kReady);
  EXPECT_EQ(world_.tables().sessions.size(), 1U);

  world_.cluster().clear_faults();
  fault.verb = "delete";
  fault.times = 1;
  must(world_.cluster().add_fault(fault));
  world_.advance(2h);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(state(id), ReservationState::kCompleted);
}

INSTANTIATE_TEST_SUITE_P(All, LostAnswer, testing::Values(FaultKind::kCutAfter, FaultKind::kLatency),
                         [](const auto& of) { return of.param == FaultKind::kLatency ? "TooLate" : "Lost"; });

TEST_F(ExecutorTest, ANamespaceOfThatNameThatIsNotItsOwnIsNeverAdoptedTouchedOrWaitedFor) {
  const auto id = book_now();
  const auto name = begin(id);
  auto client = world_.client();
  const json::value theirs = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
  must(client.create(kube::resources::namespaces(), "", theirs));
  world_.advance(5s);  // the cluster itself adds what every namespace has
  const auto made = must(client.get({kube::resources::namespaces(), "", name}));
  for (int i = 0; i < 5; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(step(id, model::StepName::kNamespace).state, model::StepState::kFailed);
  EXPECT_THAT(step(id, model::StepName::kNamespace).detail, HasSubstr("not this session's"));

  world_.advance(16min);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(state(id), ReservationState::kFailed);
  EXPECT_EQ(phase(id), SessionPhase::kGone) << "a stranger's namespace is no reason to hold the units";
  const auto after = must(client.get({kube::resources::namespaces(), "", name}));
  EXPECT_EQ(kube::resource_version_of(after), kube::resource_version_of(made));
}

TEST(Executor, NothingIsWrittenOnceTheLeaseIsLost) {
  for (int effects = 0; effects < 12; ++effects) {
    SCOPED_TRACE(effects);
    TestWorld world(static_cast<std::uint64_t>(effects) + 1);
    world.book("slice-24gb", 1, std::nullopt, world.step(2));
    world.cycle();
    world.lose_the_lease_after(effects);
    const auto before = world.cluster().counts().writes;
    const auto lost = world.cycle();
    const auto then = world.cluster().counts().writes;
    EXPECT_LE(then - before, static_cast<std::uint64_t>(effects));
    const auto rows = world.written();
    if (lost.actions > 0 && static_cast<std::uint64_t>(effects) > then - before)
      continue;  // the cycle needed fewer
    EXPECT_TRUE(lost.report.lost_lead || lost.actions == 0);
    for (int i = 0; i < 3; ++i) {
      world.advance(1s);
      world.cycle();
    }
    world.sweep();
    EXPECT_EQ(world.cluster().counts().writes, then);
    EXPECT_EQ(world.written(), rows);
  }
}

TEST_F(ExecutorTest, AStaleEpochWritesNothingToTheDatabaseAndKnowsThatItIsOver) {
  const auto id = book_now();
  begin(id);
  auto newer = must(world_.control().take_lead("default", "another"));
  ASSERT_GT(newer.epoch, world_.lead().epoch);
  const auto rows = world_.written();
  const auto wanted = world_.desired();
  const auto observed = world_.observe();
  const auto done = world_.execute(planning::plan(wanted, observed));
  EXPECT_TRUE(done.report.lost_lead);
  EXPECT_EQ(world_.written(), rows);
  EXPECT_GT(world_.lead().epoch, newer.epoch) << "it led again only under a new epoch";
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(id), SessionPhase::kReady);
}

TEST_F(ExecutorTest, PoliciesThatCannotBeAppliedHoldUpNewSessionsAndNotTheEndOfOldOnes) {
  const auto old = book_now();
  ASSERT_TRUE(world_.settle());
  auto client = world_.client();
  const auto policies = kube::resources::validating_admission_policies();
  must(
      kube::remove_all(client, policies, {.ns = "", .label_selector = "app.kubernetes.io/managed-by=berth"}));
  auto fault = refusal(403, "Forbidden");
  fault.verb = "apply";
  fault.resource = policies.plural;
  fault.times = -1;
  must(world_.cluster().add_fault(fault));
  const auto coming = world_.book("slice-24gb", 1, world_.step(2), world_.step(4));
  world_.advance(*parse_rfc3339("2026-11-24T09:30:00Z") - world_.now() + 1s);
  for (int i = 0; i < 20; ++i) {
    const auto done = world_.cycle();
    EXPECT_FALSE(done.report.failed.empty());
    world_.advance(1s);
  }
  EXPECT_EQ(state(old), ReservationState::kCompleted);
  EXPECT_EQ(state(coming), ReservationState::kApproved) << "none begins without its fences";

  world_.cluster().clear_faults();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(coming), SessionPhase::kReady);
}

TEST_F(ExecutorTest, AWatchThatLagsEndsNoSession) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  auto observed = world_.observe();
  ASSERT_EQ(observed.objects.erase({"namespaces", "", namespace_of(id)}), 1U);
  const auto wanted = world_.desired();
  const auto plan = planning::plan(wanted, observed);
  ASSERT_FALSE(plan.actions.empty());
  const auto done = world_.execute(plan);
  EXPECT_FALSE(done.report.failed.empty());
  EXPECT_EQ(phase(id), SessionPhase::kReady);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(id), SessionPhase::kReady);
  EXPECT_EQ(world_.session(id).attempt, 1);
}

TEST_F(ExecutorTest, AWatchThatLagsHasNothingDeletedTwice) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  const auto space = namespace_of(id);
  world_.lag(true);
  world_.advance(2h);
  world_.cycle();
  const auto before = writes();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world_.cycle().actions, 0U);
  EXPECT_EQ(writes(), before);
  world_.advance(1min);
  EXPECT_FALSE(must(world_.client().find({kube::resources::namespaces(), "", space})));
  world_.lag(false);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(state(id), ReservationState::kCompleted);
}

TEST_F(ExecutorTest, ANamespaceThatCameAndWentBetweenTwoLooksIsNoGhost) {
  const auto id = book_now();
  begin(id);
  world_.lag(true);
  world_.cycle(2);  // the namespace is made, and no watch has heard of it
  const auto space = namespace_of(id);
  world_.lag(false);
  ASSERT_TRUE(world_.settle());
  world_.lag(true);
  must(world_.client().remove({kube::resources::namespaces(), "", space}));
  world_.advance(1min);
  world_.advance(2h);
  for (int i = 0; i < 5; ++i) world_.cycle();
  EXPECT_EQ(world_.plan().things_to_do(), 0U) << "what the API says is gone is not deleted again";
  EXPECT_EQ(state(id), ReservationState::kCompleted);
}

TEST_F(ExecutorTest, ANamespaceThatIsReallyGoneGetsAnotherSession) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  const auto lost = namespace_of(id);
  must(world_.client().remove({kube::resources::namespaces(), "", lost}));
  world_.advance(30s);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(id), SessionPhase::kReady);
  EXPECT_NE(namespace_of(id), lost);
}

TEST_F(ExecutorTest, AFailedCallInOneRepairIsNoReasonToWriteTheOthersAgain) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  const auto space = namespace_of(id);
  auto client = world_.client();
  must(kube::remove_all(client, kube::resources::resource_quotas(), {.ns = space}));
  must(kube::remove_all(client, kube::resources::limit_ranges(), {.ns = space}));
  auto fault = refusal(422, "Invalid");
  fault.verb = "apply";
  fault.resource = "limitranges";
  fault.times = -1;
  must(world_.cluster().add_fault(fault));
  world_.cycle();
  const auto before = writes();
  const auto rows = world_.written();
  const auto done = world_.cycle();
  EXPECT_EQ(done.report.failed.size(), 1U);
  EXPECT_EQ(writes(), before) << "what is refused counts for nothing, and all else is in place";
  EXPECT_FALSE(done.report.changed);
  EXPECT_EQ(world_.written(), rows);
  EXPECT_EQ(phase(id), SessionPhase::kReady);
}

TEST_F(ExecutorTest, AKubeconfigIsSealedForWhoeverAskedAndAnsweredOnce) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  SystemRandom random;
  const entry::SealKeys keys(random);
  world_.ask_kubeconfig("request-1", id, keys.public_half());
  const auto driven = world_.cycle();
  EXPECT_EQ(driven.actions, 1U);
  ASSERT_EQ(world_.tables().kubeconfigs.size(), 1U);
  EXPECT_TRUE(world_.tables().kubeconfigs.front().answered);
  EXPECT_EQ(world_.cycle().actions, 0U) << "and nothing more";
  world_.advance(1min);
  world_.cycle();
  EXPECT_TRUE(world_.tables().kubeconfigs.empty()) << "nobody came for it";
}

TEST_F(ExecutorTest, WhatKubeconfigsHangOnIsMadeAnewWhereItIsAnother) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  auto client = world_.client();
  const kube::ObjectRef guard{kube::resources::secrets(), namespace_of(id), "berth-kubeconfig"};
  const auto before = must(client.get(guard));
  const auto words = [](const json::value& object) {
    return string_at(object, {"metadata", "annotations", "berth.dev/kubeconfigs-of"});
  };
  must(
      client.merge_patch(guard, {{"metadata", {{"annotations", {{"berth.dev/kubeconfigs-of", "nobody"}}}}}}));
  SystemRandom random;
  const entry::SealKeys keys(random);
  world_.ask_kubeconfig("request-1", id, keys.public_half());
  world_.cycle();
  EXPECT_FALSE(world_.tables().kubeconfigs.front().answered) << "it waits for what it is to hang on";
  const auto after = must(client.get(guard));
  EXPECT_NE(kube::uid_of(after), kube::uid_of(before));
  EXPECT_EQ(words(after), words(before));
  world_.cycle();
  EXPECT_TRUE(world_.tables().kubeconfigs.front().answered);
  EXPECT_EQ(world_.cycle().actions, 0U);
}

TEST_F(ExecutorTest, AKubeconfigThatCannotBeMadeIsTriedAgainAndNothingOfItIsTold) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  SystemRandom random;
  const entry::SealKeys keys(random);
  auto fault = refusal(403, "Forbidden");
  fault.verb = "create";
  fault.resource = "serviceaccounts";
  must(world_.cluster().add_fault(fault));
  world_.ask_kubeconfig("request-1", id, keys.public_half());
  const auto driven = world_.cycle();
  ASSERT_EQ(driven.report.failed.size(), 1U);
  EXPECT_THAT(driven.report.failed.front(),
              StartsWith("answer kubeconfig request request-1 of session berth-s-"));
  EXPECT_FALSE(world_.tables().kubeconfigs.front().answered);
  world_.cycle();
  EXPECT_TRUE(world_.tables().kubeconfigs.front().answered) << "the fault was for one try";
}

TEST_F(ExecutorTest, ToAKeyThatIsNoneNothingIsAnswered) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  world_.ask_kubeconfig("request-1", id, {});
  EXPECT_TRUE(world_.cycle().report.failed.empty());
  EXPECT_TRUE(world_.tables().kubeconfigs.empty());
}

}  // namespace
}  // namespace berth::reconciler
