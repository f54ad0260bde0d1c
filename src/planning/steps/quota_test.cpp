#include <gtest/gtest.h>

#include <set>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

json::object hard_of(const manifests::SessionSpec& spec) {
  return find(quota_objects(spec).at(0).body, {"spec", "hard"})->as_object();
}

TEST(QuotaStep, GivesTheSessionItsSlotsAndNothingOfOtherNames) {
  auto spec = slice();
  spec.facts.gpu_resource_names = {"nvidia.com/gpu", "nvidia.com/mig-2g.48gb"};
  const auto hard = hard_of(spec);
  EXPECT_EQ(hard.at("requests.nvidia.com/mig-1g.24gb-me").as_string(), "2");
  EXPECT_EQ(hard.at("requests.nvidia.com/gpu").as_string(), "0");
  EXPECT_EQ(hard.at("requests.nvidia.com/mig-2g.48gb").as_string(), "0");
}

TEST(QuotaStep, AddsUpTheSlotsOfUnitsThatShareAName) {
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

TEST(QuotaStep, HoldsThousandthsOfACore) {
  auto spec = slice();
  spec.reservation.load.cpu = {2'500};
  EXPECT_EQ(hard_of(spec).at("limits.cpu").as_string(), "2500m");
}

/// "<plural>.<group>" of all that the tenants' role may make.
std::set<std::string> what_tenants_make() {
  std::set<std::string> made;
  for (const auto& object : manifests::cluster_objects({})) {
    if (object.kind.kind != "ClusterRole") continue;
    for (const auto& rule : find(object.body, {"rules"})->as_array()) {
      const auto& verbs = find(rule, {"verbs"})->as_array();
      if (std::ranges::find(verbs, json::value("create")) == verbs.end()) continue;
      for (const auto& group : find(rule, {"apiGroups"})->as_array()) {
        for (const auto& resource : find(rule, {"resources"})->as_array()) {
          const std::string plural(resource.as_string());
          if (plural.find('/') != std::string::npos) continue;  // a part of one, or a deed
          made.insert(group.as_string().empty() ? plural : plural + "." + std::string(group.as_string()));
        }
      }
    }
  }
  return made;
}

TEST(QuotaStep, CountsEveryKindOfObjectThatATenantCanMake) {
  auto spec = slice();
  spec.cluster.flavour = model::Flavour::kOpenshift;
  const auto hard = hard_of(spec);
  const auto made = what_tenants_make();
  EXPECT_GE(made.size(), 19U);
  for (const auto& resource : made)
    EXPECT_TRUE(hard.contains("count/" + resource)) << resource << " could be made without end";
}

TEST(QuotaStep, TheObjectsOfASessionFillAtMostAQuarterOfTheClustersStore) {
  for (const auto flavour : {model::Flavour::kKubernetes, model::Flavour::kOpenshift}) {
    auto spec = slice();
    spec.cluster.flavour = flavour;
    int objects = 0;
    for (const auto& [key, most] : hard_of(spec)) {
      if (std::string_view(key).starts_with("count/")) objects += std::stoi(std::string(most.as_string()));
    }
    EXPECT_LE(objects, 512) << "of 1 MiB each, of 2 GiB";
  }
}

TEST(QuotaStep, HasRoomForFinishedPodsBesideThoseOfTheClass) {
  auto spec = slice();
  spec.device_class.pods = 100;
  const auto hard = hard_of(spec);
  EXPECT_EQ(hard.at("pods").as_string(), "100");
  EXPECT_EQ(hard.at("count/pods").as_string(), "124");
}

TEST(QuotaStep, NamesRoutesOnlyWhereThereAreAny) {
  EXPECT_FALSE(hard_of(slice()).contains("count/routes.route.openshift.io"));
}

TEST(QuotaStep, IsDoneOnlyOnceTheClusterEnforcesWhatIsWanted) {
  Case it;
  const auto quota = quota_objects(it.spec).front();
  const auto hard = quota.body.at("spec").at("hard");
  const auto state = [&] { return judge_quota(it.view()).state; };
  EXPECT_EQ(state(), Standing::State::kWaiting) << "it is not there";
  it.see(quota);
  EXPECT_EQ(state(), Standing::State::kWaiting) << "nothing counts it yet";
  it.see(quota, {{"status", {{"hard", hard}}}});
  EXPECT_EQ(state(), Standing::State::kWaiting) << "nothing is counted yet";
  auto less = hard;
  less.as_object().erase("pods");
  it.see(quota, {{"status", {{"hard", less}, {"used", json::object{}}}}});
  EXPECT_EQ(state(), Standing::State::kWaiting) << "a part is not enforced";
  EXPECT_EQ(judge_quota(it.view()).detail, "Waiting until the cluster enforces the quota.");
  it.see(quota, {{"status", {{"hard", hard}, {"used", json::object{}}}}});
  EXPECT_EQ(state(), Standing::State::kDone);
}

}  // namespace
}  // namespace berth::planning
