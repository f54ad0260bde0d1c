#include "portal/shares.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "portal/test_client.hpp"

namespace berth::portal {
namespace {

const model::UserId kAna{"0b0f8c1e-0000-4000-8000-000000000001"};
const model::UserId kBen{"0b0f8c1e-0000-4000-8000-000000000002"};

http::Request from(std::string peer, http::Headers headers = {}) {
  http::Request request;
  request.method = "GET";
  request.peer = std::move(peer);
  request.headers = std::move(headers);
  return request;
}
http::Request with_token(const std::string& token) {
  return from("192.0.2.1", {{"Authorization", "Bearer " + token}});
}

TEST(Shares, AGoodCredentialCountsForItsUserAndAnyOtherForItsAddress) {
  KnownCallers callers(false);
  EXPECT_EQ(share_of(callers, with_token("one")).name, "192.0.2.1") << "it was never good";
  EXPECT_TRUE(share_of(callers, with_token("one")).many);
  callers.learn(with_token("one"), kAna);
  callers.learn(with_token("two"), kAna);
  callers.learn(from("192.0.2.1", {{"Cookie", "berth_session=three"}}), kBen);
  const auto ana = share_of(callers, with_token("one"));
  EXPECT_EQ(ana.name, "user " + kAna.value);
  EXPECT_FALSE(ana.many);
  EXPECT_EQ(share_of(callers, with_token("two")).name, ana.name) << "more tokens are no more shares";
  EXPECT_EQ(share_of(callers, from("2001:db8::7", {{"Cookie", "berth_session=three"}})).name,
            "user " + kBen.value);
  EXPECT_EQ(share_of(callers, with_token("invented")).name, "192.0.2.1");
  EXPECT_EQ(share_of(callers, from("2001:db8::7")).name, "2001:db8::/64");
}

TEST(Shares, ANodesTokenCountsForItsNode) {
  KnownCallers callers(false);
  callers.learn(with_token("old"), model::NodeId{7});
  callers.learn(with_token("new"), model::NodeId{7});
  EXPECT_EQ(share_of(callers, with_token("old")).name, "node 7");
  EXPECT_EQ(share_of(callers, with_token("new")).name, "node 7");
  EXPECT_FALSE(share_of(callers, with_token("new")).many);
}

TEST(Shares, ACookieOfTheOtherNameIsNobodys) {
  const auto cookies = [](std::string_view of_host, std::string_view plain) {
    return from("192.0.2.1",
                {{"Cookie", fmt::format("__Host-berth_session={}; berth_session={}", of_host, plain)}});
  };
  KnownCallers secure(true);
  secure.learn(cookies("ana", "ben"), kAna);
  EXPECT_EQ(share_of(secure, cookies("ana", "")).name, "user " + kAna.value);
  EXPECT_EQ(share_of(secure, cookies("", "ana")).name, "192.0.2.1")
      << "anybody beside the portal can set that one";
  EXPECT_FALSE(has_credential(from("192.0.2.1", {{"Cookie", "berth_session=ana"}}), true));

  KnownCallers plain(false);
  plain.learn(cookies("ana", "ben"), kBen);
  EXPECT_EQ(share_of(plain, cookies("", "ben")).name, "user " + kBen.value);
  EXPECT_EQ(share_of(plain, cookies("ben", "")).name, "192.0.2.1");
  EXPECT_FALSE(has_credential(from("192.0.2.1", {{"Cookie", "__Host-berth_session=ana"}}), false));
}

TEST(Shares, ThoseWhoCameLastAreKnown) {
  constexpr std::size_t kMost = 4;
  KnownCallers callers(false, kMost);
  for (int i = 0; i < 100; ++i) {
    callers.learn(with_token(fmt::format("of ben {}", i)), kBen);
    callers.learn(with_token("of ana"), kAna);
    ASSERT_TRUE(callers.find(with_token("of ana"))) << i;
  }
  EXPECT_FALSE(callers.find(with_token("of ben 0")));
}

TEST(Shares, WhatReadsALongTimeOrManyRowsIsHeavy) {
  const auto weight = [](const std::string& method, const std::string& target) {
    auto request = from("192.0.2.1");
    if (const auto ask = target.find('?'), is = target.find('='); ask != std::string::npos)
      request.query = {{target.substr(ask + 1, is - ask - 1), target.substr(is + 1)}};
    const auto* operation = operation_of(method, "/api/v1" + target);
    EXPECT_NE(operation, nullptr) << target;
    return weight_of(*operation, request);
  };
  for (const auto* target : {"/calendar", "/availability", "/usage", "/cache/nodes", "/cache/nodes?pool=x",
                             "/reservations?limit=500", "/audit?limit=101", "/reservations?q=x",
                             "/reservations?device_class=x", "/audit?actor=x", "/audit?object=x"})
    EXPECT_EQ(weight("GET", target), http::Weight::kHeavy) << target;
  for (const auto* target : {"/pools", "/auth/me", "/reservations", "/reservations?limit=100",
                             "/reservations?limit=x", "/reservations?mine=true", "/events"})
    EXPECT_EQ(weight("GET", target), http::Weight::kLight) << target;
  EXPECT_EQ(weight("POST", "/auth/login"), http::Weight::kLight);
}

}  // namespace
}  // namespace berth::portal
