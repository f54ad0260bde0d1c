#include "manifests/golden_for_test.hpp"

namespace berth::manifests {
namespace {

TEST(ClusterObjects, AreTheSameWhateverTheClusterAdvertises) {
  ClusterFacts facts;
  facts.gpu_resource_names = {"nvidia.com/gpu"};
  facts.several_nodes = true;
  EXPECT_EQ(printed(cluster_objects(facts)), printed(cluster_objects({})));
}

}  // namespace
}  // namespace berth::manifests
