#include "base/quantity.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>

#include "base/kube_quantity.hpp"

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

/// Any number, those at the ends of the type and around zero as likely as all others.
std::int64_t any_number() {
  const auto near = *rc::gen::inRange<std::int64_t>(0, 4);
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return kMostInt - near;
    case 1:
      return kLeastInt + near;
    case 2:
      return near - 2;
    default:
      return *rc::gen::arbitrary<std::int64_t>();
  }
}

std::int64_t within_the_type(Int128 exact) {
  return static_cast<std::int64_t>(std::clamp<Int128>(exact, kLeastInt, kMostInt));
}

TEST(Quantity, StopsAtTheEndsOfTheTypeAndIsExactEverywhereElse) {
  const bool held = rc::check([] {
    const auto a = any_number();
    const auto b = any_number();
    const CpuMilli left{a};
    const CpuMilli right{b};
    RC_ASSERT((left + right).value == within_the_type(Int128{a} + b));
    RC_ASSERT((left - right).value == within_the_type(Int128{a} - b));
    RC_ASSERT((left * b).value == within_the_type(Int128{a} * b));
    auto changed = left;
    changed += right;
    RC_ASSERT(changed == left + right);
    changed = left;
    changed -= right;
    RC_ASSERT(changed == left - right);
  });
  EXPECT_TRUE(held);
}

TEST(Quantity, MoreOfOneThingIsNeverLessOfTheSum) {
  const bool held = rc::check([] {
    const Gib a{any_number()};
    const Gib b{any_number()};
    const Gib c{any_number()};
    RC_ASSERT(std::min(a, b) + c <= std::max(a, b) + c);
    RC_ASSERT(c - std::max(a, b) <= c - std::min(a, b));
  });
  EXPECT_TRUE(held);
}

TEST(Load, IsItsPartsEachByItself) {
  const Load one{{2000}, {8}, {kMostInt}};
  EXPECT_EQ(one + one, (Load{{4000}, {16}, {kMostInt}}));
  EXPECT_EQ(one * 3, (Load{{6000}, {24}, {kMostInt}}));
  EXPECT_EQ(one - one, Load{});
}

}  // namespace
}  // namespace berth
