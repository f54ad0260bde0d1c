#include "base/quantity.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(Quantity, WritesCoresWithoutTrailingZeros) {
  EXPECT_EQ(format_cores({15000}), "15");
  EXPECT_EQ(format_cores({15500}), "15.5");
  EXPECT_EQ(format_cores({125}), "0.125");
}

TEST(Quantity, WritesKubernetesForms) {
  EXPECT_EQ(kube_cpu({15000}), "15");
  EXPECT_EQ(kube_cpu({15500}), "15500m");
  EXPECT_EQ(kube_gib({92}), "92Gi");
}

}  // namespace
}  // namespace berth
