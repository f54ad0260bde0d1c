#include "tokenomics/sizing.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tokenomics/random_plant.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

struct Sized {
  double needed;
  double required;
  double cost;
};

Sized size(const Plant& plant, const Redundancy& redundancy, const Demand& demand) {
  const double needed = *needed_gpus(demand, plant.gpu_tokens_per_second);
  const double required = required_gpus(redundancy, needed);
  return {needed, required, cost_at_demand(annual_cost(plant, required), demand.tokens_per_month)};
}

void expect_no_less(const Sized& more, const Sized& base) {
  ASSERT_GE(more.needed, base.needed);
  ASSERT_GE(more.required, base.required);
  ASSERT_GE(more.cost, base.cost * (1 - 1e-12));
}

TEST(Invariant08, GpusAndCostFollowDemandPeakSpeedAndAllowedLoad) {
  RandomCases random(408);
  for (int i = 0; i < kCases; ++i) {
    const Plant plant = random_plant(random);
    const Redundancy redundancy = random_redundancy(random);
    const Demand demand = random_demand(random, plant.gpu_tokens_per_second);
    const Sized base = size(plant, redundancy, demand);
    const double factor = random.between(1, 3);
    Demand other = demand;
    other.tokens_per_month *= factor;
    expect_no_less(size(plant, redundancy, other), base);
    other = demand;
    other.peak_to_average *= factor;
    expect_no_less(size(plant, redundancy, other), base);
    other = demand;
    other.peak_utilisation /= factor;
    expect_no_less(size(plant, redundancy, other), base);
    Plant slower = plant;
    slower.gpu_tokens_per_second /= factor;
    expect_no_less(size(slower, redundancy, demand), base);

    const double peak_rate = demand.peak_to_average * average_tokens_per_second(demand.tokens_per_month);
    ASSERT_LE(peak_rate / (base.needed * plant.gpu_tokens_per_second), demand.peak_utilisation * (1 + 1e-12));
    ASSERT_GE(base.required, base.needed + redundancy.spare_gpus);
    ASSERT_GE(base.required, redundancy.factor * base.needed * (1 - 1e-9));
    if (redundancy.sold_by_server) {
      ASSERT_EQ(std::fmod(base.required, redundancy.gpus_per_server), 0);
    }
  }
}

TEST(Invariant09, SizingIsTheInverseOfTheLargestDemand) {
  RandomCases random(409);
  for (int i = 0; i < kCases; ++i) {
    const double speed = random.scaled(1, 1e5);
    Demand demand = random_demand(random, speed);
    const auto carried = [&](double gpus) {
      return largest_tokens_per_month(gpus, speed, demand.peak_to_average, demand.peak_utilisation);
    };
    // Every other demand is exactly what a number of GPUs carries: the border itself.
    if (random.coin()) demand.tokens_per_month = carried(static_cast<double>(random.whole(1, 300)));
    const double needed = *needed_gpus(demand, speed);
    ASSERT_GE(carried(needed), demand.tokens_per_month);
    ASSERT_LT(carried(needed - 1), demand.tokens_per_month);
    const Redundancy redundancy = random_redundancy(random);
    ASSERT_GE(carried(serviceable_gpus(redundancy, required_gpus(redundancy, needed))),
              demand.tokens_per_month);
  }
}

TEST(Invariant09, ServiceableGpusAreTheMostWhoseRedundancyIsThere) {
  RandomCases random(410);
  for (int i = 0; i < kCases; ++i) {
    const Redundancy redundancy = random_redundancy(random);
    const double installed = static_cast<double>(random.whole(0, 60));
    double most = 0;
    for (double gpus = 1; gpus <= installed; ++gpus) {
      if (required_gpus(redundancy, gpus) <= installed) most = gpus;
    }
    ASSERT_EQ(serviceable_gpus(redundancy, installed), most);
  }
}

TEST(Invariant10, VerdictGoesFromUnderOverRightToOverOnce) {
  RandomCases random(411);
  for (int i = 0; i < kCases; ++i) {
    const double required = static_cast<double>(random.whole(1, 60));
    const double average = required * random.between(0.1, 0.9);
    const double tolerance = random.between(0, 1);
    std::vector<Verdict> met;
    for (double gpus = 0; gpus <= 3 * required + 2; ++gpus) {
      const Judgement judgement = judge(gpus, required, average, tolerance);
      if (met.empty() || met.back() != judgement.verdict) met.push_back(judgement.verdict);
      if (gpus < required) {
        ASSERT_EQ(judgement.verdict, Verdict::kUnderProvisioned);
      }
      if (gpus == required) {
        ASSERT_EQ(judgement.verdict, Verdict::kRightSized);
      }
      ASSERT_EQ(judgement.queue_never_empties, gpus <= average);
    }
    ASSERT_EQ(met,
              (std::vector{Verdict::kUnderProvisioned, Verdict::kRightSized, Verdict::kOverProvisioned}));
  }
}

