#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "http/http.hpp"

namespace berth::http {
namespace {

using Params = std::vector<std::pair<std::string, std::string>>;
using Methods = std::vector<std::string>;

Handler any() {
  return [](const Request&) { return Response{}; };
}

Router router(std::initializer_list<std::pair<const char*, const char*>> routes) {
  Router made;
  for (const auto& [method, pattern] : routes) made.add(method, pattern, any());
  return made;
}

TEST(Router, FindsLiteralsAndParameters) {
  const auto routes = router({{"GET", "/"}, {"GET", "/pools"}, {"GET", "/pools/{pool}/units/{unit}"}});
  EXPECT_EQ(routes.match("GET", "/").pattern, "/");
  EXPECT_EQ(routes.match("GET", "/pools").pattern, "/pools");
  const auto match = routes.match("GET", "/pools/lab/units/gpu 1");
  EXPECT_NE(match.handler, nullptr);
  EXPECT_EQ(match.pattern, "/pools/{pool}/units/{unit}");
  EXPECT_EQ(match.params, (Params{{"pool", "lab"}, {"unit", "gpu 1"}}));
}

TEST(Router, SaysNothingForUnknownPaths) {
  const auto routes = router({{"GET", "/pools"}, {"GET", "/pools/{pool}"}});
  for (const auto* path : {"", "pools", "/", "/pool", "/poolsx", "/pools/", "/pools//", "/pools/lab/",
                           "/pools/lab/x", "//pools"}) {
    const auto match = routes.match("GET", path);
    EXPECT_EQ(match.handler, nullptr) << path;
    EXPECT_TRUE(match.allowed_methods.empty()) << path;
  }
}

TEST(Router, TellsWhichMethodsAPathHas) {
  const auto routes = router({{"GET", "/a/{id}"}, {"PATCH", "/a/{id}"}, {"POST", "/a/new"}, {"POST", "/b"}});
  const auto match = routes.match("DELETE", "/a/new");
  EXPECT_EQ(match.handler, nullptr);
  EXPECT_EQ(match.allowed_methods, (Methods{"GET", "HEAD", "PATCH", "POST"}));
  EXPECT_EQ(routes.match("GET", "/b").allowed_methods, (Methods{"POST"}));
}

TEST(Router, AnswersHeadByTheRouteOfGetUnlessItHasItsOwn) {
  const auto routes = router({{"GET", "/a"}, {"GET", "/b/{x}"}, {"HEAD", "/b/{x}"}, {"POST", "/c"}});
  EXPECT_NE(routes.match("HEAD", "/a").handler, nullptr);
  EXPECT_NE(routes.match("HEAD", "/b/1").handler, routes.match("GET", "/b/1").handler);
  EXPECT_EQ(routes.match("HEAD", "/c").handler, nullptr);
}

TEST(Router, PrefersLiteralsThenVerbsThenParametersThenRests) {
  const std::initializer_list<std::pair<const char*, const char*>> in_order = {{"GET", "/a/me"},
                                                                               {"GET", "/a/{id}:go"},
                                                                               {"GET", "/a/{id}"},
                                                                               {"GET", "/a/{rest...}"},
                                                                               {"GET", "/{all...}"}};
  std::vector<std::pair<const char*, const char*>> reversed(in_order);
  std::ranges::reverse(reversed);
  Router backwards;
  for (const auto& [method, pattern] : reversed) backwards.add(method, pattern, any());
  for (const auto& routes : {router(in_order), backwards}) {
    EXPECT_EQ(routes.match("GET", "/a/me").pattern, "/a/me");
    EXPECT_EQ(routes.match("GET", "/a/me:go").pattern, "/a/{id}:go");
    EXPECT_EQ(routes.match("GET", "/a/me:stop").pattern, "/a/{id}");
    EXPECT_EQ(routes.match("GET", "/a/me/x").pattern, "/a/{rest...}");
    EXPECT_EQ(routes.match("GET", "/b").pattern, "/{all...}");
  }
}

TEST(Router, TakesVerbsBehindLiteralsAndParameters) {
  const auto routes = router({{"POST", "/reservations:find-a-time"}, {"POST", "/pools/{pool}:drain"}});
  EXPECT_NE(routes.match("POST", "/reservations:find-a-time").handler, nullptr);
  EXPECT_EQ(routes.match("POST", "/reservations").handler, nullptr);
  EXPECT_EQ(routes.match("POST", "/pools/a:b:drain").params, (Params{{"pool", "a:b"}}));
  EXPECT_EQ(routes.match("POST", "/pools/:drain").handler, nullptr);
}

TEST(Router, GivesARestWithItsSlashes) {
  const auto routes = router({{"GET", "/files/{path...}"}});
  EXPECT_EQ(routes.match("GET", "/files/a/b.js").params, (Params{{"path", "a/b.js"}}));
  EXPECT_EQ(routes.match("GET", "/files/").params, (Params{{"path", ""}}));
  EXPECT_EQ(routes.match("GET", "/files/a//").params, (Params{{"path", "a//"}}));
  EXPECT_EQ(routes.match("GET", "/files").handler, nullptr);
}

TEST(Router, RefusesPatternsThatCannotBeMeant) {
  for (const auto* pattern : {"", "a", "/{}", "/{a", "/a}", "/{a}b", "/{a}:", "/{a}:v/b", "/{a...}/b",
                              "/{...}", "/{a...}:v", "/x{a}", "//", "/a/", "/{a}{b}", "/{{a}}"}) {
    Router routes;
    EXPECT_THROW(routes.add("GET", pattern, any()), std::invalid_argument) << pattern;
  }
  auto routes = router({{"GET", "/a"}});
  EXPECT_THROW(routes.add("GET", "/a", any()), std::invalid_argument);
}

}  // namespace
}  // namespace berth::http
