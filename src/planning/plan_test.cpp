#include <gtest/gtest.h>

#include <algorithm>

#include "planning/planning.hpp"

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

TEST(Sweep, OnlyWhatIsOursAndHasNoSessionIsRemoved) {
  SweepInput input;
  input.installation = "ours";
  input.namespaces = {{"berth-s-live", "1", "ours", false, {}},
                      {"berth-s-orphan", "2", "ours", false, {}},
                      {"berth-s-going", "3", "ours", true, {}},
                      {"berth-s-theirs", "4", "theirs", false, {}},
                      {"berth-s-nobodys", "5", "", false, {}}};
  input.live_namespaces = {"berth-s-live"};
  int removed = 0;
  int reported = 0;
  for (const auto& action : plan_sweep(input)) {
    if (const auto* remove = std::get_if<RemoveNamespace>(&action)) {
      ++removed;
      EXPECT_EQ(remove->name, "berth-s-orphan");
    }
    reported += std::holds_alternative<ReportFinding>(action);
  }
  EXPECT_EQ(removed, 1);
  EXPECT_EQ(reported, 2);
}

TEST(Sweep, WhatIsNewerThanTheDatabaseWasMadeByOneThatKnewMore) {
  SweepInput input;
  input.installation = "ours";
  input.newest_session = kStart;
  input.namespaces = {{"berth-s-lost", "1", "ours", false, kStart + 1s}};
  auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 1U);
  const auto* told = std::get_if<ReportFinding>(&actions.front());
  ASSERT_NE(told, nullptr) << "a restored backup must not remove what it does not know";
  EXPECT_EQ(told->object, "berth-s-lost");

  // New sessions make the database look newer, and another leader begins: what was said holds.
  input.newest_session = kStart + 1h;
  input.open_findings = {{told->kind, told->object}};
  EXPECT_TRUE(plan_sweep(input).empty());
}

TEST(Sweep, WhatIsOlderAndHasNoRowIsRemovedAndSoIsWhatHasALaterRowThatIsOver) {
  SweepInput input;
  input.installation = "ours";
  input.newest_session = kStart;
  input.namespaces = {{"berth-s-old", "1", "ours", false, kStart - 1h},
                      {"berth-s-over", "2", "ours", false, kStart + 1h}};
  input.gone_namespaces = {"berth-s-over"};
  const auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<RemoveNamespace>(actions[0]));
  EXPECT_TRUE(std::holds_alternative<RemoveNamespace>(actions[1]));
}

TEST(Sweep, AGrantOfAGoneSessionIsToldOnceAndTriedEachTime) {
  SweepInput input;
  input.gone_namespaces = {"berth-s-gone"};
  GrantSeen grant;
  grant.kind = {"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false};
  grant.name = "left-over";
  grant.namespace_name = "berth-s-gone";
  grant.account = "workspace";
  input.grants = {grant};
  auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 2U);
  const auto* told = std::get_if<ReportFinding>(&actions.front());
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->object, "clusterrolebindings/left-over");
  EXPECT_NE(std::get_if<RemoveGrant>(&actions.back()), nullptr);

  input.open_findings = {{told->kind, told->object}};
  actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_NE(std::get_if<RemoveGrant>(&actions.front()), nullptr);
}

TEST(Sweep, AFindingIsReportedOnceAndResolvedWhenItIsGone) {
  SweepInput input;
  input.installation = "ours";
  input.namespaces = {{"berth-s-theirs", "4", "theirs", false, {}}};
  input.open_findings = {{"foreign_namespace", "berth-s-theirs"}, {"foreign_namespace", "berth-s-past"}};
  const auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 1U);
  const auto* resolved = std::get_if<ResolveFinding>(&actions.front());
  ASSERT_NE(resolved, nullptr);
  EXPECT_EQ(resolved->object, "berth-s-past");
}

TEST(RetryDelay, DoublesToAMinute) {
  EXPECT_EQ(retry_delay(0), 1s);
  EXPECT_EQ(retry_delay(3), 8s);
  EXPECT_EQ(retry_delay(50), 60s);
}

}  // namespace
}  // namespace berth::planning
