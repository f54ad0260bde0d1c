#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

const json::array& containers(const Object& deployment) {
  return find(deployment.body, {"spec", "template", "spec", "containers"})->as_array();
}
const json::object& workspace_container(const Object& deployment) {
  return containers(deployment).at(0).as_object();
}

TEST(WorkspaceStep, TakesASlotOnlyInInteractiveMode) {
  auto spec = slice();
  const auto limits_of = [](const SessionSpec& from) {
    const auto objects = workspace_step_objects(from);
    return find(workspace_container(objects.at(0)), {"resources", "limits"})->as_object();
  };
  EXPECT_EQ(limits_of(spec).at("nvidia.com/mig-1g.24gb-me").as_string(), "1");
  EXPECT_EQ(limits_of(spec).at("cpu").as_string(), "7");  // and half a core for the gate
  spec.reservation.mode = model::Mode::kInferenceContainers;
  EXPECT_FALSE(limits_of(spec).contains("nvidia.com/mig-1g.24gb-me"));
  EXPECT_EQ(limits_of(spec).at("memory").as_string(), "23040Mi");  // and 512 for the gate
}

TEST(WorkspaceStep, LetsOthersReachItsGateAlone) {
  const auto deployment = workspace_step_objects(slice()).at(0);
  ASSERT_EQ(containers(deployment).size(), 2U);
  EXPECT_FALSE(workspace_container(deployment).contains("ports"));
  const auto& gate = containers(deployment).at(1);
  EXPECT_EQ(string_at(gate, {"name"}), "gate");
  EXPECT_EQ(gate.at("ports").as_array().size(), 1U);
  // What the gate remembers is mounted nowhere else.
  for (const auto& mount : workspace_container(deployment).at("volumeMounts").as_array())
    EXPECT_FALSE(string_at(mount, {"name"}).starts_with("gate")) << mount;
  EXPECT_FALSE(find(gate, {"resources", "limits"})->as_object().contains("nvidia.com/mig-1g.24gb-me"));
}

TEST(WorkspaceStep, AsksTheGateWhereNobodyInsideCanAndEndsItForNoAnswer) {
  const auto deployment = workspace_step_objects(slice()).at(0);
  const auto& gate = containers(deployment).at(1).as_object();
  EXPECT_FALSE(gate.contains("livenessProbe"));
  for (const auto* probe : {"startupProbe", "readinessProbe"}) {
    const auto& command = find(gate, {probe, "exec", "command"})->as_array();
    EXPECT_EQ(json::serialize(command), R"(["/opt/berth/bin/berth-workspace","knock"])");
  }
}

TEST(WorkspaceStep, IsSeenToStartWithinASecondAndLeftInPeaceAfterwards) {
  const auto deployment = workspace_step_objects(slice()).at(0);
  for (const auto& container : containers(deployment)) {
    EXPECT_EQ(find_int(container, {"startupProbe", "periodSeconds"}), 1);
    EXPECT_EQ(find_int(container, {"startupProbe", "failureThreshold"}), 600);
    EXPECT_EQ(find(container, {"readinessProbe", "initialDelaySeconds"}), nullptr);
    EXPECT_EQ(find_int(container, {"readinessProbe", "periodSeconds"}), 10);
  }
}

TEST(WorkspaceStep, WritesNowhereButInItsVolumes) {
  const auto deployment = workspace_step_objects(slice()).at(0);
  for (const auto& container : containers(deployment)) {
    EXPECT_EQ(find_bool(container, {"securityContext", "readOnlyRootFilesystem"}), true);
    EXPECT_EQ(find_bool(container, {"securityContext", "allowPrivilegeEscalation"}), false);
  }
}

TEST(WorkspaceStep, IsNotRestartedByALongerWindow) {
  auto spec = slice();
  const auto before = workspace_step_objects(spec).at(0).body;
  spec.reservation.window.end += hours(2);
  EXPECT_EQ(workspace_step_objects(spec).at(0).body, before);
}

RC_GTEST_PROP(WorkspaceStep, LeavesRoomForTheUsersOwnPodsWhateverWasBooked, ()) {
  auto spec = slice();
  spec.reservation.load.cpu = {*rc::gen::inRange<std::int64_t>(100, 200'000)};
  spec.reservation.load.memory = {*rc::gen::inRange<std::int64_t>(1, 2'000)};
  spec.reservation.mode = *rc::gen::element(model::Mode::kInteractiveMl, model::Mode::kInferenceContainers);
  const auto deployment = workspace_step_objects(spec).at(0);
  const auto cpu = string_at(workspace_container(deployment), {"resources", "limits", "cpu"});
  const auto milli = cpu.ends_with('m') ? std::stoll(cpu) : std::stoll(cpu) * 1000;
  RC_ASSERT(milli >= 1);
  RC_ASSERT(milli * 2 <= spec.reservation.load.cpu.value);
}

TEST(WorkspaceStep, IsDoneWhenThePodRunsAndDoesNotAskWhetherItAnswers) {
  Case it;
  EXPECT_EQ(judge_workspace(it.view()).detail, "Waiting for the workspace's pod.");
  auto& pod = it.see_pod();
  pod.running = pod.ready = false;
  EXPECT_EQ(judge_workspace(it.view()).detail, "Getting the workspace image and starting it.");
  pod.running = true;
  EXPECT_EQ(judge_workspace(it.view()).state, Standing::State::kDone);
}

TEST(WorkspaceStep, TellsWhyTheNodeRefusedThePodBeforeUntilTheNextOneHasItsNode) {
  Case it;
  auto& before = it.see_pod();
  before.running = before.ready = false;
  before.finished = before.retried = true;
  before.trouble = before.raw_trouble =
      "The node refused the workspace: UnexpectedAdmissionError: GPU is lost";
  EXPECT_EQ(judge_workspace(it.view()).state, Standing::State::kTrouble);
  auto& next = it.see_pod();
  next.running = next.ready = false;
  next.node.clear();
  const auto standing = judge_workspace(it.view());
  EXPECT_EQ(standing.state, Standing::State::kTrouble);
  EXPECT_TRUE(standing.detail.starts_with("The node refused the workspace: UnexpectedAdmissionError"));
  EXPECT_TRUE(standing.retried);
  next.node = "gpu-node-1";
  EXPECT_EQ(judge_workspace(it.view()).state, Standing::State::kWaiting);
}

TEST(WorkspaceStep, TellsTheClustersTroubleWithItsWords) {
  Case it;
  auto& pod = it.see_pod();
  pod.running = pod.ready = false;
  pod.trouble = "The workspace image could not be pulled.";
  pod.raw_trouble = "ErrImagePull: manifest unknown";
  pod.retried = pod.between_tries = true;
  const auto standing = judge_workspace(it.view());
  EXPECT_EQ(standing.state, Standing::State::kTrouble);
  EXPECT_EQ(standing.detail, "The workspace image could not be pulled.\nErrImagePull: manifest unknown");
  EXPECT_TRUE(standing.retried && standing.between_tries);
}

}  // namespace
}  // namespace berth::planning
