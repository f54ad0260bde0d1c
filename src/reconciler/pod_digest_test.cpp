#include "reconciler/pod_digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "reconciler/cut_down.hpp"

namespace berth::reconciler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

json::value pod() {
  return *parse_json(R"({
    "metadata": {"namespace": "berth-s-abc", "name": "workspace-1",
                 "labels": {"app.kubernetes.io/name": "workspace", "berth.dev/session": "s"}},
    "spec": {"nodeName": "gpu-node-1",
             "initContainers": [{"name": "a"}],
             "containers": [{"name": "workspace",
                             "resources": {"limits": {"cpu": "15", "nvidia.com/mig-1g.24gb": "1"}}}]},
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})");
}

json::object& part(json::value& value, const std::string& name) {
  return value.as_object()[name].as_object();
}

json::value waiting(const std::string& reason, const std::string& message = "the cluster's own words") {
  auto out = pod();
  part(out, "status") = {
      {"phase", "Pending"},
      {"containerStatuses",
       json::array{
           {{"name", "workspace"}, {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}}}}}};
  return out;
}

TEST(PodDigest, AReadyWorkspaceIsRunningReadyAndWithoutTrouble) {
  const auto seen = digest_pod(pod());
  EXPECT_EQ(seen.namespace_name, "berth-s-abc");
  EXPECT_EQ(seen.name, "workspace-1");
  EXPECT_EQ(seen.node, "gpu-node-1");
  EXPECT_EQ(seen.app, "workspace");
  EXPECT_TRUE(seen.running && seen.ready);
  EXPECT_FALSE(seen.finished || seen.deleting);
  EXPECT_EQ(seen.trouble, "");
  EXPECT_THAT(seen.gpus, ElementsAre(Pair("nvidia.com/mig-1g.24gb", 1)));
}

struct Reason {
  std::string reason;
  std::string plain;  // a part of what the user reads
};

class WaitingReason : public testing::TestWithParam<Reason> {};

TEST_P(WaitingReason, IsASentenceForTheUserAndKeptRawBeside) {
  const auto seen = digest_pod(waiting(GetParam().reason));
  EXPECT_THAT(seen.trouble, HasSubstr(GetParam().plain));
  EXPECT_THAT(seen.trouble, testing::EndsWith("."));
  EXPECT_THAT(seen.trouble, testing::Not(HasSubstr(GetParam().reason)))
      << "the cluster's word is for the fold";
  EXPECT_THAT(seen.raw_trouble, HasSubstr(GetParam().reason));
  EXPECT_THAT(seen.raw_trouble, HasSubstr("the cluster's own words"));
  EXPECT_FALSE(seen.running || seen.ready);
}

INSTANTIATE_TEST_SUITE_P(All, WaitingReason,
                         testing::Values(Reason{"ErrImagePull", "image could not be pulled"},
                                         Reason{"ImagePullBackOff", "image could not be pulled"},
                                         Reason{"InvalidImageName", "image could not be pulled"},
                                         Reason{"CrashLoopBackOff", "stops right after its start"},
                                         Reason{"CreateContainerConfigError", "container could not be made"},
                                         Reason{"CreateContainerError", "container could not be made"},
                                         Reason{"RunContainerError", "container could not be made"}),
                         [](const auto& of) { return of.param.reason; });

TEST(PodDigest, WaitingForItsTurnIsNoTrouble) {
  EXPECT_EQ(digest_pod(waiting("ContainerCreating")).trouble, "");
  EXPECT_EQ(digest_pod(waiting("PodInitializing")).trouble, "");
}

/// As the GPU operator's validator does on cards without a unit.
json::value stops_before_its_turn() {
  auto out = waiting("PodInitializing");
  part(out, "status")["initContainerStatuses"] =
      json::array{{{"name", "cuda-validation"}, {"state", {{"waiting", {{"reason", "CrashLoopBackOff"}}}}}}};
  return out;
}

