#include "cli/cache_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const Instant kNow = Instant(hours(24 * 20'000));

json::object state(const char* word) {
  return {{"id", "a"},
          {"kind", "model"},
          {"source", "hf://owner/name@main"},
          {"state", word},
          {"since", format_rfc3339(kNow - hours(1))},
          {"bytes", 1 << 20},
          {"of_bytes", 3 << 20},
          {"rate", 1 << 20},
          {"seconds_left", 2},
          {"digest", std::string(40, 'a')},
          {"reason", ""}};
}
json::value node(const json::object& artifact, Duration ago = Duration(0)) {
  const json::object disk{
      {"bytes", 100}, {"free", 25}, {"held", 10}, {"high_percent", 85}, {"low_percent", 75}};
  return json::object{{"items", json::array{json::object{{"pool", "lab"},
                                                         {"node", "gpu-1"},
                                                         {"reported_at", format_rfc3339(kNow - ago)},
                                                         {"disk", disk},
                                                         {"rate", 0},
                                                         {"fault", ""},
                                                         {"artifacts", json::array{artifact}}}}}};
}

TEST(CacheText, OfANodeSaysItsDiskAndHowFarEachIs) {
  const auto text = cache_nodes_text(node(state("pulling")), kNow);
  EXPECT_THAT(text, HasSubstr("gpu-1 (lab): disk 75 % of 100 B used, 10 B by models, mark 85 %\n"));
  EXPECT_THAT(text, HasSubstr("1.0 MiB of 3.0 MiB, 1.0 MiB/s, 2 s left"));
  EXPECT_THAT(text, Not(HasSubstr("nothing heard")));
  EXPECT_THAT(cache_nodes_text(node(state("cached")), kNow), HasSubstr("  3.0 MiB  "));
}

TEST(CacheText, ADaemonThatIsSilentIsNamed) {
  EXPECT_THAT(cache_nodes_text(node(state("cached"), minutes(30)), kNow),
              HasSubstr("nothing heard for 30 min"));
}

TEST(CacheText, WhatANodeSaysCannotSteerATerminal) {
  auto failed = state("failed");
  failed["reason"] = "\x1b[2Jgone";
  EXPECT_THAT(cache_nodes_text(node(failed), kNow), Not(HasSubstr("\x1b")));
}

TEST(CacheText, OneIsMeantByItsSourceOrId) {
  const json::array items{json::object{{"id", "aaaaaaaa-1"}, {"source", "hf://o/n@main"}},
                          json::object{{"id", "aaaaaaaa-2"}, {"source", "hf://o/n@v1"}}};
  EXPECT_EQ(string_at(*choose_cached("hf://o/n", "source", items), {"id"}), "aaaaaaaa-1");
  EXPECT_EQ(string_at(*choose_cached("hf://o/n@v1", "source", items), {"id"}), "aaaaaaaa-2");
  EXPECT_EQ(string_at(*choose_cached("aaaaaaaa-2", "source", items), {"id"}), "aaaaaaaa-2");
  EXPECT_EQ(choose_cached("aaaaaaaa", "source", items).error().code, Code::kInvalid);
  const json::array one{items[0]};
  EXPECT_EQ(choose_cached("aaaaaaa", "source", one).error().code, Code::kNotFound);
  EXPECT_TRUE(choose_cached("aaaaaaaa", "source", one));
  EXPECT_EQ(choose_cached("b", "source", items).error().code, Code::kNotFound);
  EXPECT_EQ(choose_cached("", "source", items).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace berth::cli
