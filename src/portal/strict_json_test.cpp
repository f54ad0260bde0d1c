#include "portal/strict_json.hpp"

#include <gtest/gtest.h>

namespace berth::portal {
namespace {

Error refused(std::string_view text) {
  const auto body = parse_body(text);
  EXPECT_FALSE(body) << text;
  return body ? Error{} : body.error();
}

TEST(StrictJson, ReadsWhatIsClear) {
  const auto body = parse_body(R"({"a": {"x": 1}, "b": [{"x": 2}, {"x": 3}], "c": "\u00e4"})");
  ASSERT_TRUE(body);
  EXPECT_EQ(json::serialize(*body), R"({"a":{"x":1},"b":[{"x":2},{"x":3}],"c":"ä"})");
}

TEST(StrictJson, AFieldThatIsGivenTwiceIsRefusedByName) {
  EXPECT_EQ(refused(R"({"units": 1, "units": 4})").fields,
            (std::vector<FieldError>{{"units", "", "once", "units is given twice."}}));
  EXPECT_EQ(refused(R"({"units": 1, "units": 4})").code, Code::kMalformed);
  EXPECT_EQ(refused(R"({"a": [1, {"b": {"c": 1, "c": 1}}]})").fields.front().field, "a[1].b.c");
  EXPECT_EQ(refused(R"({"name": 1, "n\u0061me": 2})").fields.front().field, "name");
}

TEST(StrictJson, TheCharacterThatTheDatabaseCannotKeepIsRefusedByName) {
  const auto error = refused(R"({"list": ["fine", "a\u0000b"]})");
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.fields.front().field, "list[1]");
  EXPECT_EQ(refused(R"({"a\u0000b": 1})").code, Code::kInvalid);
  EXPECT_EQ(refused(R"("\u0000")").fields.front().field, "body");
}

TEST(StrictJson, BrokenTextSaysWhatIsExpected) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{\"a\": 1} x"), std::string("{'a': 1}"),
        std::string("{\"a\": \"\xff\"}"), std::string(100'000, '['), std::string("nul")}) {
    const auto error = refused(text);
    EXPECT_EQ(error.code, Code::kMalformed);
    ASSERT_EQ(error.fields.size(), 1U);
    EXPECT_EQ(error.fields.front().field, "body");
    EXPECT_EQ(error.fields.front().limit, "one JSON value, nested at most 32 levels deep");
  }
}

TEST(StrictJson, ALongNameIsShownShort) {
  const std::string name(10'000, 'a');
  const auto body = parse_body("{\"" + name + "\":1,\"" + name + "\":2}");
  ASSERT_FALSE(body.has_value());
  EXPECT_LT(body.error().fields.at(0).field.size(), 200U);
  EXPECT_LT(body.error().message.size(), 300U);
}

}  // namespace
}  // namespace berth::portal
