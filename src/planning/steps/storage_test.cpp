#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(StorageStep, ClaimsHomeAndModelCacheOfTheSitesClass) {
  auto spec = slice();
  spec.site.storage_class = "fast";
  const auto objects = storage_objects(spec);
  ASSERT_EQ(objects.size(), 2U);
  for (const auto& object : objects) {
    EXPECT_EQ(object.kind.kind, "PersistentVolumeClaim");
    EXPECT_EQ(string_at(object.body, {"spec", "storageClassName"}), "fast");
  }
  EXPECT_EQ(string_at(find_object(objects, "PersistentVolumeClaim", "home").body,
                      {"spec", "resources", "requests", "storage"}),
            "20Gi");
  spec.site.storage_class.clear();
  EXPECT_FALSE(storage_objects(spec).front().body.at("spec").as_object().contains("storageClassName"))
      << "the cluster's default";
}

}  // namespace
}  // namespace berth::planning