TEST(PodDigest, WhatStopsBeforeItsTurnIsTrouble) {
  auto pod = stops_before_its_turn();
  EXPECT_THAT(digest_pod(pod).trouble, HasSubstr("stops right after its start"));
  cut_down("pods", pod);
  EXPECT_THAT(digest_pod(pod).trouble, HasSubstr("stops right after its start"));
  pod.at("status").at("initContainerStatuses").as_array()[0].as_object()["state"] = {
      {"terminated", {{"reason", "Completed"}, {"exitCode", 0}}}};
  EXPECT_EQ(digest_pod(pod).trouble, "");
}

TEST(PodDigest, AWorkspaceThatRanOutOfMemorySaysSoAndNotThatItCrashed) {
  auto looping = waiting("CrashLoopBackOff");
  looping.at("status").at("containerStatuses").as_array()[0].as_object()["lastState"] = {
      {"terminated", {{"reason", "OOMKilled"}, {"exitCode", 137}}}};
  EXPECT_THAT(digest_pod(looping).trouble, HasSubstr("more memory than it has"));

  auto just_now = pod();
  part(just_now, "status")["containerStatuses"] = json::array{
      {{"name", "workspace"}, {"state", {{"terminated", {{"reason", "OOMKilled"}, {"exitCode", 137}}}}}}};
  EXPECT_THAT(digest_pod(just_now).trouble, HasSubstr("more memory than it has"));
  EXPECT_THAT(digest_pod(just_now).raw_trouble, HasSubstr("OOMKilled"));
}

TEST(PodDigest, APullIsTriedByTheClusterAndItsBackOffIsTheWaitBetween) {
  EXPECT_TRUE(digest_pod(waiting("ErrImagePull")).retried);
  EXPECT_FALSE(digest_pod(waiting("ErrImagePull")).between_tries);
  EXPECT_TRUE(digest_pod(waiting("ImagePullBackOff")).retried);
  EXPECT_TRUE(digest_pod(waiting("ImagePullBackOff")).between_tries);
  EXPECT_FALSE(digest_pod(waiting("InvalidImageName")).retried) << "a wrong name stays wrong";
}

