#include "tokenomics/fleet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "tokenomics/random_cases.hpp"

namespace berth::tokenomics {
namespace {

// --- Every combination, by hand ---

struct Outcome {
  double cost = 0;
  std::int64_t gpus = 0;
};

std::int64_t instances_by_hand(const Fleet& fleet, const FleetTier& tier, const Way& way) {
  const double usable = way.instance_tokens_per_second * way.sharing_efficiency * fleet.peak_utilisation;
  std::int64_t instances = 0;
  while (static_cast<double>(instances) * usable < tier.peak_tokens_per_second) ++instances;
  return instances;
}

Outcome machine_by_hand(const Machine& machine, std::int64_t gpus) {
  if (gpus == 0) return {};
  const double needed = static_cast<double>(gpus);
  double installed =
      std::max(std::ceil(machine.redundancy.factor * needed - 1e-9), needed + machine.redundancy.spare_gpus);
  double servers = 0;
  while (servers * machine.redundancy.gpus_per_server < installed) ++servers;
  if (machine.redundancy.sold_by_server) installed = servers * machine.redundancy.gpus_per_server;
  return {installed * machine.cost_per_gpu_year + servers * machine.cost_per_server_year, gpus};
}

Outcome outcome_by_hand(const Fleet& fleet, const std::vector<std::size_t>& ways) {
  std::vector<std::int64_t> parts(fleet.divisions.size(), 0);
  for (std::size_t t = 0; t < ways.size(); ++t) {
    if (fleet.tiers[t].peak_tokens_per_second == 0) continue;
    const Way& way = fleet.tiers[t].ways[ways[t]];
    parts[way.division] +=
        instances_by_hand(fleet, fleet.tiers[t], way) * way.units_per_instance * way.parts_per_unit;
  }
  Outcome sum;
  for (std::size_t m = 0; m < fleet.machines.size(); ++m) {
    std::int64_t gpus = 0;
    for (std::size_t d = 0; d < parts.size(); ++d) {
      if (fleet.divisions[d].machine != m) continue;
      while (parts[d] > 0) {
        parts[d] -= fleet.divisions[d].parts_per_gpu;
        ++gpus;
      }
    }
    const Outcome machine = machine_by_hand(fleet.machines[m], gpus);
    sum.cost += machine.cost;
    sum.gpus += machine.gpus;
  }
  return sum;
}

/// Nothing when some tier fits no way.
std::optional<Outcome> best_by_hand(const Fleet& fleet) {
  std::optional<Outcome> best;
  std::vector<std::size_t> ways(fleet.tiers.size(), 0);
  while (true) {
    bool fits = true;
    for (std::size_t t = 0; t < ways.size(); ++t) {
      const FleetTier& tier = fleet.tiers[t];
      if (tier.peak_tokens_per_second > 0 && tier.needed_gb > tier.ways[ways[t]].available_gb) fits = false;
    }
    if (fits) {
      const Outcome outcome = outcome_by_hand(fleet, ways);
      const bool better =
          !best || outcome.cost < best->cost - 1e-9 * best->cost ||
          (std::abs(outcome.cost - best->cost) <= 1e-9 * best->cost && outcome.gpus < best->gpus);
      if (better) best = outcome;
    }
    std::size_t next = 0;
    while (next < ways.size() && ++ways[next] == fleet.tiers[next].ways.size()) ways[next++] = 0;
    if (next == ways.size()) return best;
  }
}

Way random_way(RandomCases& random, const Fleet& fleet) {
  const auto division =
      static_cast<std::size_t>(random.whole(0, static_cast<std::int64_t>(fleet.divisions.size()) - 1));
  std::int64_t parts = fleet.divisions[division].parts_per_gpu;
  for (std::int64_t halvings = random.whole(0, 2); halvings > 0 && parts > 1; --halvings) parts /= 2;
  return {.name = "way",
          .kind = WayKind::kSlices,
          .division = division,
          .parts_per_unit = parts,
          .units_per_instance = random.whole(1, 2),
          .instance_tokens_per_second = random.scaled(200, 5'000),
          .sharing_efficiency = random.coin() ? 1 : 0.76,
          .available_gb = random.between(20, 100)};
}

Fleet random_fleet(RandomCases& random) {
  Fleet fleet;
  fleet.peak_utilisation = random.between(0.3, 1);
  for (std::int64_t m = random.whole(1, 2); m > 0; --m)
    fleet.machines.push_back({.name = "machine",
                              .cost_per_gpu_year = random.scaled(500, 10'000),
                              .cost_per_server_year = random.coin() ? random.scaled(500, 20'000) : 0,
                              .redundancy = {.factor = random.coin() ? 1 : 1.25,
                                             .spare_gpus = static_cast<double>(random.whole(0, 1)),
                                             .gpus_per_server = static_cast<double>(random.whole(1, 4)),
                                             .sold_by_server = random.coin()}});
  for (std::int64_t d = random.whole(1, 3); d > 0; --d)
    fleet.divisions.push_back({.name = "division",
                               .machine = static_cast<std::size_t>(
                                   random.whole(0, static_cast<std::int64_t>(fleet.machines.size()) - 1)),
                               .parts_per_gpu = std::int64_t{1} << random.whole(0, 3)});
  for (std::int64_t t = random.whole(1, 4); t > 0; --t) {
    FleetTier tier{.name = "tier",
                   .peak_tokens_per_second = random.whole(0, 9) == 0 ? 0 : random.scaled(50, 10'000),
                   .needed_gb = random.between(5, 60),
                   .ways = {}};
    for (std::int64_t w = random.whole(1, 4); w > 0; --w) tier.ways.push_back(random_way(random, fleet));
    fleet.tiers.push_back(std::move(tier));
  }
  return fleet;
}

TEST(FleetPlan, CostsNoMoreThanAnyCombination) {
  RandomCases random(701);
  int planned = 0;
  for (int i = 0; i < kCases; ++i) {
    const Fleet fleet = random_fleet(random);
    const auto expected = best_by_hand(fleet);
    const auto plan = plan_fleet(fleet);
    ASSERT_EQ(plan.has_value(), expected.has_value());
    if (!plan) continue;
    ++planned;
    ASSERT_NEAR(plan->cost_per_year, expected->cost, 1e-9 * (1 + expected->cost));
    std::int64_t gpus = 0;
    for (const MachinePlan& machine : plan->machines) gpus += machine.gpus_needed;
    ASSERT_EQ(gpus, expected->gpus);
  }
  EXPECT_GT(planned, kCases / 2);
}

TEST(FleetPlan, EveryTierFitsItsMemoryAndItsAllowedLoad) {
  RandomCases random(702);
  for (int i = 0; i < 3'000; ++i) {
    const Fleet fleet = random_fleet(random);
    const auto plan = plan_fleet(fleet);
    if (!plan) continue;
    for (std::size_t t = 0; t < fleet.tiers.size(); ++t) {
      const TierPlan& tier = plan->tiers[t];
      ASSERT_EQ(tier.way.has_value(), fleet.tiers[t].peak_tokens_per_second > 0);
      if (!tier.way) continue;
      ASSERT_TRUE(tier.ways[*tier.way].fits_memory);
      ASSERT_GE(tier.instances, 1);
      ASSERT_LE(tier.peak_utilisation, fleet.peak_utilisation * (1 + 1e-12));
    }
  }
}

// --- The reference tiers ---

constexpr std::size_t kQuarters = 0;
constexpr std::size_t kSharedGpu = 1;

Way whole(std::int64_t gpus, double tokens_per_second) {
  return {.name = std::to_string(gpus) + " whole GPUs",
          .kind = WayKind::kWholeGpus,
          .division = kQuarters,
          .parts_per_unit = 4,
          .units_per_instance = gpus,
          .instance_tokens_per_second = tokens_per_second,
          .available_gb = 96.0 * static_cast<double>(gpus)};
}
Way slice(std::int64_t quarters, double tokens_per_second) {
  return {.name = "slice",
          .kind = WayKind::kSlices,
          .division = kQuarters,
          .parts_per_unit = quarters,
          .instance_tokens_per_second = tokens_per_second,
          .available_gb = 24.0 * static_cast<double>(quarters)};
}
Way slot(double tokens_per_second) {
  return {.name = "slot",
          .kind = WayKind::kSlots,
          .division = kSharedGpu,
          .parts_per_unit = 1,
          .instance_tokens_per_second = tokens_per_second,
          .sharing_efficiency = 0.76,
          .available_gb = 24};
}

Fleet reference_fleet() {
  Fleet fleet;
  fleet.machines = {
      {.name = "RTX PRO 6000",
       .cost_per_gpu_year = 4'000,
       .cost_per_server_year = 9'000,
       .redundancy = {.factor = 1, .spare_gpus = 1, .gpus_per_server = 2, .sold_by_server = true}}};
  fleet.divisions = {{.name = "quarters", .machine = 0, .parts_per_gpu = 4},
                     {.name = "4 slots", .machine = 0, .parts_per_gpu = 4}};
  fleet.tiers = {{.name = "7B",
                  .peak_tokens_per_second = 3'000,
                  .needed_gb = 12,
                  .ways = {whole(1, 7'648), slice(1, 1'800), slot(1'900)}},
                 {.name = "14B",
                  .peak_tokens_per_second = 1'000,
                  .needed_gb = 20,
                  .ways = {whole(1, 4'100), slice(1, 980), slice(2, 1'950)}},
                 {.name = "70B",
                  .peak_tokens_per_second = 800,
                  .needed_gb = 60,
                  .ways = {whole(1, 1'787), whole(2, 3'707), slice(2, 850)}},
                 {.name = "400B",
                  .peak_tokens_per_second = 200,
                  .needed_gb = 300,
                  .ways = {whole(1, 300), whole(8, 2'369)}}};
  return fleet;
}

TEST(FleetPlan, PutsSmallTiersOnSlicesAndLargeOnesOnWholeGpus) {
  const auto plan = plan_fleet(reference_fleet());
  ASSERT_TRUE(plan);
  EXPECT_EQ(*plan->tiers[0].way, 1U);  // three slices
  EXPECT_EQ(plan->tiers[0].instances, 3);
  EXPECT_EQ(*plan->tiers[2].way, 0U);  // half a GPU has too little memory
  EXPECT_FALSE(plan->tiers[2].ways[2].fits_memory);
  EXPECT_EQ(*plan->tiers[3].way, 1U);
  EXPECT_TRUE(plan->tiers[3].spans_servers);
  // 3 + 2 quarters, 1 GPU and 8 GPUs: 11 after packing, 12 with the spare, 6 servers.
  EXPECT_EQ(plan->machines[0].gpus_needed, 11);
  EXPECT_EQ(plan->machines[0].gpus_installed, 12);
  EXPECT_EQ(plan->machines[0].servers, 6);
  EXPECT_EQ(plan->cost_per_year, 12 * 4'000 + 6 * 9'000);
}

TEST(FleetPlan, TakesSlotsWhereTheyMakeMore) {
  Fleet fleet = reference_fleet();
  fleet.tiers.resize(1);
  fleet.tiers[0].peak_tokens_per_second = 6'000;
  fleet.tiers[0].ways[2].instance_tokens_per_second = 3'000;
  const auto plan = plan_fleet(fleet);
  EXPECT_EQ(*plan->tiers[0].way, 2U);
  EXPECT_EQ(plan->tiers[0].instances, 4);
  EXPECT_EQ(plan->machines[0].gpus_needed, 1);
}

TEST(FleetPlan, ATierThatFitsNoWayIsAnErrorThatNamesIt) {
  Fleet fleet = reference_fleet();
  fleet.tiers[3].needed_gb = 900;
  const auto plan = plan_fleet(fleet);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::kInvalid);
  EXPECT_EQ(plan.error().fields.at(0).field, "tiers[3]");
  EXPECT_EQ(plan.error().message, "Tier 400B does not fit: an instance needs 900 GB and has 768 GB.");
  fleet.tiers[3].peak_tokens_per_second = 0;
  ASSERT_TRUE(plan_fleet(fleet));
  EXPECT_FALSE(plan_fleet(fleet)->tiers[3].way);
}

TEST(FleetPlan, ATierThatMakesNoTokensRunsNowhere) {
  Fleet fleet = reference_fleet();
  for (Way& way : fleet.tiers[1].ways) way.instance_tokens_per_second = 0;
  EXPECT_EQ(plan_fleet(fleet).error().message, "Tier 14B runs nowhere: an instance makes no tokens.");
  fleet.tiers[1].ways.clear();
  EXPECT_FALSE(plan_fleet(fleet));
}

TEST(FleetComparison, EverythingOnTheLargeTierCostsTheSumOfThePeaks) {
  const auto comparison = compare_with_large(reference_fleet(), 3);
  ASSERT_TRUE(comparison);
  ASSERT_TRUE(comparison->all_large);
  // 5,000 tokens/s on instances of 2,369 at 0.7: four of 8 GPUs, 33 with the spare, in servers of 2.
  EXPECT_EQ(comparison->all_large->tiers[0].instances, 4);
  EXPECT_EQ(comparison->all_large->machines[0].gpus_installed, 34);
  EXPECT_EQ(comparison->all_large->cost_per_year, 34 * 4'000 + 17 * 9'000);
  EXPECT_EQ(*comparison->saving_per_year, 22 * 4'000 + 11 * 9'000);
  EXPECT_NEAR(*comparison->saving_share, 22.0 / 34, 1e-12);
}

TEST(FleetComparison, ALargeTierThatCannotRunIsAReason) {
  Fleet fleet = reference_fleet();
  fleet.tiers[3].peak_tokens_per_second = 0;
  fleet.tiers[3].needed_gb = 900;
  const auto comparison = compare_with_large(fleet, 3);
  ASSERT_TRUE(comparison);
  EXPECT_FALSE(comparison->all_large);
  EXPECT_FALSE(comparison->saving_per_year);
  EXPECT_FALSE(compare_with_large(fleet, 4));
}

TEST(FleetPlan, WhatIsOutOfRangeIsAnErrorThatNamesIt) {
  const auto field = [](auto change) {
    Fleet fleet = reference_fleet();
    change(fleet);
    const auto plan = plan_fleet(fleet);
    return plan ? std::string("planned") : plan.error().fields.at(0).field;
  };
  EXPECT_EQ(field([](Fleet& f) { f.peak_utilisation = 0; }), "peak_utilisation");
  EXPECT_EQ(field([](Fleet& f) { f.peak_utilisation = NAN; }), "peak_utilisation");
  EXPECT_EQ(field([](Fleet& f) { f.machines.clear(); }), "machines");
  EXPECT_EQ(field([](Fleet& f) { f.tiers.resize(kMaxFleetTiers + 1); }), "tiers");
  EXPECT_EQ(field([](Fleet& f) { f.divisions.resize(kMaxFleetDivisions + 1); }), "divisions");
  EXPECT_EQ(field([](Fleet& f) { f.machines[0].cost_per_gpu_year = -1; }), "machines[0].cost_per_gpu_year");
  EXPECT_EQ(field([](Fleet& f) { f.divisions[1].machine = 1; }), "divisions[1].machine");
  EXPECT_EQ(field([](Fleet& f) { f.divisions[1].parts_per_gpu = 7; }), "divisions[1].parts_per_gpu");
  EXPECT_EQ(field([](Fleet& f) { f.tiers[2].peak_tokens_per_second = -5; }),
            "tiers[2].peak_tokens_per_second");
  EXPECT_EQ(field([](Fleet& f) { f.tiers[2].ways[1].division = 9; }), "tiers[2].ways[1].division");
  EXPECT_EQ(field([](Fleet& f) { f.tiers[2].ways[1].parts_per_unit = 3; }),
            "tiers[2].ways[1].parts_per_unit");
  EXPECT_EQ(field([](Fleet& f) { f.tiers[0].ways[0].sharing_efficiency = 1.2; }),
            "tiers[0].ways[0].sharing_efficiency");
  EXPECT_EQ(field([](Fleet& f) { f.tiers[0].peak_tokens_per_second = 1e30; }), "tiers[0]");
}

}  // namespace
}  // namespace berth::tokenomics
