#include <gtest/gtest.h>

#include <algorithm>

#include "planning/planning.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

using namespace std::chrono_literals;

const Instant kStart = *parse_rfc3339("2026-11-24T14:00:00Z");

Booked booked() {
  Booked out;
  out.reservation.id = {"11111111-1111-4111-8111-111111111111"};
  out.reservation.window = {kStart, kStart + 2h};
  out.reservation.load = {{15'000}, {92}, {558}};
  out.device_class.ephemeral = {100};
  out.node.kubernetes_name = "gpu-node-1";
  model::Unit unit;
  unit.id = {1};
  unit.resource_name = "nvidia.com/mig-1g.24gb";
  unit.replicas = 2;
  out.units = {unit};
  out.start_deadline = 15min;
  return out;
}

DesiredSession session(model::SessionPhase phase) {
  DesiredSession out{booked(), {}, {}};
  out.booked.reservation.state = model::ReservationState::kActive;
  out.session.id = {"22222222-2222-4222-8222-222222222222"};
  out.session.namespace_name = "berth-s-abc";
  out.session.host = "wabc.apps.example";
  out.session.phase = phase;
  out.session.created_at = kStart;
  for (const auto name : model::kSteps) {
    model::Step step;
    step.name = name;
    out.session.steps.push_back(step);
  }
  return out;
}

Desired at(Instant now) {
  Desired out;
  out.installation = "33333333-3333-4333-8333-333333333333";
  out.now = now;
  return out;
}

/// The cluster-wide objects are in place, and the node offers the device.
Observed calm() {
  Observed out;
  out.node_gpus["gpu-node-1"] = {{"nvidia.com/mig-1g.24gb", 2}};
  out.facts.gpu_resource_names = {"nvidia.com/gpu", "nvidia.com/mig-1g.24gb"};
  for (const auto& object : manifests::cluster_objects(out.facts)) {
    out.objects[{object.kind.plural, object.namespace_name, object.name}] =
        std::make_shared<json::value>(object.body);
  }
  return out;
}

void add_namespace(Observed& observed, bool terminating) {
  json::value space = {{"metadata", {{"name", "berth-s-abc"}, {"uid", "u-1"}}}};
  if (terminating) space.at("metadata").as_object()["deletionTimestamp"] = "2026-11-24T15:00:00Z";
  observed.objects[{"namespaces", "", "berth-s-abc"}] = std::make_shared<json::value>(space);
}

template <typename Effect>
const Effect* effect_of(const std::vector<Action>& actions) {
  for (const auto& action : actions) {
    const auto* work = std::get_if<SessionWork>(&action);
    if (work == nullptr) continue;
    for (const auto& effect : work->effects) {
      if (const auto* found = std::get_if<Effect>(&effect)) return found;
    }
  }
  return nullptr;
}

template <typename Wanted>
const Wanted* action_of(const std::vector<Action>& actions) {
  for (const auto& action : actions) {
    if (const auto* found = std::get_if<Wanted>(&action)) return found;
  }
  return nullptr;
}

TEST(Plan, NothingIsToBeDoneWhereNothingIsBooked) {
  EXPECT_TRUE(plan(at(kStart), calm()).empty());
}

TEST(Plan, PoliciesComeBeforeAnySession) {
  auto desired = at(kStart);
  desired.due.push_back({booked(), 0});
  const auto actions = plan(desired, Observed{});
  ASSERT_GT(actions.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<ApplyObject>(actions.front()));
  EXPECT_TRUE(std::holds_alternative<BeginSession>(actions.back()));
}

TEST(Plan, AReservationThatNobodyStartedInTimeFailsWithAReason) {
  auto desired = at(kStart + 15min);
  desired.due.push_back({booked(), 0});
  const auto actions = plan(desired, calm());
  const auto* closed = action_of<CloseReservation>(actions);
  ASSERT_NE(closed, nullptr);
  EXPECT_TRUE(closed->failed);
  EXPECT_NE(closed->reason.find("2026-11-24T14:15:00Z"), std::string::npos);
}

TEST(Plan, AnActiveReservationWithoutSessionGetsAnotherWhileItsWindowLasts) {
  auto desired = at(kStart + 1h);
  desired.due.push_back({booked(), 1});
  desired.due.front().booked.reservation.state = model::ReservationState::kActive;
  auto actions = plan(desired, calm());
  const auto* begin = action_of<BeginSession>(actions);
  ASSERT_NE(begin, nullptr);
  EXPECT_EQ(begin->attempt, 2);

  desired.now = kStart + 2h;
  actions = plan(desired, calm());
  const auto* closed = action_of<CloseReservation>(actions);
  ASSERT_NE(closed, nullptr);
  EXPECT_FALSE(closed->failed);
}

TEST(Plan, TheNamespaceIsMadeOnlyWhenTheDeviceIsFree) {
  auto desired = at(kStart);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  auto observed = calm();
  EXPECT_NE(effect_of<MakeNamespace>(plan(desired, observed)), nullptr);

  PodSeen lingering;
  lingering.namespace_name = "berth-s-old";
  lingering.name = "train";
  lingering.node = "gpu-node-1";
  lingering.gpus = {{"nvidia.com/mig-1g.24gb", 1}};
  observed.pods.push_back(lingering);
  const auto actions = plan(desired, observed);
  EXPECT_EQ(effect_of<MakeNamespace>(actions), nullptr);
  const auto* step = effect_of<RecordStep>(actions);
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->step, model::StepName::kDeviceFree);
  EXPECT_NE(step->detail.find("berth-s-old/train"), std::string::npos);
}

TEST(Plan, NobodyIsLetInBeforeTheQuotaIsEnforced) {
  auto desired = at(kStart);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  for (const auto& action : plan(desired, calm())) {
    const auto* work = std::get_if<SessionWork>(&action);
    if (work == nullptr) continue;
    for (const auto& effect : work->effects) {
      const auto* apply = std::get_if<ApplyObject>(&effect);
      if (apply == nullptr) continue;
      EXPECT_EQ(apply->object.kind.plural, "resourcequotas");
    }
  }
}

TEST(Plan, AStepThatFailedWaitsForItsNextTry) {
  auto desired = at(kStart + 1min);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  desired.sessions.front().session.steps.front().state = model::StepState::kFailed;
  desired.sessions.front().session.steps.front().next_try_at = kStart + 2min;
  EXPECT_TRUE(plan(desired, calm()).empty());
}

TEST(Plan, WhileAStepWaitsForItsNextTryWhatDriftedBeforeItWaitsToo) {
  auto desired = at(kStart + 1min);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  auto& steps = desired.sessions.front().session.steps;
  for (auto& step : steps) {
    if (step.name == model::StepName::kLimits) break;
    step.state = model::StepState::kDone;
  }
  auto observed = calm();
  add_namespace(observed, false);
  EXPECT_NE(effect_of<ApplyObject>(plan(desired, observed)), nullptr) << "the quota is missing";
  for (auto& step : steps) {
    if (step.name != model::StepName::kLimits) continue;
    step.state = model::StepState::kFailed;
    step.next_try_at = kStart + 2min;
  }
  EXPECT_TRUE(plan(desired, observed).empty());
  desired.now = kStart + 2min;
  EXPECT_NE(effect_of<ApplyObject>(plan(desired, observed)), nullptr);
}

TEST(Plan, OnlyWhatBringsASessionUpIsMarkedSo) {
  const auto marked = [](const std::vector<Action>& actions) {
    const auto* work = action_of<SessionWork>(actions);
    return work != nullptr && work->brings_up;
  };
  auto desired = at(kStart + 1min);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  EXPECT_TRUE(marked(plan(desired, calm())));
  desired.now = kStart + 2h;
  EXPECT_FALSE(marked(plan(desired, calm()))) << "it starts no more, it ends";
  desired.now = kStart + 1min;
  desired.sessions.front() = session(model::SessionPhase::kReady);
  auto observed = calm();
  add_namespace(observed, false);
  EXPECT_FALSE(marked(plan(desired, observed)));
}

TEST(Plan, ANamespaceThatIsOnlyNotSeenMustBeConfirmedToBeGone) {
  auto desired = at(kStart + 1h);
  desired.sessions.push_back(session(model::SessionPhase::kReady));
  for (auto& step : desired.sessions.front().session.steps) step.state = model::StepState::kDone;
  const auto unseen = plan(desired, calm());
  ASSERT_NE(effect_of<SetPhase>(unseen), nullptr);
  EXPECT_TRUE(effect_of<SetPhase>(unseen)->if_gone);

  auto observed = calm();
  add_namespace(observed, true);
  const auto going = plan(desired, observed);
  ASSERT_NE(effect_of<SetPhase>(going), nullptr);
  EXPECT_FALSE(effect_of<SetPhase>(going)->if_gone) << "a deletion that has begun is never taken back";
}

TEST(Plan, AnEndedReservationLosesItsNamespaceAndThenIsCompleted) {
  auto desired = at(kStart + 2h);
  desired.sessions.push_back(session(model::SessionPhase::kReady));
  auto observed = calm();
  add_namespace(observed, false);
  const auto first = plan(desired, observed);
  const auto* remove = effect_of<DeleteNamespace>(first);
  ASSERT_NE(remove, nullptr);
  EXPECT_EQ(remove->uid, "u-1");

  desired.sessions.front().session.phase = model::SessionPhase::kStopping;
  observed = calm();
  add_namespace(observed, true);
  EXPECT_TRUE(plan(desired, observed).empty());  // on its way: nothing to do twice

  const auto actions = plan(desired, calm());
  const auto* finish = effect_of<FinishSession>(actions);
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ(finish->outcome, FinishSession::Outcome::kCompleted);
}

TEST(Plan, ANamespaceDeletedFromOutsideMeansAnotherSession) {
  auto desired = at(kStart + 1h);
  desired.sessions.push_back(session(model::SessionPhase::kStopping));
  auto actions = plan(desired, calm());
  const auto* finish = effect_of<FinishSession>(actions);
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ(finish->outcome, FinishSession::Outcome::kAgain);

  desired.sessions.front().session.attempt = kMaxAttempts;
  actions = plan(desired, calm());
  finish = effect_of<FinishSession>(actions);
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ(finish->outcome, FinishSession::Outcome::kFailed);
}

/// Everything up to the workspace stands, and its pod is as given.
Observed with_workspace_pod(Desired& desired, PodSeen pod) {
  auto observed = calm();
  add_namespace(observed, false);
  for (int rounds = 0; rounds < 20; ++rounds) {
    for (const auto& action : plan(desired, observed)) {
      const auto* work = std::get_if<SessionWork>(&action);
      if (work == nullptr) continue;
      for (const auto& effect : work->effects) {
        const manifests::Object* object = nullptr;
        if (const auto* apply = std::get_if<ApplyObject>(&effect)) object = &apply->object;
        if (object != nullptr) {
          auto body = object->body;
          if (object->kind.plural == "resourcequotas") {
            const auto hard = body.at("spec").at("hard");
            body["status"] = {{"hard", hard}, {"used", json::object()}};
          }
          observed.objects[{object->kind.plural, object->namespace_name, object->name}] =
              std::make_shared<json::value>(std::move(body));
        }
        if (std::holds_alternative<MakeAccessSecret>(effect)) {
          observed.objects[{"secrets", "berth-s-abc", "workspace-access"}] =
              std::make_shared<json::value>(json::object());
        }
        if (const auto* told = std::get_if<RecordStep>(&effect)) {
          for (auto& step : desired.sessions.front().session.steps) {
            if (step.name == told->step) step.state = told->state;
          }
        }
      }
    }
  }
  pod.namespace_name = "berth-s-abc";
  pod.workspace = true;
  observed.pods.push_back(std::move(pod));
  return observed;
}

TEST(Plan, APullThatTheClusterTriesAgainIsToldWithItsWordsAndNeverWaitedFor) {
  auto desired = at(kStart + 1min);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  PodSeen failing;
  failing.trouble = "The workspace image could not be pulled. The cluster tries again.";
  failing.raw_trouble = "ErrImagePull: manifest unknown";
  failing.retried = true;
  auto observed = with_workspace_pod(desired, failing);
  const auto told = plan(desired, observed);
  const auto* failed = effect_of<RecordStep>(told);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->step, model::StepName::kWorkspace);
  EXPECT_EQ(failed->state, model::StepState::kFailed);
  EXPECT_EQ(failed->detail, failing.trouble + "\n" + failing.raw_trouble);
  EXPECT_TRUE(failed->retried);

  for (auto& step : desired.sessions.front().session.steps) {
    if (step.name != model::StepName::kWorkspace) continue;
    step.state = failed->state;
    step.detail = failed->detail;
    step.tries = 1;
    step.next_try_at = desired.now + 1min;
  }
  EXPECT_EQ(effect_of<RecordStep>(plan(desired, observed)), nullptr) << "told once";
  observed.pods.back() = {};
  observed.pods.back().namespace_name = "berth-s-abc";
  observed.pods.back().workspace = true;
  observed.pods.back().running = true;
  const auto pulled = plan(desired, observed);
  const auto* done = effect_of<RecordStep>(pulled);
  ASSERT_NE(done, nullptr) << "the cluster's next try is not waited for";
  EXPECT_EQ(done->state, model::StepState::kDone);

  for (auto object = observed.objects.begin(); object != observed.objects.end(); ++object) {
    if (object->first.plural != "deployments") continue;
    observed.objects.erase(object);
    break;
  }
  EXPECT_EQ(effect_of<ApplyObject>(plan(desired, observed)), nullptr)
      << "with something to write, the wait may be our own, after a write that failed";
}

