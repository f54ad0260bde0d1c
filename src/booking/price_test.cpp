#include "booking/price.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace berth::booking {
namespace {

constexpr MoneyMicros kRate{800'000};  // 0.80 an hour

TEST(Price, IsRateByUnitHours) {
  EXPECT_EQ(price(kRate, 1, hours(2)), MoneyMicros{1'600'000});
  EXPECT_EQ(price(kRate, 3, minutes(90)), MoneyMicros{3'600'000});
  EXPECT_EQ(price(kRate, 1, Duration(0)), MoneyMicros{});
}

TEST(Price, IsRoundedHalfUpToTheMillionth) {
  EXPECT_EQ(price(MoneyMicros{1}, 1, minutes(29)), MoneyMicros{0});
  EXPECT_EQ(price(MoneyMicros{1}, 1, minutes(30)), MoneyMicros{1});
  EXPECT_EQ(price(MoneyMicros{10}, 1, minutes(1)), MoneyMicros{0});
  EXPECT_EQ(price(MoneyMicros{100}, 1, minutes(1)), MoneyMicros{2});
}

TEST(Price, StopsAtTheLargestAmountInsteadOfOverflowing) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(price(MoneyMicros{kMost}, 1, hours(1)), MoneyMicros{kMost});
  EXPECT_EQ(price(MoneyMicros{kMost}, std::numeric_limits<int>::max(), Duration(kMost)), MoneyMicros{kMost});
}

}  // namespace
}  // namespace berth::booking
