#include "portal/client_address.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "portal/fixture.hpp"
#include "portal/sign_in_limits.hpp"

namespace berth::portal {
namespace {

TrustedProxies trusting(const std::vector<std::string>& networks) {
  return must(TrustedProxies::parse(networks));
}

std::string asks(const TrustedProxies& proxies, const std::string& peer, const std::string& forwarded_for) {
  return client_address(proxies, peer, {{"Host", "berth"}, {"x-forwarded-for", forwarded_for}});
}

TEST(ClientAddress, IsTheOtherEndUnlessThatIsTrusted) {
  EXPECT_EQ(asks({}, "10.0.0.1", "203.0.113.7"), "10.0.0.1");
  EXPECT_EQ(asks(trusting({"10.0.0.0/8"}), "192.0.2.1", "203.0.113.7"), "192.0.2.1")
      << "anybody can write such a header";
  EXPECT_EQ(asks(trusting({"10.0.0.0/8"}), "10.0.0.1", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client_address(trusting({"10.0.0.0/8"}), "10.0.0.1", {}), "10.0.0.1");
}

TEST(ClientAddress, IsTheRightMostThatIsNotTrustedWhateverStandsLeftOfIt) {
  const auto proxies = trusting({"10.0.0.0/8", "2001:db8:1::/48"});
  EXPECT_EQ(asks(proxies, "10.0.0.1", "198.51.100.1, 203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", "198.51.100.1, 203.0.113.7, 10.9.9.9,2001:db8:1::5"), "203.0.113.7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", "<script>, ,,203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", std::string(10'000, ',') + "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client_address(proxies, "10.0.0.1",
                           {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "203.0.113.7"}}),
            "203.0.113.7")
      << "the last header is the last proxy's";
}

TEST(ClientAddress, IsTheOtherEndWhereTheHeaderDoesNotSayIt) {
  const auto proxies = trusting({"10.0.0.0/8"});
  for (const std::string header :
       {"", ",", "unknown", "203.0.113.7,", "203.0.113.256", "203.0.113", "203.0.113.7 10.0.0.2", "[::1",
        "::1]", "203.0.113.7:http", "[2001:db8::7]x", "1:2:3", "fe80::1%eth0", "10.0.0.2",
        "10.0.0.2, 10.0.0.3"}) {
    EXPECT_EQ(asks(proxies, "10.0.0.1", header), "10.0.0.1") << header;
  }
  EXPECT_EQ(asks(proxies, "10.0.0.1", std::string(5'000, '1')), "10.0.0.1");
  std::string hops = "203.0.113.7";
  for (std::size_t i = 0; i + 1 < kMostForwardedHops; ++i) hops += ", 10.0.0.2";
  EXPECT_EQ(asks(proxies, "10.0.0.1", hops), "203.0.113.7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", hops + ", 10.0.0.2"), "10.0.0.1") << "no further than so many hops";
}

TEST(ClientAddress, HasOneFormForEachAddress) {
  const auto proxies = trusting({"10.0.0.0/8"});
  EXPECT_EQ(asks(proxies, "10.0.0.1", "2001:DB8:0:0::7"), "2001:db8::7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", "[2001:db8::7]"), "2001:db8::7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", "[2001:db8::7]:4711"), "2001:db8::7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", "203.0.113.7:4711"), "203.0.113.7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", "::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(asks(proxies, "10.0.0.1", "203.0.113.7, ::ffff:10.1.2.3"), "203.0.113.7");
}

TEST(TrustedProxies, AreNetworksOrSingleAddresses) {
  const auto proxies =
      trusting({"10.128.0.0/14", " 192.0.2.1", "fd00::/8", "2001:db8::1", "198.51.100.77/25"});
  for (const auto* address : {"10.128.0.0", "10.131.255.255", "192.0.2.1", "fd12::1", "2001:db8::1",
                              "198.51.100.0", "198.51.100.127"})
    EXPECT_TRUE(proxies.trusts(address)) << address;
  for (const auto* address : {"10.127.255.255", "10.132.0.0", "192.0.2.2", "fe00::1", "2001:db8::2",
                              "198.51.100.128", "", "nobody", "10.128.0.0/14"})
    EXPECT_FALSE(proxies.trusts(address)) << address;
  EXPECT_TRUE(trusting({"0.0.0.0/0"}).trusts("203.0.113.7"));
  EXPECT_FALSE(trusting({"0.0.0.0/0"}).trusts("2001:db8::1"));
  EXPECT_TRUE(TrustedProxies().empty());
}

TEST(TrustedProxies, WhatIsNoNetworkIsRefusedWithItsText) {
  for (const std::string text : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "10.0.0/8",
                                 "fd00::/129", "router", "10.0.0.0/8/8"}) {
    const auto refused = TrustedProxies::parse({"192.0.2.1", text});
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    EXPECT_EQ(refused.error().fields.at(0).field, "trusted-proxy");
    EXPECT_EQ(refused.error().fields.at(0).value, text);
  }
  EXPECT_FALSE(
      TrustedProxies::parse(std::vector<std::string>(TrustedProxies::kMostNetworks + 1, "10.0.0.1")));
}

class BehindAProxy : public PortalTest {
 protected:
  int tries(Client& client, const std::string& from, int most) {
    for (int i = 0; i < most; ++i) {
      const auto answer =
          client.post("/api/v1/auth/login", {{"email", "guessed@example.org"}, {"password", "guess"}},
                      {{"X-Forwarded-For", from}});
      if (answer.status == 429) return i;
    }
    return most;
  }
  std::int64_t audited(const std::string& from) {
    return site().number(
        fmt::format("SELECT coalesce(sum(count), 0)::bigint AS x FROM berth.audit WHERE action = "
                    "'auth.refused' AND source_ip = '{}'",
                    from));
  }
};

TEST_F(BehindAProxy, OnePersonsGuessesDoNotLockOutAllThatComeThroughIt) {
  auto settings = site().settings();
  settings.trusted_proxies = trusting({"127.0.0.0/8"});
  const auto portal = site().start_portal(settings);
  Client client(portal->port());
  EXPECT_EQ(tries(client, "203.0.113.7", 20), SignInLimits::kTriesPerPair);
  EXPECT_EQ(tries(client, "made up, 203.0.113.7", 1), 0) << "what stands to the left changes nothing";
  EXPECT_EQ(tries(client, "203.0.113.8", 1), 1);
  EXPECT_EQ(audited("203.0.113.7"), 1) << "the first at once";
  portal->stop(std::chrono::milliseconds(0));
  EXPECT_EQ(audited("203.0.113.7"), SignInLimits::kTriesPerPair) << "the others in one row";
  EXPECT_EQ(site().number("SELECT count(*) AS x FROM berth.audit WHERE action = 'auth.limited'"
                          " AND outcome = 'refused' AND source_ip = '203.0.113.7'"),
            1)
      << "refusals beyond the limit are one row";
  EXPECT_EQ(audited("203.0.113.8"), 1);
}

TEST_F(BehindAProxy, OneNetworkOfIpv6IsOneAddressToTheLimits) {
  auto settings = site().settings();
  settings.trusted_proxies = trusting({"127.0.0.0/8"});
  const auto portal = site().start_portal(settings);
  Client client(portal->port());
  const auto guess = [&](int i) {
    return client
        .post("/api/v1/auth/login", {{"email", site().admin.email}, {"password", "guess"}},
              {{"X-Forwarded-For", fmt::format("2001:db8:1:1::{}", i)}})
        .status;
  };
  for (int i = 1; i <= SignInLimits::kTriesPerPair; ++i) EXPECT_EQ(guess(i), 401);
  EXPECT_EQ(guess(SignInLimits::kTriesPerPair + 1), 429);
}

TEST_F(BehindAProxy, TheHeaderIsNotBelievedUnlessItWasSet) {
  auto client = site().stranger();
  tries(client, "203.0.113.9", 1);
  EXPECT_EQ(audited("203.0.113.9"), 0);
  EXPECT_GE(audited("127.0.0.1"), 1);
}

}  // namespace
}  // namespace berth::portal
