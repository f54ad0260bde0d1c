#include "base/quantity.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(Quantity, WritesCoresWithoutTrailingZeros) {
  EXPECT_EQ(format_cores({15000}), "15");
  EXPECT_EQ(format_cores({15500}), "15.5");
  EXPECT_EQ(format_cores({125}), "0.125");
}

TEST(Quantity, WritesKubernetesForms) {
  EXPECT_EQ(kube_cpu({15000}), "15");
  EXPECT_EQ(kube_cpu({15500}), "15500m");
  EXPECT_EQ(kube_gib({92}), "92Gi");
}

TEST(Quantity, WritesMoneyExactly) {
  EXPECT_EQ(format_money({12'345'670'000}), "12345.67");
  EXPECT_EQ(format_money({5'000'000}), "5");
  EXPECT_EQ(format_money({1}), "0.000001");
  EXPECT_EQ(format_money({0}), "0");
  EXPECT_EQ(format_money({-1'500'000}), "-1.5");
}

TEST(Quantity, ReadsMoneyAsItIsWritten) {
  for (const std::int64_t micros : {0LL, 1LL, 999'999LL, 12'345'670'000LL, 999'999'999'999'999'999LL}) {
    EXPECT_EQ(parse_money(format_money({micros})), MoneyMicros{micros});
  }
  EXPECT_EQ(parse_money("12345.670"), MoneyMicros{12'345'670'000});
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", "1e3", " 1", "1 ", "1,5", "0x1", "1.0000001",
                           "1234567890123", "nan", "1.2.3"}) {
    EXPECT_EQ(parse_money(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace berth
