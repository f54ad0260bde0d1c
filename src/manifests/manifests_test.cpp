#include "manifests/manifests.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "manifests/reference_session_for_test.hpp"

namespace berth::manifests {
namespace {

SessionSpec slice() {
  return reference_session(model::Flavour::kKubernetes, false, model::Mode::kInteractiveMl);
}

const Object& find_object(const std::vector<Object>& objects, std::string_view kind, std::string_view name) {
  const auto found = std::find_if(objects.begin(), objects.end(), [&](const Object& object) {
    return object.kind.kind == kind && object.name == name;
  });
  if (found == objects.end()) throw std::out_of_range(std::string(kind) + " " + std::string(name));
  return *found;
}

json::object hard_of(const SessionSpec& spec) {
  return find(objects_of(model::StepName::kQuota, spec).at(0).body, {"spec", "hard"})->as_object();
}

const json::object& workspace_container(const Object& deployment) {
  return find(deployment.body, {"spec", "template", "spec", "containers"})->as_array().at(0).as_object();
}

TEST(Quota, GivesTheSessionItsSlotsAndNothingOfOtherNames) {
  auto spec = slice();
  spec.cluster.gpu_resource_names = {"nvidia.com/gpu", "nvidia.com/mig-2g.48gb"};
  const auto hard = hard_of(spec);
  EXPECT_EQ(hard.at("requests.nvidia.com/mig-1g.24gb-me").as_string(), "2");
  EXPECT_EQ(hard.at("requests.nvidia.com/gpu").as_string(), "0");
  EXPECT_EQ(hard.at("requests.nvidia.com/mig-2g.48gb").as_string(), "0");
}

TEST(Quota, AddsUpTheSlotsOfUnitsThatShareAName) {
  auto spec = slice();
  auto other = spec.units.front();
  spec.units.push_back(other);
  other.resource_name = "nvidia.com/mig-1g.24gb";
  spec.units.push_back(other);
  const auto hard = hard_of(spec);
  EXPECT_EQ(hard.at("requests.nvidia.com/mig-1g.24gb-me").as_string(), "4");
  EXPECT_EQ(hard.at("requests.nvidia.com/mig-1g.24gb").as_string(), "2");
  EXPECT_EQ(hard.at("limits.ephemeral-storage").as_string(), "300Gi");
}

TEST(Quota, HoldsThousandthsOfACore) {
  auto spec = slice();
  spec.reservation.load.cpu = {2'500};
  EXPECT_EQ(hard_of(spec).at("limits.cpu").as_string(), "2500m");
}

TEST(Objects, ThatFenceTheSessionCarryTheGuardLabelAndNoOthers) {
  const std::set<std::string> fencing{"ResourceQuota",  "LimitRange",  "NetworkPolicy",
                                      "ServiceAccount", "RoleBinding", "ConfigMap"};
  const auto spec = reference_session(model::Flavour::kOpenshift, true, model::Mode::kInteractiveMl);
  for (const auto& object : all_objects(spec)) {
    const auto guard = find_string(object.body, {"metadata", "labels", std::string(kGuardLabel)});
    EXPECT_EQ(guard.has_value(), fencing.contains(object.kind.kind))
        << object.kind.kind << " " << object.name;
  }
}

TEST(Objects, AllCarryTheInstallationTheReservationAndTheSession) {
  const auto spec = slice();
  for (const auto& object : all_objects(spec)) {
    const auto& labels = *find(object.body, {"metadata", "labels"});
    EXPECT_EQ(string_at(labels, {kInstallationLabel}), spec.installation);
    EXPECT_EQ(string_at(labels, {kReservationLabel}), spec.reservation.id.value);
    EXPECT_EQ(string_at(labels, {kSessionLabel}), spec.session.id.value);
    EXPECT_EQ(string_at(labels, {kManagedByLabel}), "berth");
  }
}

TEST(Objects, OfAllStepsHaveNoAccessSecret) {
  for (const auto& object : all_objects(slice())) EXPECT_NE(object.kind.kind, "Secret");
}

TEST(Objects, AreOfKindsThatAreListed) {
  for (const auto flavour : {model::Flavour::kOpenshift, model::Flavour::kKubernetes}) {
    const auto kinds = session_kinds(flavour);
    for (const auto& object : all_objects(reference_session(flavour, false, model::Mode::kInteractiveMl))) {
      EXPECT_NE(std::find(kinds.begin(), kinds.end(), object.kind), kinds.end()) << object.kind.plural;
    }
  }
}

TEST(Workspace, TakesASlotOnlyInInteractiveMode) {
  auto spec = slice();
  const auto limits_of = [](const SessionSpec& from) {
    const auto objects = objects_of(model::StepName::kWorkspace, from);
    return find(workspace_container(objects.at(0)), {"resources", "limits"})->as_object();
  };
  EXPECT_EQ(limits_of(spec).at("nvidia.com/mig-1g.24gb-me").as_string(), "1");
  EXPECT_EQ(limits_of(spec).at("cpu").as_string(), "7500m");
  spec.reservation.mode = model::Mode::kInferenceContainers;
  EXPECT_FALSE(limits_of(spec).contains("nvidia.com/mig-1g.24gb-me"));
  EXPECT_EQ(limits_of(spec).at("memory").as_string(), "23Gi");
}

TEST(Workspace, IsNotRestartedByALongerWindow) {
  auto spec = slice();
  const auto before = objects_of(model::StepName::kWorkspace, spec).at(0).body;
  spec.reservation.window.end += hours(2);
  EXPECT_EQ(objects_of(model::StepName::kWorkspace, spec).at(0).body, before);
}

TEST(Network, LeavesOutEveryRangeOfTheSiteAndLinkLocalAddresses) {
  const auto objects = objects_of(model::StepName::kNetwork, slice());
  const auto& world = find_object(objects, "NetworkPolicy", "berth-world").body;
  const auto& peers = find(world, {"spec", "egress"})->as_array().at(0).as_object().at("to").as_array();
  ASSERT_EQ(peers.size(), 1U) << "a site that names no IPv6 pods gets no IPv6";
  const auto except = find(peers.at(0), {"ipBlock", "except"})->as_array();
  EXPECT_EQ(except, (json::array{"169.254.0.0/16", "10.128.0.0/14", "172.30.0.0/16", "192.0.2.0/24",
                                 "198.51.100.0/24"}));
}

TEST(Network, KeepsTheFamiliesApart) {
  auto spec = slice();
  spec.site.pod_ranges.emplace_back("fd01::/48");
  spec.site.node_ranges.emplace_back("2001:db8::/64");
  const auto objects = objects_of(model::StepName::kNetwork, spec);
  const auto& world = find_object(objects, "NetworkPolicy", "berth-world").body;
  const auto& peers = find(world, {"spec", "egress"})->as_array().at(0).as_object().at("to").as_array();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(*find(peers.at(1), {"ipBlock", "except"}),
            (json::array{"fe80::/10", "fd00:ec2::254/128", "fd01::/48", "2001:db8::/64"}));
}

TEST(Network, OpensNothingForAnApiServerThatIsGivenByName) {
  auto spec = slice();
  spec.site.api_servers = {"api.lab.example:6443"};
  for (const auto& object : objects_of(model::StepName::kNetwork, spec))
    EXPECT_NE(object.name, "berth-api-server");
}

TEST(WorkspaceUrl, NamesThePortOnlyWhereTheSiteHasOne) {
  auto spec = slice();
  EXPECT_EQ(workspace_url(spec), "https://x7f3k2m9q1w8.apps.gpu1.lab.example/");
  spec.site.url_scheme = "http";
  spec.site.url_port = 8080;
  EXPECT_EQ(workspace_url(spec), "http://x7f3k2m9q1w8.apps.gpu1.lab.example:8080/");
}

TEST(AccessSecret, HoldsThePasswordInBase64) {
  const auto data_of = [](std::string_view password) {
    return string_at(access_secret(slice(), password).body, {"data", "password"});
  };
  EXPECT_EQ(data_of(""), "");
  EXPECT_EQ(data_of("f"), "Zg==");
  EXPECT_EQ(data_of("fo"), "Zm8=");
  EXPECT_EQ(data_of("foo"), "Zm9v");
  EXPECT_EQ(data_of("foobar\xff"), "Zm9vYmFy/w==");
}

RC_GTEST_PROP(Objects, LeaveRoomForTheUsersOwnPodsWhateverWasBooked, ()) {
  auto spec = slice();
  spec.reservation.load.cpu = {*rc::gen::inRange<std::int64_t>(100, 200'000)};
  spec.reservation.load.memory = {*rc::gen::inRange<std::int64_t>(1, 2'000)};
  spec.reservation.mode = *rc::gen::element(model::Mode::kInteractiveMl, model::Mode::kInferenceContainers);
  const auto deployment = objects_of(model::StepName::kWorkspace, spec).at(0);
  const auto cpu = string_at(workspace_container(deployment), {"resources", "limits", "cpu"});
  const auto milli = cpu.ends_with('m') ? std::stoll(cpu) : std::stoll(cpu) * 1000;
  RC_ASSERT(milli >= 1);
  RC_ASSERT(milli * 2 <= spec.reservation.load.cpu.value);
}

RC_GTEST_PROP(Objects, AreFoundToMatchThemselves, ()) {
  auto spec = reference_session(
      *rc::gen::element(model::Flavour::kOpenshift, model::Flavour::kKubernetes), *rc::gen::arbitrary<bool>(),
      *rc::gen::element(model::Mode::kInteractiveMl, model::Mode::kInferenceContainers));
  spec.cluster.several_gpu_nodes = *rc::gen::arbitrary<bool>();
  for (const auto& object : all_objects(spec)) RC_ASSERT(matches(object.body, object.body));
}

}  // namespace
}  // namespace berth::manifests
