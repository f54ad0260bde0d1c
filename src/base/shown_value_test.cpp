#include "base/shown_value.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(ShownValue, IsShortWhateverItIs) {
  EXPECT_EQ(shown_value(json::value("text")), "text");
  EXPECT_EQ(shown_value(json::value(1.5)), "1.5");
  EXPECT_EQ(shown_value(json::value(1e300)), "1e+300");
  EXPECT_EQ(shown_value(json::value(-7)), "-7");
  EXPECT_EQ(shown_value(json::value(nullptr)), "null");
  EXPECT_EQ(shown_value(json::value(true)), "true");
  EXPECT_EQ(shown_value(json::value(json::array(1'000'000))), "a list");
  EXPECT_EQ(shown_value(json::value(json::object{{"a", 1}})), "an object");
}

}  // namespace
}  // namespace berth
