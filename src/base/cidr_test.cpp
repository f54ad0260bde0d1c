#include "base/cidr.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

bool contains(std::string_view range, std::string_view other) {
  return Cidr::parse(range).value().contains(Cidr::parse(other).value());
}

TEST(Cidr, HoldsWhatLiesInsideOfIt) {
  EXPECT_TRUE(contains("10.128.0.0/14", "10.131.255.255"));
  EXPECT_TRUE(contains("10.128.0.0/14", "10.130.4.0/24"));
  EXPECT_TRUE(contains("10.128.0.0/14", "10.128.0.0/14"));
  EXPECT_FALSE(contains("10.128.0.0/14", "10.132.0.0"));
  EXPECT_FALSE(contains("10.128.0.0/14", "10.128.0.0/13")) << "larger than the range";
  EXPECT_TRUE(contains("0.0.0.0/0", "192.0.2.1"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_FALSE(contains("::/0", "192.0.2.1")) << "the families are apart";
}

TEST(Cidr, IsNothingElse) {
  for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "10.0.0", "::1/129",
                           "host.example", "10.0.0.0/8/8"})
    EXPECT_FALSE(Cidr::parse(text)) << text;
}

}  // namespace
}  // namespace berth
