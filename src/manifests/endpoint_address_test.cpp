#include "manifests/endpoint_address.hpp"

#include <gtest/gtest.h>

namespace berth::manifests {
namespace {

TEST(Destination, IsReadFromAddressAndPort) {
  EXPECT_EQ(parse_destination("192.0.2.10:6443").value().cidr, "192.0.2.10/32");
  EXPECT_EQ(parse_destination("192.0.2.10:6443").value().port, 6443);
  EXPECT_EQ(parse_destination("[2001:db8::1]:443").value().cidr, "2001:db8::1/128");
  EXPECT_EQ(parse_destination("[2001:db8::1]:443").value().port, 443);
}

TEST(Destination, IsNoneWhereANetworkPolicyCouldNotHoldIt) {
  for (const auto* text : {"", ":", "api.lab.example:6443", "192.0.2.10", "192.0.2.10:", "192.0.2.10:0",
                           "192.0.2.10:65536", "192.0.2.10:64x", "192.0.2:80", "[2001:db8::1", "[]:80"}) {
    EXPECT_FALSE(parse_destination(text)) << text;
  }
}

TEST(Destination, OfAUrlHasTheSchemesPort) {
  EXPECT_EQ(destination_of_url("http://192.0.2.1:3128/").value().port, 3128);
  EXPECT_EQ(destination_of_url("http://192.0.2.1").value().port, 80);
  EXPECT_EQ(destination_of_url("https://user:word@192.0.2.1/x").value().port, 443);
  EXPECT_EQ(destination_of_url("http://[2001:db8::1]/").value().port, 80);
  EXPECT_EQ(destination_of_url("http://[2001:db8::1]:3128").value().port, 3128);
  EXPECT_EQ(destination_of_url("http://[2001:db8::1]:3128").value().cidr, "2001:db8::1/128");
  EXPECT_FALSE(destination_of_url("http://proxy.lab.example:3128"));
  EXPECT_FALSE(destination_of_url(""));
}

TEST(HostOf, LeavesOutPortAndBrackets) {
  EXPECT_EQ(host_of("192.0.2.10:6443"), "192.0.2.10");
  EXPECT_EQ(host_of("[2001:db8::1]:443"), "2001:db8::1");
  EXPECT_EQ(host_of("api.lab.example:6443"), "api.lab.example");
}

}  // namespace
}  // namespace berth::manifests
