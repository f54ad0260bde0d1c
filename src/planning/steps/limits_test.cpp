#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

// A default for a GPU would have every container ask for one, and a `max` becomes the default of those that
// name none.
TEST(LimitsStep, GivesDefaultsOfCpuMemoryAndEphemeralStorageAndNothingElse) {
  const auto objects = limit_objects(slice());
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_EQ(
      *find(objects.front().body, {"spec"}),
      json::value(
          {{"limits",
            json::array{{{"type", "Container"},
                         {"default", {{"cpu", "1500m"}, {"memory", "9420Mi"}, {"ephemeral-storage", "10Gi"}}},
                         {"defaultRequest",
                          {{"cpu", "150m"}, {"memory", "942Mi"}, {"ephemeral-storage", "1Gi"}}}}}}}));
}

}  // namespace
}  // namespace berth::planning
