#include "base/json.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(Json, ReadsAPath) {
  const auto value = parse_json(R"({"metadata":{"name":"lab","replicas":3,"ready":true}})");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(string_at(*value, {"metadata", "name"}), "lab");
  EXPECT_EQ(find_int(*value, {"metadata", "replicas"}), 3);
  EXPECT_EQ(find_bool(*value, {"metadata", "ready"}), true);
  EXPECT_EQ(find_string(*value, {"metadata", "replicas"}), std::nullopt);
  EXPECT_EQ(find(*value, {"metadata", "name", "deeper"}), nullptr);
}

TEST(Json, PointsIntoTheObjectItself) {
  const json::object object{{"a", json::object{{"b", 1}}}};
  EXPECT_EQ(find(object, {"a"}), &object.at("a"));
  EXPECT_EQ(find(object, {"a", "b"}), &object.at("a").as_object().at("b"));
  EXPECT_EQ(find(object, {"b"}), nullptr);
}

TEST(Json, SaysWhatIsBroken) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "nul", "{} {}", "{\"a\":1}x"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, Code::kMalformed) << text;
  }
}

TEST(Json, NumbersAreFinite) {
  for (const char* text : {"1e400", "[-1e309]", "{\"a\":[1e999]}"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, Code::kMalformed) << text;
  }
  EXPECT_TRUE(parse_json("[1e308,-1e308,1e-400]").has_value());
}

TEST(Json, RefusesDepthBeyondTheLimit) {
  const auto value = parse_json(std::string(100000, '[') + std::string(100000, ']'));
  ASSERT_FALSE(value.has_value());
  EXPECT_NE(value.error().message.find("32"), std::string::npos);
}

}  // namespace
}  // namespace berth
