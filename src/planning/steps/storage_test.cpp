#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(StorageStep, ClaimsHomeAndModelCacheOfTheClustersStorageClass) {
  auto spec = slice();
  spec.cluster.storage_class = "fast";
  const auto objects = storage_objects(spec);
  ASSERT_EQ(objects.size(), 2U);
  for (const auto& object : objects) {
    EXPECT_EQ(object.kind.kind, "PersistentVolumeClaim");
    EXPECT_EQ(string_at(object.body, {"spec", "storageClassName"}), "fast");
  }
  EXPECT_EQ(string_at(find_object(objects, "PersistentVolumeClaim", "home").body,
                      {"spec", "resources", "requests", "storage"}),
            "20Gi");
  spec.cluster.storage_class.clear();
  EXPECT_FALSE(storage_objects(spec).front().body.at("spec").as_object().contains("storageClassName"))
      << "the cluster's default";
}

TEST(StorageStep, HomeAndModelCacheAreAsLargeAsTheirDeviceClassSays) {
  auto spec = slice();
  const auto sizes = [&] {
    std::vector<std::string> out;
    for (const auto& claim : storage_objects(spec))
      out.push_back(claim.name + " " + string_at(claim.body, {"spec", "resources", "requests", "storage"}));
    return out;
  };
  EXPECT_EQ(sizes(), (std::vector<std::string>{"home 20Gi", "model-cache 300Gi"}));
  spec.device_class.home = {50};
  spec.device_class.model_cache = {1'000};
  EXPECT_EQ(sizes(), (std::vector<std::string>{"home 50Gi", "model-cache 1000Gi"}));
}

}  // namespace
}  // namespace berth::planning
