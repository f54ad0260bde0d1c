#include "modelcache/refusals.hpp"

#include <gtest/gtest.h>

#include "modelcache/hub.hpp"
#include "modelcache/rate_limit.hpp"
#include "modelcache/web.hpp"

namespace berth::modelcache {
namespace {

using std::chrono::milliseconds;
const Source kSource{.owner = "o", .name = "n", .revision = "r"};

TEST(Refusals, SayWhatSomebodyCanDo) {
  const auto words = [](Refusal refused) { return refusal(kSource, "fetch x", refused).message; };
  EXPECT_NE(words({.status = 401}).find("give a token"), std::string::npos);
  EXPECT_NE(words({.status = 401, .had_token = true}).find("does not take the token"), std::string::npos);
  EXPECT_NE(words({.status = 403, .error_code = "GatedRepo"}).find("licence"), std::string::npos);
  EXPECT_NE(words({.status = 404, .error_code = "RevisionNotFound"}).find("revision r"), std::string::npos);
  EXPECT_EQ(refusal(kSource, "x", {.status = 429, .retry_after_seconds = 7}).retry_after_seconds, 7);
}

TEST(Refusals, PausesDoubleAndAreBounded) {
  EXPECT_EQ(pause_after(1, milliseconds(500), 0), milliseconds(500));
  EXPECT_EQ(pause_after(3, milliseconds(500), 0), milliseconds(2000));
  EXPECT_EQ(pause_after(100, milliseconds(500), 0), kLongestPause);
  EXPECT_EQ(pause_after(1, milliseconds(500), 60), milliseconds(60'000));
  EXPECT_EQ(pause_after(1, milliseconds(500), 1'000'000), kLongestAskedPause);
  EXPECT_EQ(retry_after(" 12 "), 12);
  EXPECT_EQ(retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), 0);
  EXPECT_EQ(retry_after("-3"), 0);
}

TEST(RateLimit, LetsSoManyBytesPassInASecondAndSavesNoneUp) {
  RateLimit limit(1000);
  const RateLimit::Time start{std::chrono::hours(1)};
  EXPECT_EQ(limit.wait_after(500, start), milliseconds(500));
  EXPECT_EQ(limit.wait_after(500, start), milliseconds(1000));
  EXPECT_EQ(limit.wait_after(500, start + std::chrono::hours(1)), milliseconds(500));
  EXPECT_EQ(RateLimit(0).wait_after(500, start).count(), 0);
}

TEST(Redirects, OfAnAbsoluteOneAnotherHostMayAnswer) {
  const std::string url = "https://hub.example/o/n/resolve/c/x?y=1";
  EXPECT_FALSE(redirect(url, "/o2/n/resolve/c/x")->absolute);
  EXPECT_EQ(redirect(url, "/o2/n/resolve/c/x?a=http://z/")->url,
            "https://hub.example/o2/n/resolve/c/x?a=http://z/");
  EXPECT_FALSE(redirect(url, "/o2/n/resolve/c/x?a=http://z/")->absolute);
  for (const std::string to : {"https://cdn.example/x", "//cdn.example/x", "https://hub.example/x",
                               "https://hub.example:444/x", "HTTPS://CDN.example/x"})
    EXPECT_TRUE(redirect(url, to)->absolute) << to;
  for (const std::string to :
       {"http://hub.example/x", "file:///etc/passwd", "ftp://hub.example/", "https://u:p@hub.example/"})
    EXPECT_FALSE(redirect(url, to)) << to;
}

TEST(Endpoint, GetsATokenOnlyWhereNobodyElseHearsIt) {
  const auto good = [](std::string endpoint, std::string token) {
    return check_hub({.endpoint = std::move(endpoint), .token = std::move(token)}).has_value();
  };
  EXPECT_TRUE(good("https://hub.example/mirror", "t"));
  EXPECT_TRUE(good("http://hub.example", ""));
  EXPECT_TRUE(good("http://127.0.0.1:80", "t"));
  EXPECT_FALSE(good("http://hub.example", "t"));
  EXPECT_FALSE(good("https://hub.example", "t\r\nHost: x"));
  EXPECT_FALSE(good("https://hub.example/?a", "t"));
  EXPECT_FALSE(good("ftp://hub.example", ""));
  EXPECT_FALSE(good("", ""));
}

}  // namespace
}  // namespace berth::modelcache
