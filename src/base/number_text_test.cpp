#include "base/number_text.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace berth {
namespace {

TEST(NumberText, IsPlainDecimalsForWhateverAnAmountMayBe) {
  EXPECT_EQ(number_text(0.8), "0.8");
  EXPECT_EQ(number_text(62), "62");
  EXPECT_EQ(number_text(-0.25), "-0.25");
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(0.000023), "0.000023");
  EXPECT_EQ(number_text(-2.5e-7), "-0.00000025");
  EXPECT_EQ(number_text(1.0 / 3 / 1e6), "0.0000003333333333333333");
  EXPECT_EQ(number_text(123456789012345680.0), "123456789012345680");
}

TEST(NumberText, IsInPowersOfTenWhereNobodyCountsTheZeros) {
  EXPECT_EQ(number_text(1e22), "1e+22");
  EXPECT_EQ(number_text(1e-13), "1e-13");
  EXPECT_EQ(number_text(-1.7976931348623157e308), "-1.7976931348623157e+308");
}

TEST(NumberText, IsReadAsTheSameNumber) {
  for (const double value : {0.1, 1.0 / 3, 4.9e-324, 1.7976931348623157e308, -2.5e-7, 1e21,
                             999999999999999900000.0, 1.0000000000000002e-12, 123456789.125}) {
    EXPECT_EQ(std::strtod(number_text(value).c_str(), nullptr), value);
  }
}

}  // namespace
}  // namespace berth
