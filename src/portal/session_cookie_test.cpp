#include "portal/session_cookie.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace berth::portal {
namespace {

using std::chrono::seconds;

SessionCookie read(const http::Headers& headers) {
  return session_cookie_of(headers, kPlainCookieName);
}

TEST(SessionCookie, IsReadAndCountedOverAllCookieHeaders) {
  EXPECT_EQ(read({}).count, 0);
  EXPECT_EQ(
      read({{"Cookie", "theme=dark; xberth_session=1; berth_sessions=2; __Host-berth_session=3"}}).count, 0);
  const auto one = read({{"Cookie", "theme=dark;  berth_session=a=b; x"}});
  EXPECT_EQ(one.value, "a=b");
  EXPECT_EQ(one.count, 1);
  const auto two = read({{"cookie", "berth_session=a"}, {"Accept", "*/*"}, {"Cookie", "berth_session=b"}});
  EXPECT_EQ(two.value, "a");
  EXPECT_EQ(two.count, 2);
  EXPECT_EQ(read({{"Cookie", "berth_session=; berth_session=a"}}).count, 2) << "an empty one is one too";
}

std::vector<std::string> cleared(const std::string& host, const std::string& path, bool secure) {
  http::Request request;
  request.path = path;
  request.headers = {{"Host", host}};
  return clearing_cookies(request, secure);
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

TEST(SessionCookie, IsTakenAwayWhereverASiblingMayHaveSetIt) {
  const auto all = cleared("berth.apps.example.com:8443", "/api/v1/pools", false);
  EXPECT_EQ(all.front(), set_cookie(false, "", seconds(0)));
  for (const auto* path : {"/", "/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/pools"}) {
    for (const auto* domain : {"berth.apps.example.com", "apps.example.com", "example.com"}) {
      EXPECT_TRUE(
          has(all, std::string("berth_session=; Path=") + path + "; Domain=" + domain + "; Max-Age=0"))
          << path << " of " << domain;
    }
  }
  EXPECT_TRUE(has(all, "berth_session=; Path=/api; Max-Age=0"));
  EXPECT_EQ(all.size(), 6U * 4U);
}

TEST(SessionCookie, OnlyPathsAreTriedWhereTheHostHasNoPartsAndNeverWhatBreaksAHeader) {
  EXPECT_EQ(cleared("127.0.0.1:8080", "/api", false).size(), 2U);
  EXPECT_EQ(cleared("[::1]:8080", "/api", false).size(), 2U);
  EXPECT_EQ(cleared("localhost", "/", false).size(), 1U);
  EXPECT_EQ(cleared("evil.example; Path=/", "/", false).size(), 1U);
  EXPECT_EQ(cleared("localhost", "/a;b/c", false).size(), 1U);
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "/a";
  std::string names;
  for (int i = 0; i < 50; ++i) names += "a.";
  EXPECT_LE(cleared(names + "com", deep, false).size(), 13U * 7U) << "bounded, whatever is asked";
}

TEST(SessionCookie, OfTheHostAloneThereIsOne) {
  const auto all = cleared("berth.apps.example.com", "/api/v1/pools", true);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front(), "__Host-berth_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
}

}  // namespace
}  // namespace berth::portal
