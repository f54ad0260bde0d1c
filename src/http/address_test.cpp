#include "http/address.hpp"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

TEST(AddressGroup, IsTheAddressOfIPv4AndTheNetworkOfIPv6) {
  EXPECT_EQ(address_group("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_group("2001:db8:0:1::7"), "2001:db8:0:1::/64");
  EXPECT_EQ(address_group("2001:db8:0:1:ffff:1:2:3"), address_group("2001:db8:0:1::7"));
  EXPECT_NE(address_group("2001:db8:0:2::7"), address_group("2001:db8:0:1::7"));
  EXPECT_EQ(address_group("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_group("::1"), "::/64");
  EXPECT_EQ(address_group("no address"), "no address");
  EXPECT_EQ(address_group("a:b"), "a:b");
}

}  // namespace
}  // namespace berth::http