TEST(Plan, AStartThatTakesTooLongFailsAndSaysAtWhichStep) {
  auto desired = at(kStart + 15min);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  desired.sessions.front().session.steps.front().detail = "The device is still in use.";
  const auto actions = plan(desired, calm());
  const auto* phase = effect_of<SetPhase>(actions);
  ASSERT_NE(phase, nullptr);
  EXPECT_TRUE(phase->failed);
  EXPECT_NE(phase->reason.find("device_free"), std::string::npos);
  EXPECT_NE(phase->reason.find("still in use"), std::string::npos);
}

TEST(Plan, PodsThatLingerPastTheEndAreAHoldOnce) {
  auto desired = at(kStart + 3h);
  desired.sessions.push_back(session(model::SessionPhase::kStopping));
  auto observed = calm();
  add_namespace(observed, true);
  PodSeen pod;
  pod.namespace_name = "berth-s-abc";
  pod.node = "gpu-node-1";
  pod.gpus = {{"nvidia.com/mig-1g.24gb", 1}};
  observed.pods.push_back(pod);
  EXPECT_NE(effect_of<AddHold>(plan(desired, observed)), nullptr);
  desired.holds.push_back({{1}, desired.sessions.front().session.id});
  EXPECT_TRUE(plan(desired, observed).empty());
}

