// The shared objects of a cluster against committed files.
#include "manifests/golden_for_test.hpp"

namespace berth::manifests {
namespace {

void expect_golden(const std::string& name, const std::vector<Object>& objects) {
  expect_golden(std::filesystem::path(BERTH_MANIFESTS_GOLDEN_DIR) / (name + ".json"), printed(objects));
}

TEST(ClusterObjects, AreTheSameWhateverTheClusterAdvertises) {
  ClusterFacts facts;
  facts.gpu_resource_names = {"nvidia.com/gpu"};
  facts.several_gpu_nodes = true;
  EXPECT_EQ(printed(cluster_objects(facts)), printed(cluster_objects({})));
}

}  // namespace
}  // namespace berth::manifests
