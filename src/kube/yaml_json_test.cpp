#include "kube/yaml_json.hpp"

#include <gtest/gtest.h>

namespace berth::kube {
namespace {

TEST(Yaml, BecomesJson) {
  EXPECT_EQ(yaml_to_json("a: 1\nb: [x, 'true', true, ~]\nc: {d: \"e\"}\n"),
            json::value({{"a", "1"}, {"b", {"x", "true", true, nullptr}}, {"c", {{"d", "e"}}}}));
  EXPECT_EQ(yaml_to_json("base: &b {x: y}\nuse: *b\n"),
            json::value({{"base", {{"x", "y"}}}, {"use", {{"x", "y"}}}}));
  EXPECT_EQ(yaml_to_json(""), json::value(nullptr));
  EXPECT_EQ(yaml_to_json(R"({"json": "is yaml"})"), json::value({{"json", "is yaml"}}));
}

TEST(Yaml, DoesNotExpandABomb) {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + before + ", *a" + before + "]\n";
  }
  const auto value = yaml_to_json(bomb);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Code::kTooLarge);
}

TEST(Yaml, IsBoundInDepth) {
  for (const std::string& text : {std::string(200, '[') + std::string(200, ']'), std::string(100'000, '['),
                                  std::string("a: &a [*a]")}) {
    EXPECT_FALSE(yaml_to_json(text)) << text.substr(0, 20);
  }
}

TEST(Yaml, SaysWhereItIsBrokenAndNotWhat) {
  const auto value = yaml_to_json("users:\n- token: {secret-of-ours\n");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Code::kMalformed);
  EXPECT_NE(value.error().message.find("line"), std::string::npos);
  EXPECT_EQ(value.error().message.find("secret"), std::string::npos);
}

TEST(Yaml, RefusesAKeyThatComesTwice) {
  EXPECT_FALSE(yaml_to_json("a: 1\na: 2\n"));
  EXPECT_FALSE(yaml_to_json("{[a]: 1}"));
}

}  // namespace
}  // namespace berth::kube
