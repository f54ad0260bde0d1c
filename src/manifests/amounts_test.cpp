#include "manifests/amounts.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace berth::manifests {
namespace {

TEST(SameQuantity, KnowsEveryWayToWriteAnAmount) {
  EXPECT_EQ(same_quantity("1", "1000m"), true);
  EXPECT_EQ(same_quantity("1.0", "1"), true);
  EXPECT_EQ(same_quantity("0.5", "500m"), true);
  EXPECT_EQ(same_quantity(".5", "500m"), true);
  EXPECT_EQ(same_quantity("1Gi", "1073741824"), true);
  EXPECT_EQ(same_quantity("0.5Gi", "512Mi"), true);
  EXPECT_EQ(same_quantity("1e3", "1k"), true);
  EXPECT_EQ(same_quantity("1E3", "1000"), true);
  EXPECT_EQ(same_quantity("1E", "1000P"), true);
  EXPECT_EQ(same_quantity("-1", "-1000m"), true);
  EXPECT_EQ(same_quantity("0", "0Gi"), true);
  EXPECT_EQ(same_quantity("1G", "1Gi"), false);
  EXPECT_EQ(same_quantity("8Ei", "9223372036854775807"), true) << "where Kubernetes stops";
}

TEST(SameQuantity, IsEmptyForWhatIsNoQuantity) {
  for (const auto* text :
       {"", "Gi", "1 Gi", "1gi", "one", "1e", "1e99", "1.2.3", "0x10", "1Mi2", "--1", "."}) {
    EXPECT_EQ(same_quantity(text, "1"), std::nullopt) << text;
  }
  EXPECT_EQ(same_quantity("1" + std::string(60, '0'), "1"), std::nullopt) << "does not fit";
}

TEST(OnePartOf, NeverComesDownToNothing) {
  const auto part = one_part_of({{5}, {3}, {0}}, 10);
  EXPECT_EQ(part.cpu.value, 1);
  EXPECT_EQ(part.memory.value, 1);
  EXPECT_EQ(part.ephemeral.value, 1);
}

RC_GTEST_PROP(SameQuantity, HoldsForCoresAndTheirThousandths, (std::uint32_t cores)) {
  RC_ASSERT(same_quantity(std::to_string(cores), std::to_string(std::uint64_t{cores} * 1000) + "m") == true);
  RC_ASSERT(same_quantity(kube_mib({cores}), std::to_string(std::uint64_t{cores} * 1024) + "Ki") == true);
}

}  // namespace
}  // namespace berth::manifests
