// What berth gpu plan says.
#include "cli/gpu_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/yaml.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::cli {
namespace {

using testing::HasSubstr;

model::Pool reference_pool() {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/deploy/pools/lab.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return poolfile::parse_stream(yaml_documents(text.str()).value()).value().pools.at(0);
}

TEST(GpuPlan, ShowsTheReferenceMachine) {
  const auto plan = gpu_plan(reference_pool());
  EXPECT_TRUE(plan.sound);
  EXPECT_EQ(plan.text,
            "Pool lab\n"
            "gpu-node-1\n"
            "  gpu0 (GPU 0): RTX PRO 6000 Blackwell 96GB\n"
            "      0                 3                 6                 9                 12\n"
            "      | 1g.24gb x2      | 1g.24gb-me x2   | 1g.24gb+gfx x2  | 1g.24gb+me x2   |\n"
            "      | gpu0-slice0     | gpu0-slice1     | gpu0-slice2     | gpu0-slice3     |\n"
            "  gpu1 (GPU 1): RTX PRO 6000 Blackwell 96GB\n"
            "      0           12\n"
            "      | whole x4  |\n"
            "      | gpu1      |\n");
}

TEST(GpuPlan, SaysWhatCannotBeAndShowsTheRest) {
  auto pool = reference_pool();
  pool.units.front().resource_name = "nvidia.com/mig-2g.10gb";
  const auto plan = gpu_plan(pool);
  EXPECT_FALSE(plan.sound);
  EXPECT_THAT(plan.text, HasSubstr("! nodes.gpu-node-1.devices.gpu0.units.gpu0-slice0.resource_name: "));
  EXPECT_THAT(plan.text, HasSubstr("| gpu0-slice1 "));
}

TEST(GpuChecks, LookIntoConfigMapsAndAtConfigurations) {
  const auto checks = gpu_checks(yaml_documents(R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: some}
data:
  good: "{version: v1, flags: {migStrategy: mixed}}"
  bad: "{version: v1, flags: {migStrategy: both}}"
  broken: "{"
---
{version: v1, mig-configs: {a: [{devices: all, mig-enabled: false}]}}
---
apiVersion: v1
kind: Node
metadata: {name: x}
---
just: this
)")
                                     .value());
  ASSERT_EQ(checks.size(), 5U);
  EXPECT_EQ(checks[0].text, "ConfigMap some, good: sound (device plugin)\n");
  EXPECT_THAT(checks[1].text, HasSubstr("ConfigMap some, bad: flags.migStrategy: "));
  EXPECT_FALSE(checks[2].sound);
  EXPECT_EQ(checks[3].text, "configuration: sound (mig-parted)\n");
  EXPECT_THAT(checks[4].text, HasSubstr("no configuration of"));
  EXPECT_FALSE(gpu_checks({}).front().sound);
}

}  // namespace
}  // namespace berth::cli