TEST(Invariant10, ALargerBudgetNeverLowersTheLargestDemand) {
  RandomCases random(412);
  for (int i = 0; i < kCases; ++i) {
    const Plant plant = random_plant(random);
    const Redundancy redundancy = random_redundancy(random);
    const Demand demand = random_demand(random, plant.gpu_tokens_per_second);
    const double yearly = random.scaled(1e3, 1e7);
    const double once = random.scaled(1e3, 1e7);
    const double factor = random.between(1, 3);
    const auto carried = [&](const Budget& budget) {
      const auto gpus = affordable_gpus(plant, redundancy, demand, budget);
      return largest_tokens_per_month(serviceable_gpus(redundancy, *gpus), plant.gpu_tokens_per_second,
                                      demand.peak_to_average, demand.peak_utilisation);
    };
    const double base = carried({.per_year = yearly, .capital = once});
    ASSERT_GE(carried({.per_year = yearly * factor, .capital = once}), base);
    ASSERT_GE(carried({.per_year = yearly, .capital = once * factor}), base);
    ASSERT_GE(carried({.per_year = yearly, .capital = none("no limit")}), base);
  }
}

TEST(AffordableGpus, AreThoseOfASearchOneByOne) {
  RandomCases random(413);
  for (int i = 0; i < kCases; ++i) {
    const Plant plant = random_plant(random);
    Redundancy redundancy = random_redundancy(random);
    redundancy.gpus_per_server = plant.gpus_per_server;
    const Demand demand = random_demand(random, plant.gpu_tokens_per_second);
    const Budget budget{.per_year = random.scaled(1e3, 3e5), .capital = random.scaled(1e3, 1e6)};
    const double step = redundancy.sold_by_server ? redundancy.gpus_per_server : 1;
    double most = 0;
    for (double gpus = step;; gpus += step) {
      const AnnualCost cost = annual_cost(plant, gpus);
      if (cost_at_demand(cost, demand.tokens_per_month) > *budget.per_year || cost.capital > *budget.capital)
        break;
      most = gpus;
    }
    ASSERT_EQ(*affordable_gpus(plant, redundancy, demand, budget), most);
  }
}

TEST(AffordableGpus, NeedABudgetThatLimits) {
  Plant plant{};
  plant.gpus_per_server = 1;
  plant.life_years = 5;
  plant.power_usage_effectiveness = 1;
  plant.availability = 1;
  plant.gpu_tokens_per_second = 100;
  const Redundancy redundancy{.factor = 1, .spare_gpus = 0, .gpus_per_server = 1, .sold_by_server = false};
  const Demand demand{.tokens_per_month = 1e9, .peak_to_average = 1, .peak_utilisation = 1};
  EXPECT_FALSE(affordable_gpus(plant, redundancy, demand, {.per_year = none("no"), .capital = none("no")}));
  EXPECT_FALSE(affordable_gpus(plant, redundancy, demand, {.per_year = 1.0, .capital = none("no")}));
}

TEST(Solve, AgreesWithItsSteps) {
  RandomCases random(414);
  for (int i = 0; i < kCases; ++i) {
    const Plant plant = random_plant(random);
    const Redundancy redundancy = random_redundancy(random);
    const Demand demand = random_demand(random, plant.gpu_tokens_per_second);
    const auto solution = solve({.plant = plant,
                                 .redundancy = redundancy,
                                 .demand = demand,
                                 .budget = {.per_year = 1e6, .capital = none("no limit")},
                                 .present_gpus = none("none"),
                                 .cloud_price_per_mtok = 1e9,
                                 .tolerance = 0.25});
    const Sized sized = size(plant, redundancy, demand);
    const double utilisation = kMonthsPerYear * demand.tokens_per_month /
                               annual_cost(plant, sized.required).capacity_tokens_per_year;
    ASSERT_EQ(static_cast<bool>(solution), utilisation <= 1);
    if (!solution) continue;
    ASSERT_EQ(solution->needed, sized.needed);
    ASSERT_EQ(solution->required, sized.required);
    ASSERT_NEAR(solution->cost_per_year, sized.cost, 1e-9 * sized.cost);
    ASSERT_GE(solution->needed, solution->floor);
    // The unit cost is all money over all tokens.
    ASSERT_NEAR(solution->cost_per_mtok, 1e6 * sized.cost / (12 * demand.tokens_per_month),
                1e-9 * solution->cost_per_mtok);
    ASSERT_EQ(solution->judgement.verdict == Verdict::kUnderProvisioned,
              *solution->affordable < sized.required);
  }
}

TEST(NeededGpus, HasALimit) {
  EXPECT_FALSE(needed_gpus({.tokens_per_month = 1e18, .peak_to_average = 5, .peak_utilisation = 0.5}, 1e-3));
}

TEST(PeakToAverage, IsHighestOverMean) {
  const double office[] = {0, 0, 4, 4};
  EXPECT_EQ(*peak_to_average(office), 2);
  const double nothing[] = {0, 0};
  EXPECT_FALSE(peak_to_average(nothing));
  EXPECT_FALSE(peak_to_average({}));
}

}  // namespace
}  // namespace berth::tokenomics
