#include "tokenomics/numbers.hpp"

#include <gtest/gtest.h>

namespace berth::tokenomics {
namespace {

TEST(Numbers, ReadAsPeopleWriteThem) {
  EXPECT_EQ(number_text(250141.8), "250141.8");
  EXPECT_EQ(number_text(0.08), "0.08");
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(-12.5), "-12.5");
  EXPECT_EQ(number_text(1e9), "1000000000");
  EXPECT_EQ(number_text(1e30), "1e+30");
  EXPECT_EQ(number_text(1e-9), "1e-09");
  EXPECT_EQ(number_text(1.0 / 3), "0.33333333");
  EXPECT_EQ(exact_text(0.1 + 0.2), "0.30000000000000004");
}

TEST(Numbers, MoneyHasTwoDecimalsUntilItIsSmallOrLarge) {
  EXPECT_EQ(money_text(0.42), "0.42");
  EXPECT_EQ(money_text(12.345), "12.35");
  EXPECT_EQ(money_text(0.01234), "0.0123");
  EXPECT_EQ(money_text(56500), "56,500");
  EXPECT_EQ(money_text(-1234567), "-1,234,567");
  EXPECT_EQ(money_text(0), "0.00");
  EXPECT_EQ(fixed_text(-0.001, 2), "0.00");
}

TEST(Numbers, SharesArePercent) {
  EXPECT_EQ(percent_text(0.38), "38 %");
  EXPECT_EQ(percent_text(0.2182), "21.8 %");
  EXPECT_EQ(percent_text(1), "100 %");
}

}  // namespace
}  // namespace berth::tokenomics
