#include "tokenomics/mix.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tokenomics/packing.hpp"
#include "tokenomics/random_cases.hpp"
#include "tokenomics/sizing.hpp"

namespace berth::tokenomics {
namespace {

double relative(double left, double right) {
  return std::abs(left - right) / std::max({std::abs(left), std::abs(right), 1e-300});
}

std::vector<Tier> random_tiers(RandomCases& random) {
  std::vector<Tier> tiers(static_cast<std::size_t>(random.whole(1, 6)));
  double sum = 0;
  for (Tier& tier : tiers) {
    tier = {.share = random.between(0.01, 1),
            .instance_tokens_per_second = random.scaled(1, 1e5),
            .units_per_instance = static_cast<double>(random.whole(1, 8)),
            .slices_per_gpu = static_cast<double>(random.whole(1, 7)),
            .sharing_efficiency = random.between(0.5, 1)};
    sum += tier.share;
  }
  for (Tier& tier : tiers) tier.share /= sum;
  return tiers;
}

TEST(Invariant06, TheMixIsAHarmonicMean) {
  RandomCases random(306);
  for (int i = 0; i < kCases; ++i) {
    const auto tiers = random_tiers(random);
    const double mix = *mixed_tokens_per_second(tiers);
    double slowest = 1e300;
    double fastest = 0;
    double arithmetic = 0;
    double time_shares = 0;
    double costs = 0;
    const double mix_cost = random.scaled(0.01, 100);
    for (const Tier& tier : tiers) {
      const double speed = gpu_tokens_per_second(tier);
      slowest = std::min(slowest, speed);
      fastest = std::max(fastest, speed);
      arithmetic += tier.share * speed;
      time_shares += time_share(tier, mix);
      costs += tier.share * tier_cost_per_mtok(tier, mix, mix_cost);
    }
    ASSERT_GE(mix, slowest * (1 - 1e-12));
    ASSERT_LE(mix, fastest * (1 + 1e-12));
    ASSERT_LE(mix, arithmetic * (1 + 1e-12));
    ASSERT_NEAR(time_shares, 1, 1e-9);
    ASSERT_LT(relative(costs, mix_cost), 1e-9);
  }
}

TEST(Invariant06, OneTierIsItselfAndSplittingOneChangesNothing) {
  RandomCases random(307);
  for (int i = 0; i < kCases; ++i) {
    auto tiers = random_tiers(random);
    const double mix = *mixed_tokens_per_second(tiers);
    Tier half = tiers.back();
    const double part = random.between(0.1, 0.9);
    half.share *= part;
    tiers.back().share -= half.share;
    tiers.push_back(half);
    ASSERT_LT(relative(*mixed_tokens_per_second(tiers), mix), 1e-12);
    Tier alone = half;
    alone.share = 1;
    ASSERT_LT(relative(*mixed_tokens_per_second({&alone, 1}), gpu_tokens_per_second(alone)), 1e-12);
    alone.share = 1 + 2e-6;
    ASSERT_FALSE(mixed_tokens_per_second({&alone, 1}));
  }
}

/// The same tiers pooled, and with instances of their own on whole GPUs or quarters of them.
struct BothWays {
  double pooled;
  double partitioned;
  double instance_gpus;  // summed over tiers
};

BothWays size_both(RandomCases& random, bool whole_gpus) {
  const auto count = static_cast<std::size_t>(random.whole(1, 6));
  const double peak_utilisation = random.between(0.3, 1);
  const double peak_rate = random.scaled(10, 1e6);
  constexpr int kQuarters[] = {1, 2, 4};
  std::vector<Tier> tiers;
  std::vector<PartitionedTier> parts;
  double sum = 0;
  for (std::size_t index = 0; index < count; ++index) {
    const int quarters = whole_gpus ? 4 : random.one_of(kQuarters);
    const std::int64_t units = random.whole(1, 4);
    const double speed = peak_rate / random.scaled(0.1, 200);
    tiers.push_back({.share = random.between(0.01, 1),
                     .instance_tokens_per_second = speed,
                     .units_per_instance = static_cast<double>(units),
                     .slices_per_gpu = 4.0 / quarters,
                     .sharing_efficiency = random.between(0.5, 1)});
    sum += tiers.back().share;
    parts.push_back({.name = "tier",
                     .peak_tokens_per_second = 0,
                     .instance_tokens_per_second = speed,
                     .sharing_efficiency = tiers.back().sharing_efficiency,
                     .units_per_instance = units,
                     .quarters_per_unit = quarters,
                     .needed_gb = 1,
                     .unit_gb = 24});
  }
  BothWays out{0, 0, 0};
  for (std::size_t index = 0; index < count; ++index) {
    tiers[index].share /= sum;
    parts[index].peak_tokens_per_second = tiers[index].share * peak_rate;
    out.instance_gpus += gpus_per_instance(tiers[index]);
  }
  const Demand demand{
      .tokens_per_month = peak_rate * 730 * 3600, .peak_to_average = 1, .peak_utilisation = peak_utilisation};
  out.pooled = *needed_gpus(demand, *mixed_tokens_per_second(tiers));
  out.partitioned = static_cast<double>(pack(parts, peak_utilisation)->gpus);
  return out;
}

TEST(Invariant07, PartitionedTiersTakeMoreGpusButLessThanAnInstanceEach) {
  RandomCases random(308);
  for (int i = 0; i < kCases; ++i) {
    const BothWays gpus = size_both(random, true);
    ASSERT_LE(gpus.pooled, gpus.partitioned);
    ASSERT_LT(gpus.partitioned, gpus.pooled + gpus.instance_gpus);
  }
}

TEST(Invariant07, WithSlicesTheLastGpuMayComeOnTop) {
  RandomCases random(309);
  for (int i = 0; i < kCases; ++i) {
    const BothWays gpus = size_both(random, false);
    ASSERT_LE(gpus.pooled, gpus.partitioned);
    ASSERT_LT(gpus.partitioned, gpus.pooled + gpus.instance_gpus + 1);
  }
}

TEST(RequestPrices, MakeARequestCostWhatItDoes) {
  RandomCases random(310);
  for (int i = 0; i < kCases; ++i) {
    const double lot = random.scaled(0.01, 1000);
    const double input = random.between(1, 10000);
    const double output = random.between(1, 10000);
    const double input_price = random.scaled(0.01, 50);
    const double output_price = random.scaled(0.01, 50);
    const double scale = *reference_price_scale(lot, input, output, input_price, output_price);
    ASSERT_LT(relative(scale * (input * input_price + output * output_price) * 1000 / 1e6, lot), 1e-12);
  }
  EXPECT_FALSE(reference_price_scale(1, 100, 100, 0, 0));
}

TEST(Basis, CountsTheTokensItNames) {
  const Request request{
      .input_tokens = 800, .cached_tokens = 100, .written_tokens = 200, .output_tokens = 50};
  const WorkWeights weights{.input = 0.25, .cached = 0.1};
  EXPECT_EQ(*tokens_in(Basis::kOutput, request, weights), 50);
  EXPECT_EQ(*tokens_in(Basis::kTotal, request, weights), 1150);
  EXPECT_EQ(*tokens_in(Basis::kWork, request, weights), 310);
  EXPECT_FALSE(tokens_in(Basis::kOutput,
                         {.input_tokens = 1, .cached_tokens = 0, .written_tokens = 0, .output_tokens = 0},
                         weights));
}

TEST(MemoryGate, AddsWeightsCacheAndOverhead) {
  EXPECT_EQ(
      needed_gb({.parameters_billion = 70, .bytes_per_parameter = 0.5, .kv_cache_gb = 20, .overhead_gb = 3}),
      58);
}

}  // namespace
}  // namespace berth::tokenomics
