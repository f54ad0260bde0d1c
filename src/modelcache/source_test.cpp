#include "modelcache/source.hpp"

#include <gtest/gtest.h>

#include "base/percent.hpp"

namespace berth::modelcache {
namespace {

TEST(Source, IsOwnerNameAndRevision) {
  EXPECT_EQ(parse_source("hf://Qwen/Qwen3-8B@refs/pr/1").value(),
            (Source{.owner = "Qwen", .name = "Qwen3-8B", .revision = "refs/pr/1"}));
  EXPECT_EQ(parse_source("hf://a/b.c_d")->revision, "main");
  EXPECT_EQ(parse_source("hf://a/b")->folder(), "models--a--b");
}

TEST(Source, OfAnythingElseSaysFieldValueAndLimit) {
  struct Case {
    std::string text;
    std::string field;
  };
  const std::string long_name(kMaxNameBytes + 1, 'x');
  for (const auto& [text, field] : std::vector<Case>{{"a/b", "address"},
                                                     {"https://a/b", "address"},
                                                     {"hf://a", "address"},
                                                     {"hf:///b", "owner"},
                                                     {"hf://a/", "name"},
                                                     {"hf://a/b/c", "name"},
                                                     {"hf://a/..", "name"},
                                                     {"hf://a--b/c", "owner"},
                                                     {"hf://a/-b", "name"},
                                                     {"hf://a/b ", "name"},
                                                     {"hf://a/" + long_name, "name"},
                                                     {"hf://a/b@", "revision"},
                                                     {"hf://a/b@..", "revision"},
                                                     {"hf://a/b@/x", "revision"},
                                                     {"hf://a/b@x/", "revision"},
                                                     {"hf://a/b@x//y", "revision"},
                                                     {"hf://a/b@x/.y", "revision"},
                                                     {"hf://a/b@x.lock", "revision"},
                                                     {"hf://a/b@x\ny", "revision"},
                                                     {"hf://a/b@a@b", "revision"}}) {
    const auto parsed = parse_source(text);
    ASSERT_FALSE(parsed) << text;
    ASSERT_EQ(parsed.error().fields.size(), 1U) << text;
    EXPECT_EQ(parsed.error().fields[0].field, field) << text;
    EXPECT_FALSE(parsed.error().fields[0].limit.empty());
    EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  }
}

TEST(Source, ARevisionIsOneWordOfAUrl) {
  EXPECT_EQ(percent_encoded("refs/pr/1"), "refs%2Fpr%2F1");
  EXPECT_EQ(percent_encoded("a b/ü?#%", true), "a%20b/%C3%BC%3F%23%25");
}

TEST(Source, ACommitIsFortyDigits) {
  EXPECT_TRUE(is_commit(std::string(40, 'a')));
  EXPECT_FALSE(is_commit(std::string(40, 'A')));
  EXPECT_FALSE(is_commit(std::string(39, 'a')));
}

}  // namespace
}  // namespace berth::modelcache
