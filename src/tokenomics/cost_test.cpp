#include "tokenomics/cost.hpp"

#include <gtest/gtest.h>

#include "tokenomics/quantities.hpp"
#include "tokenomics/random_plant.hpp"

namespace berth::tokenomics {
namespace {

double relative(double left, double right) {
  return std::abs(left - right) / std::max({std::abs(left), std::abs(right), 1e-300});
}

constexpr In kMoneyInputs[] = {In::kGpuPrice,         In::kServerPrice,     In::kOtherCapital,
                               In::kLicencePerGpu,    In::kStaffSalary,     In::kHostingPerYear,
                               In::kHostingPerServer, In::kElectricityPrice};
constexpr In kCloudPrices[] = {In::kCloudInputPrice, In::kCloudCachedPrice, In::kCloudWritePrice,
                               In::kCloudOutputPrice};
constexpr Q kMoneyResults[] = {Q::kAnnualCost,       Q::kFixedCostPerYear,    Q::kVariableCostPerYear,
                               Q::kFixedCostPerMtok, Q::kVariableCostPerMtok, Q::kUnitCost};

TEST(Invariant02, ScalingEveryPriceScalesEveryCostAndLeavesTheBreakEven) {
  RandomCases random(201);
  for (int i = 0; i < kCases; ++i) {
    const Inputs inputs = random_inputs(random);
    Inputs scaled = inputs;
    const double factor = random.scaled(0.01, 100);
    for (const In id : kMoneyInputs) scaled.set(id, inputs[id] * factor);
    for (const In id : kCloudPrices) scaled.set(id, inputs[id] * factor);
    Evaluation base(inputs);
    Evaluation after(scaled);
    for (const Q id : kMoneyResults) ASSERT_LT(relative(*after.get(id), *base.get(id) * factor), 1e-11);
    const auto share = base.get(Q::kBreakevenUtilisation);
    const auto share_after = after.get(Q::kBreakevenUtilisation);
    ASSERT_EQ(static_cast<bool>(share), static_cast<bool>(share_after));
    if (share) {
      ASSERT_LT(relative(*share_after, *share), 1e-7);
    }
  }
}

TEST(Invariant02, ElasticitiesOfTheUnitCostToAllMoneyAddUpToOne) {
  RandomCases random(202);
  for (int i = 0; i < kCases; ++i) {
    const Inputs inputs = random_inputs(random);
    const double cost = *Evaluation(inputs).get(Q::kUnitCost);
    double elasticities = 0;
    for (const In id : kMoneyInputs) {
      // The cost is linear in each price, so twice the price shows the derivative exactly.
      Inputs doubled = inputs;
      doubled.set(id, 2 * inputs[id]);
      elasticities += (*Evaluation(doubled).get(Q::kUnitCost) - cost) / cost;
    }
    ASSERT_NEAR(elasticities, 1, 1e-10);
  }
}

TEST(Invariant05, AnnualCapitalRisesWithInterestAndFallsWithTheResidual) {
  RandomCases random(203);
  for (int i = 0; i < kCases; ++i) {
    const Amortisation plan{.capital = random.scaled(1, 1e9),
                            .residual_value = 0,
                            .life_years = random.between(0.5, 20),
                            .capital_rate_per_year = random.between(1e-6, 0.5)};
    Amortisation residual = plan;
    residual.residual_value = plan.capital * random.between(0.001, 1);
    ASSERT_LT(annual_capital(residual), annual_capital(plan));
    Amortisation dearer = residual;
    dearer.capital_rate_per_year *= random.between(1.01, 3);
    ASSERT_GT(annual_capital(dearer), annual_capital(residual));
    ASSERT_LT(relative(annual_capital(residual), annual_capital_by_sinking_fund(residual)), 1e-9);
    Amortisation almost_free = residual;
    almost_free.capital_rate_per_year = random.coin() ? 1e-10 : 1e-8;
    ASSERT_LT(std::abs(annual_capital(almost_free) - annual_capital_straight_line(residual)),
              1e-6 * plan.capital / plan.life_years);
  }
}

TEST(Invariant12, PartsOfEnergyAndOfTheAnnualCostAddUp) {
  RandomCases random(212);
  for (int i = 0; i < kCases; ++i) {
    Inputs inputs = random_inputs(random);
    Evaluation e(inputs);
    const double cost = *e.get(Q::kAnnualCost);
    ASSERT_LT(relative(*e.get(Q::kIdleCostPerYear) + *e.get(Q::kUsedCostPerYear), cost), 1e-12);
    ASSERT_LT(relative(*e.get(Q::kSliceHourRate) * inputs[In::kSlicesPerGpu], *e.get(Q::kGpuHourRate)),
              1e-12);
    const double parts = *e.get(Q::kAnnualCapital) + *e.get(Q::kMaintenancePerYear) +
                         *e.get(Q::kEnergyPerYear) + *e.get(Q::kLicencesPerYear) + *e.get(Q::kStaffPerYear) +
                         inputs[In::kHostingPerYear] + *e.get(Q::kFurtherServersPerYear);
    ASSERT_LT(relative(parts, cost), 1e-12);
    const Draw draw{.gpus = inputs[In::kGpus],
                    .servers = *e.get(Q::kServers),
                    .server_base_watts = inputs[In::kServerBaseWatts],
                    .gpu_idle_watts = inputs[In::kGpuIdleWatts],
                    .gpu_active_watts = inputs[In::kGpuActiveWatts],
                    .fixed = inputs[In::kPower] != 0};
    ASSERT_EQ(it_watts(draw, 0), *e.get(Q::kIdlePowerWatts));
    inputs.set(In::kPue, 1);
    ASSERT_EQ(*Evaluation(inputs).get(Q::kCoolingPerYear), 0);
  }
}

TEST(Plant, CostsTheSameAsTheQuantitiesOfItsInputs) {
  RandomCases random(213);
  for (int i = 0; i < kCases; ++i) {
    const Inputs inputs = random_inputs(random);
    Evaluation e(inputs);
    const Plant plant{
        .price_per_gpu = inputs[In::kGpuPrice],
        .price_per_server = inputs[In::kServerPrice],
        .other_capital = inputs[In::kOtherCapital],
        .gpus_per_server = inputs[In::kGpusPerServer],
        .residual_share = inputs[In::kResidualShare],
        .life_years = inputs[In::kLifeYears],
        .capital_rate_per_year = inputs[In::kCapitalRate],
        .maintenance_share_per_year = inputs[In::kMaintenanceShare],
        .licence_per_gpu_year = inputs[In::kLicencePerGpu],
        .staff_per_year = inputs[In::kStaffFte] * inputs[In::kStaffSalary],
        .hosting_per_year = inputs[In::kHostingPerYear],
        .server_base_watts = inputs[In::kServerBaseWatts],
        .gpu_idle_watts = inputs[In::kGpuIdleWatts],
        .gpu_active_watts = inputs[In::kGpuActiveWatts],
        .power_fixed = inputs[In::kPower] != 0,
        .power_usage_effectiveness = inputs[In::kPue],
        .price_per_kwh = inputs[In::kElectricityPrice],
        .availability = inputs[In::kAvailability],
        .gpu_tokens_per_second = *e.get(Q::kGpuThroughput),
        .network_per_further_server =
            inputs[In::kNetworkShare] *
            (inputs[In::kGpusPerServer] * inputs[In::kGpuPrice] + inputs[In::kServerPrice]),
        .operations_per_further_server =
            inputs[In::kStaffFtePerServer] * inputs[In::kStaffSalary] + inputs[In::kHostingPerServer]};
    const AnnualCost cost = annual_cost(plant, inputs[In::kGpus]);
    ASSERT_LT(relative(cost.capital, *e.get(Q::kCapital)), 1e-12);
    ASSERT_LT(relative(cost.fixed_per_year, *e.get(Q::kFixedCostPerYear)), 1e-12);
    ASSERT_LT(relative(cost.at(inputs[In::kUtilisation]), *e.get(Q::kAnnualCost)), 1e-12);
    ASSERT_LT(relative(cost.capacity_tokens_per_year, *e.get(Q::kCapacityTokensPerYear)), 1e-12);
  }
}

TEST(Pue, FollowsFromACoolingPriceUnlessElectricityIsFree) {
  EXPECT_DOUBLE_EQ(*pue_from_cooling_price(0.06, 0.12), 1.5);
  EXPECT_FALSE(pue_from_cooling_price(0.06, 0));
}

TEST(FixedPower, DrawsItsFullLoadAtAnyUtilisation) {
  const Draw draw{.gpus = 2,
                  .servers = 1,
                  .server_base_watts = 600,
                  .gpu_idle_watts = 70,
                  .gpu_active_watts = 500,
                  .fixed = true};
  EXPECT_EQ(it_watts(draw, 0), 1600);
  EXPECT_EQ(it_watts(draw, 1), 1600);
  EXPECT_EQ(load_watts(draw), 0);
}

}  // namespace
}  // namespace berth::tokenomics
