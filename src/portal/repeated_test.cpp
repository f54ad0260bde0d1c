// Answers that are asked for again: compressed, and not sent to who has them.
#include "portal/repeated.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using testing::StartsWith;

TEST(Lists, AnEntryWhateverElseThereIs) {
  EXPECT_TRUE(lists("br, gzip;q=0.5", "gzip"));
  EXPECT_TRUE(lists("gzip", "gzip"));
  EXPECT_FALSE(lists("gzip;q=0, br", "gzip"));
  EXPECT_FALSE(lists("gzip; q=0.000", "gzip"));
  EXPECT_FALSE(lists("gzipped", "gzip"));
  EXPECT_FALSE(lists("", "gzip"));
}

TEST(TakesGzip, InAnyCaseAndAsAnything) {
  for (const auto* taken :
       {"gzip", "GZIP", "br, Gzip;q=0.5", "x-gzip", "*", "br, *;q=0.1", "gzip;Q=1, *;q=0"})
    EXPECT_TRUE(takes_gzip(taken)) << taken;
  for (const auto* refused : {"", "br", "gzip;q=0", "GZIP;Q=0", "gzip;q=0, *", "*;q=0", "gzipped"})
    EXPECT_FALSE(takes_gzip(refused)) << refused;
}

class Repeated : public PortalTest {
 protected:
  /// Of a time of their own, so that nothing another test does is in it. All but usage, in which time runs.
  static std::vector<std::string> targets(Instant day) {
    const auto window =
        fmt::format("pool=lab&from={}&to={}", format_rfc3339(day), format_rfc3339(day + hours(8)));
    return {"/api/v1/pools", "/api/v1/availability?" + window, "/api/v1/calendar?" + window,
            "/api/v1/reservations?pool=lab&mine=true&sort=start"};
  }
  static http::Headers gzip() { return {{"Accept-Encoding", "gzip"}}; }
  static void must_be_booked(Client& client, Instant day) {
    ASSERT_EQ(client.post("/api/v1/reservations", booking_body(day)).status, 201);
  }
};

TEST_F(Repeated, AnswersAreCompressedForWhoTakesThat) {
  const auto day = site().fresh_day();
  auto client = site().client(site().ana);
  must_be_booked(client, day);
  for (const auto& target : targets(day)) {
    const auto plain = client.get(target);
    ASSERT_EQ(plain.status, 200) << target;
    EXPECT_EQ(plain.header("Content-Encoding"), "") << target;
    EXPECT_EQ(plain.header("Vary"), "Accept-Encoding") << target;
    EXPECT_EQ(plain.header("Cache-Control"), "private, no-cache") << target;
    const auto compressed = client.get(target, gzip());
    EXPECT_EQ(compressed.header("Content-Encoding"), plain.body.size() < kCompressFromBytes ? "" : "gzip")
        << target;
    EXPECT_EQ(compressed.body, plain.body) << target;
    EXPECT_EQ(client.get(target, {{"Accept-Encoding", "identity, gzip;q=0"}}).header("Content-Encoding"), "");
  }
}

TEST_F(Repeated, WhoHasItIsToldSo) {
  const auto day = site().fresh_day();
  auto client = site().client(site().ana);
  for (const auto& target : targets(day)) {
    for (const auto& encoding : {http::Headers{}, gzip()}) {
      const auto first = client.get(target, encoding);
      const auto tag = first.header("ETag");
      ASSERT_THAT(tag, StartsWith("\"")) << target;
      for (const auto& known : {tag, "\"other\", W/" + tag, std::string("*")}) {
        auto headers = encoding;
        headers.emplace_back("If-None-Match", known);
        const auto again = client.get(target, headers);
        EXPECT_EQ(again.status, 304) << target << " " << known;
        EXPECT_EQ(again.body, "");
        EXPECT_EQ(again.header("ETag"), tag);
        EXPECT_EQ(again.header("Cache-Control"), "private, no-cache");
        EXPECT_EQ(again.header("Content-Type"), "");
      }
      auto headers = encoding;
      headers.emplace_back("If-None-Match", "\"other\"");
      EXPECT_EQ(client.get(target, headers).body, first.body);
    }
  }
}

TEST_F(Repeated, WhatChangedIsSentAgain) {
  const auto day = site().fresh_day();
  auto client = site().client(site().ana);
  const auto all = targets(day);
  for (const auto& target : {all[1], all[2], all[3]}) {
    const auto before = client.get(target);
    must_be_booked(client, day);
    const auto after = client.get(target, {{"If-None-Match", before.header("ETag")}});
    EXPECT_EQ(after.status, 200) << target;
    EXPECT_NE(after.body, before.body) << target;
  }
}

TEST_F(Repeated, NobodyLearnsWhatAnotherHas) {
  const auto day = site().fresh_day();
  auto ana = site().client(site().ana);
  must_be_booked(ana, day);
  const auto calendar = targets(day)[2];
  const auto tag = ana.get(calendar).header("ETag");
  EXPECT_EQ(site().client(site().ben).get(calendar, {{"If-None-Match", tag}}).status, 200)
      << "to him her bars have no name";
  EXPECT_EQ(site().stranger().get(calendar, {{"If-None-Match", tag}}).status, 401);
  EXPECT_EQ(site().stranger().get(calendar, {{"If-None-Match", "*"}}).status, 401);
}

TEST_F(Repeated, AllElseIsKeptByNobody) {
  auto client = site().client(site().ana);
  for (const std::string target : {"/api/v1/me", "/api/v1/tokens", "/api/v1/calendar?pool=nowhere"}) {
    const auto answer = client.get(target, gzip());
    EXPECT_EQ(answer.header("Cache-Control"), "no-store") << target;
    EXPECT_EQ(answer.header("ETag"), "") << target;
    EXPECT_EQ(answer.header("Content-Encoding"), "") << target;
  }
}

}  // namespace
}  // namespace berth::portal
