#include "base/json_text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace berth {
namespace {

TEST(JsonText, NumbersAreAsPeopleWriteThem) {
  const json::value value{
      {"rate", 0.8},           {"whole", 62.0}, {"count", 3},
      {"tiny", 0.000023},      {"big", 1e22},   {"list", {1.5, nullptr, true, "a\"\n", "\u00fc"}},
      {"none", json::object{}}};
  EXPECT_EQ(
      json_text(value),
      R"({"rate":0.8,"whole":62,"count":3,"tiny":0.000023,"big":1e+22,"list":[1.5,null,true,"a\"\n","ü"],"none":{}})");
}

TEST(JsonText, IsReadAsTheSame) {
  for (const double number : {0.1, 1.0 / 3, 4.9e-324, 1.7976931348623157e308, -2.5e-7, 1e21, 123456789.125}) {
    const auto read = parse_json(json_text(json::array{number}));
    ASSERT_TRUE(read.has_value()) << number;
    EXPECT_EQ(read->as_array().front().to_number<double>(), number);
  }
}

TEST(JsonText, WhatIsNoNumberIsNull) {
  EXPECT_EQ(json_text(json::array{std::nan(""), -HUGE_VAL}), "[null,null]");
}

}  // namespace
}  // namespace berth