TEST(Plan, ALastWordThatADeadReconcilerLeftUnsaidIsSaid) {
  auto desired = at(kStart + 1min);
  auto wanted = session(model::SessionPhase::kStarting);
  for (auto& step : wanted.session.steps) step.state = model::StepState::kDone;
  desired.sessions.push_back(wanted);
  auto observed = calm();
  add_namespace(observed, false);
  const auto actions = plan(desired, observed);
  const auto* phase = effect_of<SetPhase>(actions);
  ASSERT_NE(phase, nullptr);
  EXPECT_EQ(phase->phase, model::SessionPhase::kReady);
}

TEST(Plan, WhatCameUpWhileNobodyLookedIsReadyAlsoAfterTheDeadline) {
  auto desired = at(kStart + 20min);
  auto wanted = session(model::SessionPhase::kStarting);
  for (auto& step : wanted.session.steps) {
    if (step.name == model::StepName::kWorkspace) break;
    step.state = model::StepState::kDone;
  }
  desired.sessions.push_back(wanted);
  PodSeen pod;
  pod.namespace_name = "berth-s-abc";
  pod.workspace = true;
  pod.running = true;
  pod.ready = true;
  auto up = calm();
  add_namespace(up, false);
  for (const auto& object :
       manifests::objects_of(model::StepName::kWorkspace, spec_of(desired, wanted, up))) {
    up.objects[key_of(object)] = std::make_shared<json::value>(object.body);
  }
  up.pods.push_back(pod);
  const auto actions = plan(desired, up);
  const auto* phase = effect_of<SetPhase>(actions);
  ASSERT_NE(phase, nullptr);
  EXPECT_EQ(phase->phase, model::SessionPhase::kReady);
  EXPECT_EQ(effect_of<DeleteNamespace>(actions), nullptr);

  up.pods.front().ready = false;
  const auto late = plan(desired, up);
  phase = effect_of<SetPhase>(late);
  ASSERT_NE(phase, nullptr);
  EXPECT_EQ(phase->phase, model::SessionPhase::kStopping) << "nothing is waited for any more";
  EXPECT_TRUE(phase->failed);
  EXPECT_EQ(effect_of<RecordStep>(late), nullptr);
}

