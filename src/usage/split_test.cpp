#include "usage/split.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "usage/usage.hpp"

namespace berth::usage {
namespace {

std::vector<std::int64_t> parts_of(std::int64_t total, const std::vector<std::int64_t>& weights) {
  std::vector<Weight> given;
  given.reserve(weights.size());
  for (const auto weight : weights) given.push_back({Duration(weight), 1});
  std::vector<std::int64_t> out;
  for (const auto part : split({total}, given)) out.push_back(part.value);
  return out;
}

using Parts = std::vector<std::int64_t>;

TEST(Split, GivesWhatIsLeftToTheLargestRemainders) {
  EXPECT_EQ(parts_of(10, {1, 1, 1}), (Parts{4, 3, 3})) << "of equal remainders the earlier one's";
  EXPECT_EQ(parts_of(10, {1, 2, 4}), (Parts{1, 3, 6})) << "remainders of 10/7, 20/7 and 40/7: 3, 6 and 5";
  EXPECT_EQ(parts_of(0, {3, 4}), (Parts{0, 0}));
  EXPECT_EQ(parts_of(7, {0, 5, 0}), (Parts{0, 7, 0}));
  EXPECT_EQ(parts_of(7, {0, 0}), (Parts{7, 0})) << "nobody has a weight, and it is not lost";
  EXPECT_EQ(parts_of(7, {}), Parts{});
}

TEST(Split, IsExactWhereSixtyFourBitsAreFarTooFew) {
  // 400 days of 4,096 units against one hour of one slice, of the most money.
  const Weight weights[] = {{Duration(hours(24 * 400 * 4'096)), kPartsPerGpu},
                            {Duration(hours(1)), gpu_parts(0.25)}};
  const auto parts = split({5'000'000'000'000'000}, weights);
  EXPECT_EQ(parts[1].value, 31'789'144);  // 5e15 * 0.25 / (39,321,600 + 0.25), to the nearest
  EXPECT_EQ(parts[0].value + parts[1].value, 5'000'000'000'000'000);
}

TEST(Split, PartsAlwaysAddUpAndAreWithinOneOfTheirTrueShare) {
  std::mt19937_64 random(20261122);
  const auto any = [&](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  };
  for (int round = 0; round < 20'000; ++round) {
    std::vector<Weight> weights(static_cast<std::size_t>(any(1, 40)));
    const std::int64_t most_time = round % 3 == 0 ? 5 : round % 3 == 1 ? 1'000'000 : 34'560'000'000'000;
    for (auto& weight : weights) {
      weight = {Duration(any(0, most_time)),
                round % 2 == 0 ? 1 : gpu_parts(1.0 / static_cast<double>(any(1, 7)))};
    }
    const MoneyMicros total{any(0, round % 5 == 0 ? 10 : 5'000'000'000'000'000)};
    const auto parts = split(total, weights);
    ASSERT_EQ(parts.size(), weights.size());
    const auto sum = std::accumulate(parts.begin(), parts.end(), MoneyMicros{},
                                     [](MoneyMicros a, MoneyMicros b) { return a + b; });
    ASSERT_EQ(sum, total) << "round " << round;

    long double whole = 0;
    const auto size = [](const Weight& w) {
      return static_cast<long double>(w.time.count()) * static_cast<long double>(w.parts);
    };
    for (const auto& weight : weights) whole += size(weight);
    if (whole == 0) continue;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto exact = static_cast<long double>(total.value) * size(weights[i]) / whole;
      ASSERT_LT(std::abs(static_cast<long double>(parts[i].value) - exact), 1.001L) << "round " << round;
      if (size(weights[i]) == 0) {
        ASSERT_EQ(parts[i].value, 0);
      }
      for (std::size_t k = 0; k < parts.size(); ++k) {
        if (size(weights[k]) > size(weights[i])) {
          ASSERT_GE(parts[k], parts[i]) << "more time never costs less";
        }
      }
    }
  }
}

TEST(ShareOfYear, AYearHas8760HoursWhateverYearItIs) {
  const MoneyMicros annual{12'345'670'000};
  EXPECT_EQ(share_of_year(annual, hours(8'760)), annual);
  EXPECT_EQ(share_of_year(annual, hours(0)), MoneyMicros{0});
  EXPECT_EQ(share_of_year({8'760'000'000}, hours(720)), MoneyMicros{720'000'000}) << "November";
  EXPECT_EQ(share_of_year({8'760'000'000}, hours(745)), MoneyMicros{745'000'000})
      << "an October with a change of clocks";
  EXPECT_EQ(share_of_year({8'760'000'000}, hours(8'784)), MoneyMicros{8'784'000'000}) << "a leap year";
  EXPECT_EQ(share_of_year({8'760 * 2}, hours(1)), MoneyMicros{2});
  EXPECT_EQ(share_of_year({8'760}, minutes(29)), MoneyMicros{0}) << "to the nearest";
  EXPECT_EQ(share_of_year({8'760}, minutes(30)), MoneyMicros{1});
}

TEST(ShareOfYear, IsTheNearestWholeNumber) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 10'000; ++round) {
    const auto annual = std::uniform_int_distribution<std::int64_t>(0, 1'000'000'000'000)(random);
    const auto length = std::uniform_int_distribution<std::int64_t>(1, 34'560'000'000'000)(random);
    const auto exact =
        static_cast<long double>(annual) * static_cast<long double>(length) / (8'760.0L * 3'600'000'000.0L);
    const auto got = share_of_year({annual}, Duration(length)).value;
    ASSERT_LE(std::abs(static_cast<long double>(got) - exact), 0.5001L) << annual << " for " << length;
  }
}

}  // namespace
}  // namespace berth::usage
