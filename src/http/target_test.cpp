#include "http/target.hpp"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

TEST(Target, IsSplitAndDecoded) {
  const auto target =
      parse_target("/api/v1/pools/caf%C3%A9%20x?from=2026-01-01T00%3A00%3A00Z&to=a+b%2B&flag&&=x&a=1&a=2=3");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/v1/pools/caf\xc3\xa9 x");
  EXPECT_EQ(target->query, (Query{{"from", "2026-01-01T00:00:00Z"},
                                  {"to", "a b+"},
                                  {"flag", ""},
                                  {"", "x"},
                                  {"a", "1"},
                                  {"a", "2=3"}}));
}

TEST(Target, KeepsAPlusInThePathAndSlashesInTheQuery) {
  EXPECT_EQ(parse_target("/a+b"), (Target{.path = "/a+b", .query = {}}));
  EXPECT_EQ(parse_target("/?next=/a/../b%2Fc"), (Target{.path = "/", .query = {{"next", "/a/../b/c"}}}));
  EXPECT_EQ(parse_target("/a?"), (Target{.path = "/a", .query = {}}));
  EXPECT_EQ(parse_target("/a?b?c"), (Target{.path = "/a", .query = {{"b?c", ""}}}));
}

TEST(Target, KeepsNamesThatOnlyLookLikeDotSegments) {
  for (const auto* path : {"/...", "/.a", "/a.", "/..a/b..", "/a..b", "/"}) {
    const auto target = parse_target(path);
    ASSERT_TRUE(target) << path;
    EXPECT_EQ(target->path, path);
  }
}

TEST(Target, IsRefusedWhereTwoReadersCouldDiffer) {
  const std::vector<std::string> bad = {"",
                                        "hello",
                                        "*",
                                        "http://a/hello",
                                        "a:443",
                                        "/a%",
                                        "/a%2",
                                        "/a%zz",
                                        "/a%00",
                                        "/a?b=%00",
                                        "/a?%00",
                                        "/..",
                                        "/a/../b",
                                        "/a/..",
                                        "/./a",
                                        "/a/.",
                                        "/%2e%2e/b",
                                        "/a/%2E",
                                        "/a%2fb",
                                        "/a%2Fb",
                                        "/a%0ab",
                                        "/a%7f",
                                        "/a%1f",
                                        "/a b",
                                        "/a\tb",
                                        "/a\x01",
                                        "/caf\xc3\xa9",
                                        "/a#b",
                                        "/%ff",
                                        "/%c0%af",
                                        "/%ed%a0%80",
                                        "/%f4%90%80%80",
                                        "/%c3",
                                        "/a?b=%e2%82",
                                        "/a?b=%zz",
                                        "/a?b=%",
                                        "/a?b#c",
                                        "/a%2e%2e/../x"};
  for (const auto& text : bad) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, Code::kMalformed) << text;
  }
}

TEST(Target, ARefusalDoesNotRepeatWhatItRefuses) {
  const auto target = parse_target("/reset?token=s3cret%zz");
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().message.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace berth::http