TEST(Plan, AHoldIsReleasedWhenNoPodIsLeftThatCouldUseTheDevice) {
  auto desired = at(kStart + 3h);
  desired.sessions.push_back(session(model::SessionPhase::kStopping));
  desired.holds.push_back({{1}, desired.sessions.front().session.id});
  desired.holds.push_back({{2}, {"44444444-4444-4444-8444-444444444444"}});
  auto observed = calm();
  add_namespace(observed, true);
  PodSeen pod;
  pod.namespace_name = "berth-s-abc";
  pod.node = "gpu-node-1";
  pod.gpus = {{"nvidia.com/mig-1g.24gb", 1}};
  observed.pods = {pod};
  EXPECT_TRUE(plan(desired, observed).empty());
  observed.pods.front().node.clear();
  EXPECT_TRUE(plan(desired, observed).empty()) << "one that waits for a node may still get the device";
  observed.pods.front().finished = true;
  EXPECT_NE(effect_of<ReleaseHolds>(plan(desired, observed)), nullptr);
  observed.pods.clear();
  EXPECT_NE(effect_of<ReleaseHolds>(plan(desired, observed)), nullptr);

  desired.holds.erase(desired.holds.begin());
  EXPECT_TRUE(plan(desired, observed).empty()) << "done once; those of others are theirs";
}

