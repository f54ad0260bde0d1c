#include "cli/money.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

TEST(Money, IsRoundedToWhatTheCurrencyIsPaidIn) {
  EXPECT_EQ(money_text(15.6, "EUR"), "15.60 EUR");
  EXPECT_EQ(money_text(0.36437, "EUR"), "0.36 EUR");
  EXPECT_EQ(money_text(0.005, "EUR"), "0.01 EUR");
  EXPECT_EQ(money_text(-0.5, "EUR"), "-0.50 EUR");
  EXPECT_EQ(money_text(1249.5, "JPY"), "1250 JPY");
  EXPECT_EQ(money_text(0.1254, "KWD"), "0.125 KWD");
  EXPECT_EQ(amount_text(123'456'789'010'000, "EUR"), "123456789.01");
}

TEST(Money, WhatIsMoreThanNothingIsNotShownAsNothing) {
  EXPECT_EQ(money_text(0.000835, "EUR"), "< 0.01 EUR");
  EXPECT_EQ(money_text(-0.000835, "EUR"), "> -0.01 EUR");
  EXPECT_EQ(money_text(0.4, "JPY"), "< 1 JPY");
  EXPECT_EQ(amount_text(499, "KWD"), "< 0.001");
  EXPECT_EQ(money_text(0, "EUR"), "0.00 EUR");
}

TEST(Money, ARateIsExact) {
  EXPECT_EQ(rate_text(0.8, "EUR"), "0.80 EUR");
  EXPECT_EQ(rate_text(0.0125, "EUR"), "0.0125 EUR");
  EXPECT_EQ(rate_text(0.000001, "EUR"), "0.000001 EUR");
  EXPECT_EQ(rate_text(120, "JPY"), "120 JPY");
  EXPECT_EQ(rate_text(0.5, "JPY"), "0.5 JPY");
  EXPECT_EQ(rate_text(3, "KWD"), "3.000 KWD");
  EXPECT_EQ(rate_text(0, "EUR"), "0.00 EUR");
}

}  // namespace
}  // namespace berth::cli
