#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(DeviceFreeStep, IsDoneWhenNobodyElseHasTheSlots) {
  Case it;
  it.observed.node_gpus[it.spec.node.kubernetes_name] = {{it.spec.units.front().resource_name, 2}};
  EXPECT_EQ(judge_device_free(it.view()).state, Standing::State::kDone);
}

TEST(DeviceFreeStep, WaitsForWhoHasThemAndMovesToASpareUnitWhereThereIsOne) {
  Case it;
  auto& gpus = it.observed.node_gpus[it.spec.node.kubernetes_name];
  gpus = {{it.spec.units.front().resource_name, 2}};
  auto& pod = it.see_pod("");
  pod.namespace_name = "berth-s-before";
  pod.gpus = {{it.spec.units.front().resource_name, 1}};
  const auto standing = judge_device_free(it.view());
  EXPECT_EQ(standing.state, Standing::State::kWaiting);
  EXPECT_EQ(standing.detail,
            "The device is still in use: pods outside this session hold nvidia.com/mig-1g.24gb-me.");
  EXPECT_TRUE(standing.effects.empty());

  auto spare = it.spec.units.front();
  spare.id = {3};
  spare.name = "gpu0-slice2";
  spare.resource_name = "nvidia.com/mig-1g.24gb";
  gpus[spare.resource_name] = 2;
  it.wanted.spare_units = {spare};
  const auto moved = judge_device_free(it.view());
  EXPECT_EQ(moved.state, Standing::State::kWaiting);
  EXPECT_EQ(moved.detail, "Moved from gpu0-slice1 to gpu0-slice2, since gpu0-slice1 is still in use.");
  ASSERT_EQ(moved.effects.size(), 1U);
  EXPECT_EQ(std::get<MoveUnits>(moved.effects.front()).to, std::vector<model::UnitId>{{3}});
}

}  // namespace
}  // namespace berth::planning
