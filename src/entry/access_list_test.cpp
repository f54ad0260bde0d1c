#include "entry/access_list.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"

namespace berth::entry {
namespace {

TEST(AccessListText, IsReadAsItWasWritten) {
  SeededRandom random(5);
  const auto key = make_key(random);
  const AccessList list{
      .session = "s1",
      .host = "x7f3.apps.example",
      .people = {{"ana", "Ana \"the\" Ångström"}, {"ben", "Ben", *parse_rfc3339("2026-11-30T10:00:00.25Z")}},
      .keys = {{key.id, key.public_half}},
      .portal = "https://berth.example/reservations/r1"};
  const auto read = parse_access_list(to_text(list));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, list);
}

TEST(AccessListText, OfAnythingElseIsRefused) {
  for (const auto& text : std::vector<std::string>{
           "", "[]", "{}", R"({"session":"s","host":"h"})",
           R"({"session":"s","host":"h","people":{},"keys":[]})",
           R"({"session":"s","host":"h","people":[{"name":"x"}],"keys":[]})",
           R"({"session":"s","host":"h","people":[{"id":"x","since":1}],"keys":[]})",
           R"({"session":"s","host":"h","people":[{"id":"x","since":"soon"}],"keys":[]})",
           R"({"session":"s","host":"h","people":[],"keys":[{"id":"k","key":"AAAA"}]})",
           R"({"session":"","host":"h","people":[],"keys":[]})",
           R"({"session":"s","host":"h","people":[],"keys":[],"portal":"javascript:x"})",
           R"({"session":"s","host":"h","people":[],"keys":[],"portal":"https://)" +
               std::string(kMaxPortalBytes, 'a') + R"("})",
           std::string(kMaxListBytes + 1, ' ')}) {
    EXPECT_FALSE(parse_access_list(text)) << text.substr(0, 60);
  }
  EXPECT_TRUE(parse_access_list(R"({"session":"s","host":"h","people":[],"keys":[],"newer":1})"));
}

}  // namespace
}  // namespace berth::entry
