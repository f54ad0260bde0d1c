#include <gtest/gtest.h>

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