TEST(Plan, AHoldIsKeptWhileNewPodsMayStillBeMade) {
  auto desired = at(kStart + 3h);
  desired.sessions.push_back(session(model::SessionPhase::kStopping));
  desired.holds.push_back({{1}, desired.sessions.front().session.id});
  auto observed = calm();
  add_namespace(observed, false);
  const auto actions = plan(desired, observed);
  EXPECT_NE(effect_of<DeleteNamespace>(actions), nullptr);
  EXPECT_EQ(effect_of<ReleaseHolds>(actions), nullptr);
}

TEST(Plan, WhileAWatchIsNotHeardNothingIsStartedAndAllElseGoesOn) {
  auto desired = at(kStart + 1min);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  desired.due.push_back({booked(), 0});
  auto blind = calm();
  blind.watch_trouble = "what is known of pods may be long past: no route to host";
  EXPECT_FALSE(plan(desired, calm()).empty());
  EXPECT_TRUE(plan(desired, blind).empty());

  desired.sessions.front().session.phase = model::SessionPhase::kReady;
  add_namespace(blind, false);
  EXPECT_NE(effect_of<ApplyObject>(plan(desired, blind)), nullptr) << "what drifted is put back";

  desired.now = kStart + 2h;
  const auto over = plan(desired, blind);
  EXPECT_NE(effect_of<DeleteNamespace>(over), nullptr);
  const auto* closed = action_of<CloseReservation>(over);
  ASSERT_NE(closed, nullptr);
  EXPECT_NE(closed->reason.find("could not watch the cluster"), std::string::npos);
}

TEST(Plan, OnlyOfASessionThatIsUpDoEffectsNotBuildOnEachOther) {
  const auto independent = [](const std::vector<Action>& actions) {
    const auto* work = action_of<SessionWork>(actions);
    return work != nullptr && work->independent;
  };
  auto desired = at(kStart + 1min);
  desired.sessions.push_back(session(model::SessionPhase::kStarting));
  auto observed = calm();
  EXPECT_FALSE(independent(plan(desired, observed)));
  add_namespace(observed, false);
  desired.sessions.front() = session(model::SessionPhase::kReady);
  EXPECT_TRUE(independent(plan(desired, observed)));
  desired.now = kStart + 2h;
  EXPECT_FALSE(independent(plan(desired, observed))) << "it is ended, step by step";
}

TEST(RetryDelay, DoublesToAMinute) {
  EXPECT_EQ(retry_delay(0), 1s);
  EXPECT_EQ(retry_delay(3), 8s);
  EXPECT_EQ(retry_delay(50), 60s);
}

}  // namespace
}  // namespace berth::planning
