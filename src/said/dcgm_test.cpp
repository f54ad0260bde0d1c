#include "said/dcgm.hpp"

#include <gtest/gtest.h>

namespace berth::said {
namespace {

using Busy = std::map<std::string, int>;

/// As the exporter writes it: a slice, a whole card that two pods share, one of somebody else's, one of
/// nobody.
constexpr std::string_view kReference = R"(# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-b",pci_bus_id="00000000:02:00.0",device="nvidia1",modelName="NVIDIA RTX PRO 6000",hostname="node-1",container="trainer",namespace="berth-s-two",pod="trainer",pod_uid=""} 62
# TYPE DCGM_FI_PROF_GR_ENGINE_ACTIVE gauge
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-a",GPU_I_PROFILE="1g.24gb",GPU_I_ID="3",hostname="node-1",container="workspace",namespace="berth-s-one",pod="workspace-7"} 0.254901
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-a",GPU_I_PROFILE="1g.24gb",GPU_I_ID="4",hostname="node-1",container="main",namespace="kube-system",pod="other"} 0.9
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-a",GPU_I_PROFILE="1g.24gb",GPU_I_ID="5",hostname="node-1"} 0.8
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-a",GPU_I_PROFILE="1g.24gb",GPU_I_ID="6",container="second",namespace="berth-s-one",pod="second"} 0.01
)";

std::string one(std::string_view labels, std::string_view value,
                std::string_view metric = "DCGM_FI_PROF_GR_ENGINE_ACTIVE") {
  return std::string(metric) + "{" + std::string(labels) + "} " + std::string(value) + "\n";
}

TEST(BusyDevices, AreThoseOfTheSessionsPodsTheBusiestOfEach) {
  EXPECT_EQ(busy_devices(kReference, "berth-s-"), (Busy{{"berth-s-one", 255}, {"berth-s-two", 620}}));
}

TEST(BusyDevices, TheEnginesWordIsTakenBeforeTheCards) {
  const auto labels = R"(UUID="GPU-b",namespace="berth-s-two")";
  const auto card = one(labels, "100", "DCGM_FI_DEV_GPU_UTIL");
  EXPECT_EQ(busy_devices(card + one(labels, "0.002"), "berth-s-"), (Busy{{"berth-s-two", 2}}));
  EXPECT_EQ(busy_devices(card, "berth-s-"), (Busy{{"berth-s-two", 1000}}));
}

TEST(BusyDevices, WhatIsNoSampleSaysNothing) {
  const auto ours = R"(namespace="berth-s-one")";
  for (const auto* value : {"NaN", "+Inf", "-0.1", "1.5", "9223372036854775794", "", "x"})
    EXPECT_EQ(busy_devices(one(ours, value), "berth-s-"), Busy{}) << value;
  for (const auto* labels :
       {"", "namespace", "namespace=", R"(namespace="berth-s-one)", R"(namespace=berth-s-one)",
        R"(="berth-s-one")", R"(namespace="berth-s-one" pod="x")", R"(namespace="berth-s-one\)",
        R"(exported="berth-s-one")"})
    EXPECT_EQ(busy_devices(one(labels, "0.5"), "berth-s-"), Busy{}) << labels;
  EXPECT_EQ(
      busy_devices(
          "DCGM_FI_PROF_GR_ENGINE_ACTIVE 1\nDCGM_FI_PROF_GR_ENGINE_ACTIVE_OTHER{namespace=\"berth-s-one\"} 1",
          "berth-s-"),
      Busy{});
  EXPECT_EQ(busy_devices(one(R"(UUID=")" + std::string(20'000, 'a') + R"(",namespace="berth-s-one")", "1"),
                         "berth-s-"),
            Busy{});
  EXPECT_EQ(busy_devices("", "berth-s-"), Busy{});
}

TEST(BusyDevices, LabelsAreReadAsTheFormatHasThem) {
  EXPECT_EQ(busy_devices(one(R"(modelName="a \"b\", c}",namespace="berth-s-one",)", "0.5 1690000000000"),
                         "berth-s-"),
            (Busy{{"berth-s-one", 500}}));
  EXPECT_EQ(busy_devices(R"(DCGM_FI_PROF_GR_ENGINE_ACTIVE{namespace="berth-s-one"}   1)", "berth-s-"),
            (Busy{{"berth-s-one", 1000}}));
}

}  // namespace
}  // namespace berth::said
