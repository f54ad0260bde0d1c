#include "cli/json_text.hpp"

#include <gtest/gtest.h>

#include "cli/colours.hpp"

namespace berth::cli {
namespace {

TEST(JsonText, NumbersAreAsPeopleWriteThem) {
  const json::value value{{"rate", 0.8},
                          {"whole", 62.0},
                          {"count", 3},
                          {"big", 1e22},
                          {"list", {1.5, nullptr, true, "a\"\n"}},
                          {"none", json::object{}}};
  EXPECT_EQ(json_text(value),
            R"({"rate":0.8,"whole":62,"count":3,"big":1e+22,"list":[1.5,null,true,"a\"\n"],"none":{}})");
}

TEST(JsonText, IsReadAsTheSame) {
  for (const double number : {0.1, 1.0 / 3, 4.9e-324, 1.7976931348623157e308, -2.5e-7, 1e21, 123456789.125}) {
    const auto read = parse_json(json_text(json::array{number}));
    ASSERT_TRUE(read.has_value()) << number;
    EXPECT_EQ(read->as_array().front().to_number<double>(), number);
  }
}

TEST(Colours, AreForStatesThatStandByThemselves) {
  EXPECT_EQ(coloured("state   ACTIVE, ending\n", true), "state   \x1b[32mACTIVE\x1b[0m, ending\n");
  EXPECT_EQ(coloured("x  FAILED  y\nz  ACTIVE (Ready)\n", true),
            "x  \x1b[31mFAILED\x1b[0m  y\nz  \x1b[32mACTIVE\x1b[0m (Ready)\n");
  EXPECT_EQ(coloured("reason  It is ACTIVE now\nINACTIVE  x\n", true),
            "reason  It is ACTIVE now\nINACTIVE  x\n");
  EXPECT_EQ(coloured("x  FAILED  y\n", false), "x  FAILED  y\n");
}

}  // namespace
}  // namespace berth::cli
