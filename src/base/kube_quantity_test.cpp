#include "base/kube_quantity.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

namespace berth {
namespace {

constexpr Int128 kOne = 1'000'000'000;

/// In billionths; -1 when it is refused.
Int128 nano(std::string_view text) {
  const auto read = parse_kube_quantity(text);
  return read ? read->nano : -1;
}

/// The digits of a number, most significant first.
std::string in_digits(Int128 number) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(number % 10));
    number /= 10;
  } while (number > 0);
  std::ranges::reverse(digits);
  return digits;
}

template <typename Property>
void holds(const char* sentence, Property property) {
  EXPECT_TRUE(rc::check(sentence, property)) << sentence;
}

TEST(KubeQuantity, ReadsEveryForm) {
  const struct {
    const char* text;
    Int128 nano;
  } forms[] = {{"0", 0},
               {"1", kOne},
               {"+1", kOne},
               {"-1", -kOne},
               {"001.50", kOne * 3 / 2},
               {".5", kOne / 2},
               {"1.", kOne},
               {"1.G", kOne * kOne},
               {"1n", 1},
               {"1u", 1'000},
               {"500m", kOne / 2},
               {"15k", 15'000 * kOne},
               {"2M", 2'000'000 * kOne},
               {"1T", 1000 * kOne * kOne},
               {"1P", 1'000'000 * kOne * kOne},
               {"1E", kOne * kOne * kOne},
               {"1e3", 1000 * kOne},
               {"1E+3", 1000 * kOne},
               {"1E-3", kOne / 1000},
               {"0.00001e10", 100'000 * kOne},
               {"1Ki", 1024 * kOne},
               {"0.5Mi", (kOne << 20) / 2},
               {"92Gi", 92 * (kOne << 30)},
               {"1Ti", kOne << 40},
               {"1Pi", kOne << 50},
               {"1Ei", kOne << 60}};
  for (const auto& form : forms) EXPECT_TRUE(nano(form.text) == form.nano) << form.text;
}

TEST(KubeQuantity, KnowsHowItWasWritten) {
  EXPECT_EQ(parse_kube_quantity("1E")->notation, KubeQuantity::Notation::kDecimal);
  EXPECT_EQ(parse_kube_quantity("1E0")->notation, KubeQuantity::Notation::kExponent);
  EXPECT_EQ(parse_kube_quantity("1Ei")->notation, KubeQuantity::Notation::kBinary);
}

TEST(KubeQuantity, WhatIsFinerThanABillionthIsRoundedAwayFromZero) {
  EXPECT_TRUE(nano("0.1n") == 1);
  EXPECT_TRUE(nano("1.5n") == 2);
  EXPECT_TRUE(nano("-1.5n") == -2);
  EXPECT_TRUE(nano("0.00000000000000000000000000000000000000000000000000001") == 1);
  EXPECT_TRUE(nano("1e-1000000") == 1);
  EXPECT_TRUE(nano("0e1000000") == 0);
  EXPECT_TRUE(nano("0.00000000001Ki") == 11) << "10.24 billionths";
}

TEST(KubeQuantity, BinaryAmountsStopWhereKubernetesStops) {
  const Int128 most = Int128{std::numeric_limits<std::int64_t>::max()} * kOne;
  for (const auto* text : {"8Ei", "9Ei", "7.99999999999999999999999999999Ei", "99999999999999999999999999Ki"})
    EXPECT_TRUE(nano(text) == most) << text;
  EXPECT_TRUE(nano("-8Ei") == -most);
  EXPECT_TRUE(nano("7.5Ei") == kOne * 15 * (Int128{1} << 59));
}

TEST(KubeQuantity, RefusesWhatIsNone) {
  for (const auto* text : {"",       ".",     "+",     "-",    "m",     "Gi",   "1.1.M",
                           "1+1.0M", "0.1mi", "0.1am", "aoeu", ".5i",   "1i",   "1gi",
                           "1K",     "1mi",   "1e",    "1E+",  "1e+-3", "1e3k", " 1",
                           "1 ",     "1 Gi",  "0x1",   "--1",  "inf",   "nan",  "1e99999999999999999999"}) {
    const auto read = parse_kube_quantity(text);
    EXPECT_EQ(read ? Code::kInternal : read.error().code, Code::kInvalid) << text;
  }
  EXPECT_EQ(parse_kube_quantity("1e29").error().code, Code::kTooLarge);
  EXPECT_EQ(parse_kube_quantity("1" + std::string(60, '0')).error().code, Code::kTooLarge);
  EXPECT_TRUE(nano("99999999999999999999999999999") ==
              Int128{99'999'999'999'999} * 1'000'000'000'000'000 * kOne + Int128{999'999'999'999'999} * kOne);
}

/// An amount below 10^38 billionths, small ones as likely as large ones.
Int128 any_amount() {
  const auto high = *rc::gen::inRange<std::uint64_t>(0, 5'000'000'000'000'000'000U);
  const auto low = *rc::gen::arbitrary<std::uint64_t>();
  return ((Int128{high} << 64) + low) >> *rc::gen::inRange(0, 126);
}

TEST(KubeQuantity, IsThatManyBillionthsHoweverItIsWritten) {
  holds("a decimal with nine places, and the same with its point moved by an exponent", [] {
    const Int128 amount = any_amount();
    auto digits = in_digits(amount);
    if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
    const auto point = digits.size() - 9;
    RC_ASSERT(nano(digits.substr(0, point) + "." + digits.substr(point)) == amount);
    RC_ASSERT(nano(digits + "n") == amount);
    const auto moved = *rc::gen::inRange<int>(0, static_cast<int>(digits.size()) + 1);
    const auto at = static_cast<std::size_t>(moved);
    const auto exponent = static_cast<int>(digits.size()) - moved - 9;
    RC_ASSERT(nano(digits.substr(0, at) + "." + digits.substr(at) + "e" + std::to_string(exponent)) ==
              amount);
  });
  holds("a count of a suffix is the count times the suffix", [] {
    const auto count = *rc::gen::inRange<std::int64_t>(0, 7);
    const std::string suffixes[] = {"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    for (int i = 0; i < 6; ++i) {
      const Int128 one = kOne << (10 * (i + 1));
      RC_ASSERT(nano(std::to_string(count) + suffixes[i]) == count * one);
      RC_ASSERT(nano(std::to_string(count) + ".5" + suffixes[i]) == count * one + one / 2);
    }
  });
}

TEST(KubeQuantity, MoreDigitsNeverMakeItLessAndAtMostOneBillionthMore) {
  holds("rounding is up, by less than one", [] {
    const auto amount = any_amount() / 1'000'000;
    const auto more = *rc::gen::container<std::string>(rc::gen::inRange<char>('0', '9' + 1));
    const bool exact = more.find_first_not_of('0') == std::string::npos;
    RC_ASSERT(nano(in_digits(amount) + "." + more + "n") == amount + (exact ? 0 : 1));
    RC_ASSERT(nano("-" + in_digits(amount) + "." + more + "n") == -(amount + (exact ? 0 : 1)));
  });
}

}  // namespace
}  // namespace berth