TEST(PodDigest, TheClustersWordsAreCutBetweenCharacters) {
  auto value = waiting("ErrImagePull");
  std::string long_words = "x";
  while (long_words.size() < 10'000) long_words += "\u00e9";
  value.at("status").at("containerStatuses").as_array()[0].at("state").at("waiting").as_object()["message"] =
      long_words;
  const auto raw = digest_pod(value).raw_trouble;
  EXPECT_LE(raw.size(), 2'010U);
  EXPECT_THAT(raw, testing::EndsWith("\u00e9 ..."));
}

TEST(PodDigest, AWorkspaceThatRunsAgainAfterThatHasNoTrouble) {
  auto again = pod();
  part(again, "status")["containerStatuses"] =
      json::array{{{"name", "workspace"},
                   {"state", {{"running", json::object()}}},
                   {"lastState", {{"terminated", {{"reason", "OOMKilled"}}}}}}};
  EXPECT_EQ(digest_pod(again).trouble, "");
}

TEST(PodDigest, APodThatNoNodeTakesSaysSo) {
  auto value = pod();
  part(value, "spec").erase("nodeName");
  part(value, "status") = {{"phase", "Pending"},
                           {"conditions", json::array{{{"type", "PodScheduled"},
                                                       {"status", "False"},
                                                       {"reason", "Unschedulable"},
                                                       {"message", "0/1 nodes are available"}}}}};
  const auto seen = digest_pod(value);
  EXPECT_EQ(seen.trouble, "The cluster finds no node for the workspace.");
  EXPECT_EQ(seen.raw_trouble, "Unschedulable: 0/1 nodes are available");
  EXPECT_FALSE(seen.retried) << "the scheduler waits for room, there is no next try to tell";
  EXPECT_EQ(seen.node, "");
}

TEST(PodDigest, WhyNoNodeTakesAPodIsSaidByTheSchedulersWords) {
  const auto told = [](const std::string& message) {
    auto value = pod();
    part(value, "status") = {{"phase", "Pending"},
                             {"conditions", json::array{{{"type", "PodScheduled"},
                                                         {"status", "False"},
                                                         {"reason", "Unschedulable"},
                                                         {"message", message}}}}};
    return digest_pod(value).trouble;
  };
  EXPECT_EQ(told("0/2 nodes are available: 1 Insufficient nvidia.com/gpu, 1 node(s) didn't match Pod's node "
                 "affinity/selector."),
            "No node has room for the workspace right now.");
  EXPECT_EQ(
      told("0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were "
           "unschedulable."),
      "The node of the workspace is closed to new pods (cordoned).");
  EXPECT_EQ(told("0/1 nodes are available: 1 node(s) had untolerated taint {maintenance: yes}."),
            "The node of the workspace has a taint that keeps it out.");
  EXPECT_EQ(told("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."),
            "No node has the labels that the workspace asks for.");
}

TEST(PodDigest, APodThatTheNodeRefusedSaysSoInTheNodesWords) {
  auto value = pod();
  part(value, "status") = {{"phase", "Failed"},
                           {"reason", "UnexpectedAdmissionError"},
                           {"message", "Allocate failed due to rpc error: nvml: GPU is lost"}};
  const auto seen = digest_pod(value);
  EXPECT_TRUE(seen.finished);
  EXPECT_TRUE(seen.retried) << "the cluster makes another";
  EXPECT_EQ(
      seen.trouble,
      "The node refused the workspace: UnexpectedAdmissionError: Allocate failed due to rpc error: nvml: "
      "GPU is lost");
  part(value, "status")["containerStatuses"] = json::array{{{"name", "workspace"}}};
  part(value, "status")["reason"] = "Evicted";
  EXPECT_THAT(digest_pod(value).trouble, HasSubstr("The node stopped the workspace: Evicted: "));
}

TEST(PodDigest, AmountsAreReadAsKubernetesWritesThem) {
  const auto of = [](const json::value& amount) {
    auto value = pod();
    value.at("spec").at("containers").at(0).at("resources").at("limits").as_object()["nvidia.com/gpu"] =
        amount;
    return digest_pod(value).gpus.at("nvidia.com/gpu");
  };
  EXPECT_EQ(of("1k"), 1000);
  EXPECT_EQ(of("2Ki"), 2048);
  EXPECT_EQ(of("1e3"), 1000);
  EXPECT_EQ(of("4"), 4);
  EXPECT_EQ(of(3), 3);
  EXPECT_EQ(of("-1"), 0);
  EXPECT_EQ(of("none"), 0);
  EXPECT_EQ(of("9E"), 9'000'000'000'000'000'000);
  EXPECT_EQ(of("20E"), std::numeric_limits<std::int64_t>::max());
  const json::value node = {{"status",
                             {{"conditions", json::array{{{"type", "Ready"}, {"status", "True"}}}},
                              {"allocatable", {{"nvidia.com/gpu", "1k"}}}}}};
  EXPECT_EQ(node_gpus(node).at("nvidia.com/gpu"), 1000);
}

TEST(PodDigest, FinishedAndDeletedPodsAreToldApart) {
  for (const auto* phase : {"Succeeded", "Failed"}) {
    auto value = pod();
    part(value, "status")["phase"] = phase;
    const auto seen = digest_pod(value);
    EXPECT_TRUE(seen.finished) << phase;
    EXPECT_FALSE(seen.ready) << phase;
  }
  auto going = pod();
  part(going, "metadata")["deletionTimestamp"] = "2026-11-24T14:00:00Z";
  EXPECT_TRUE(digest_pod(going).deleting);
}

TEST(PodDigest, OnlyBothLabelsMakeAWorkspace) {
  for (const auto* label : {"app.kubernetes.io/name", "berth.dev/session"}) {
    auto value = pod();
    value.at("metadata").at("labels").as_object().erase(label);
    EXPECT_EQ(digest_pod(value).app, "") << label;
  }
}

TEST(PodDigest, GpusOfAllContainersCount) {
  auto value = pod();
  auto& containers = part(value, "spec")["containers"].as_array();
  containers.push_back(
      {{"name", "b"}, {"resources", {{"limits", {{"nvidia.com/mig-1g.24gb", 2}, {"x.y/z", "1"}}}}}});
  containers.push_back({{"name", "c"}, {"resources", {{"limits", {{"nvidia.com/gpu", "4"}}}}}});
  EXPECT_THAT(digest_pod(value).gpus,
              ElementsAre(Pair("nvidia.com/gpu", 4), Pair("nvidia.com/mig-1g.24gb", 3)));
}

json::value asking(const std::string& count, const std::string& restart = "") {
  json::object out{{"name", "c"}, {"resources", {{"limits", {{"nvidia.com/gpu", count}}}}}};
  if (!restart.empty()) out["restartPolicy"] = restart;
  return out;
}

std::int64_t gpus_of(json::array init_containers, json::array containers) {
  auto value = pod();
  part(value, "spec")["initContainers"] = std::move(init_containers);
  part(value, "spec")["containers"] = std::move(containers);
  return digest_pod(value).gpus.at("nvidia.com/gpu");
}

TEST(PodDigest, WhatAnInitContainerUsedIsHandedOn) {
  EXPECT_EQ(gpus_of({asking("1")}, {asking("1")}), 1);
  EXPECT_EQ(gpus_of({asking("2"), asking("3")}, {asking("1"), asking("1")}), 3) << "one after the other";
  EXPECT_EQ(gpus_of({asking("1")}, {asking("2"), asking("2")}), 4);
  EXPECT_EQ(gpus_of({asking("2")}, {}), 2);
}

TEST(PodDigest, AnInitContainerThatRestartsAlwaysKeepsItsOwn) {
  EXPECT_EQ(gpus_of({asking("1", "Always")}, {asking("1")}), 2);
  EXPECT_EQ(gpus_of({asking("1", "Always"), asking("3")}, {asking("1")}), 4)
      << "it runs beside those that come after it";
  EXPECT_EQ(gpus_of({asking("3"), asking("1", "Always")}, {asking("1")}), 3) << "and not beside those before";
  EXPECT_EQ(gpus_of({asking("1", "Always"), asking("1", "Always")}, {asking("2")}), 4);
}

TEST(PodDigest, AmountsNeitherOverflowNorFreeDevices) {
  auto value = pod();
  auto& containers = part(value, "spec")["containers"].as_array();
  containers.push_back(
      {{"name", "b"}, {"resources", {{"limits", {{"nvidia.com/gpu", "9223372036854775807"}}}}}});
  containers.push_back(
      {{"name", "c"}, {"resources", {{"limits", {{"nvidia.com/gpu", 9223372036854775807LL}}}}}});
  containers.push_back(
      {{"name", "d"}, {"resources", {{"limits", {{"nvidia.com/gpu", "-5"}, {"nvidia.com/x", -5}}}}}});
  const auto gpus = digest_pod(value).gpus;
  EXPECT_EQ(gpus.at("nvidia.com/gpu"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(gpus.at("nvidia.com/x"), 0);
}

TEST(PodDigest, BytesThatAreNotAPodAreAnEmptyOne) {
  for (const auto* text :
       {"{}", "[]", "null", R"({"spec":{"containers":7},"status":[],"metadata":"x"})",
        R"({"spec":{"containers":[{"resources":{"limits":{"nvidia.com/gpu":"many"}}}]}})"}) {
    const auto seen = digest_pod(*parse_json(text));
    EXPECT_FALSE(!seen.app.empty() || seen.running || seen.ready || seen.finished) << text;
  }
}

json::value node(const std::string& ready) {
  return *parse_json(R"({"metadata": {"name": "n"}, "status": {
    "capacity": {"cpu": "8", "nvidia.com/gpu": "4", "nvidia.com/mig-1g.24gb": "8"},
    "allocatable": {"cpu": "8", "nvidia.com/gpu": "4"},
    "conditions": [{"type": "Ready", "status": ")" +
                     ready + R"("}]}})");
}

TEST(NodeDigest, OnlyAReadyNodeOffersDevices) {
  EXPECT_THAT(node_gpus(node("True")), ElementsAre(Pair("nvidia.com/gpu", 4)));
  EXPECT_TRUE(node_gpus(node("False")).empty());
  EXPECT_TRUE(node_gpus(node("Unknown")).empty());
}

TEST(NodeDigest, TheQuotaMustNameWhatANodeKnowsReadyOrNot) {
  for (const auto* ready : {"True", "False"}) {
    const auto names = gpu_names(node(ready));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()),
              (std::set<std::string>{"nvidia.com/gpu", "nvidia.com/mig-1g.24gb"}));
  }
}

}  // namespace
}  // namespace berth::reconciler
