// Random plants and scenarios for property tests.
#pragma once

#include "tokenomics/cost.hpp"
#include "tokenomics/inputs.hpp"
#include "tokenomics/random_cases.hpp"
#include "tokenomics/sizing.hpp"
#include "tokenomics/unit_cost.hpp"

namespace berth::tokenomics {

inline Plant random_plant(RandomCases& random) {
  const double idle_watts = random.between(10, 300);
  return {.price_per_gpu = random.scaled(100, 1e5),
          .price_per_server = random.scaled(100, 1e5),
          .other_capital = random.between(0, 1e5),
          .gpus_per_server = static_cast<double>(random.whole(1, 8)),
          .residual_share = random.between(0, 1),
          .life_years = random.between(0.5, 12),
          .capital_rate_per_year = random.coin() ? random.between(0, 0.3) : 0,
          .maintenance_share_per_year = random.between(0, 0.2),
          .licence_per_gpu_year = random.between(0, 5000),
          .staff_per_year = random.between(0, 1e5),
          .hosting_per_year = random.between(0, 1e5),
          .server_base_watts = random.between(0, 2000),
          .gpu_idle_watts = idle_watts,
          .gpu_active_watts = idle_watts + random.between(1, 1000),
          .power_fixed = random.coin(),
          .power_usage_effectiveness = random.between(1, 2),
          .price_per_kwh = random.between(0.01, 0.6),
          .availability = random.between(0.5, 1),
          .gpu_tokens_per_second = random.scaled(1, 1e5)};
}

inline Redundancy random_redundancy(RandomCases& random) {
  return {.factor = random.coin() ? 1 : random.between(1, 2),
          .spare_gpus = static_cast<double>(random.whole(0, 4)),
          .gpus_per_server = static_cast<double>(random.whole(1, 8)),
          .sold_by_server = random.coin()};
}

/// A demand that needs up to a few hundred GPUs of that speed.
inline Demand random_demand(RandomCases& random, double gpu_tokens_per_second) {
  return {.tokens_per_month = gpu_tokens_per_second * 730 * 3600 * random.scaled(0.01, 50),
          .peak_to_average = random.between(1, 5),
          .peak_utilisation = random.between(0.3, 1)};
}

/// The reference machine with every number of its cost and its cloud price moved.
inline Inputs random_inputs(RandomCases& random) {
  Inputs inputs = standard_inputs();
  inputs.set(In::kGpus, static_cast<double>(random.whole(1, 64)));
  inputs.set(In::kGpusPerServer, static_cast<double>(random.whole(1, 8)));
  inputs.set(In::kSoldByServer, random.coin() ? 1 : 0);
  inputs.set(In::kSpareGpus, static_cast<double>(random.whole(0, 3)));
  inputs.set(In::kGpuPrice, random.scaled(100, 1e5));
  inputs.set(In::kServerPrice, random.scaled(100, 1e5));
  inputs.set(In::kOtherCapital, random.between(0, 1e5));
  inputs.set(In::kResidualShare, random.between(0, 0.9));
  inputs.set(In::kLifeYears, random.between(0.5, 12));
  inputs.set(In::kCapitalRate, random.coin() ? random.between(0, 0.3) : 0);
  inputs.set(In::kMaintenanceShare, random.between(0, 0.2));
  inputs.set(In::kLicencePerGpu, random.between(1, 5000));
  inputs.set(In::kStaffFte, random.between(0, 2));
  inputs.set(In::kHostingPerYear, random.between(1, 1e5));
  inputs.set(In::kStaffFtePerServer, random.between(0, 0.2));
  inputs.set(In::kHostingPerServer, random.between(1, 1e4));
  inputs.set(In::kNetworkShare, random.between(0, 0.3));
  inputs.set(In::kServerBaseWatts, random.between(0, 2000));
  inputs.set(In::kGpuIdleWatts, random.between(10, 200));
  inputs.set(In::kGpuActiveWatts, random.between(201, 1200));
  inputs.set(In::kPower, random.coin() ? 1 : 0);
  inputs.set(In::kPue, random.between(1, 2));
  inputs.set(In::kElectricityPrice, random.between(0.01, 0.6));
  inputs.set(In::kAvailability, random.between(0.5, 1));
  inputs.set(In::kUtilisation, random.between(0.01, 1));
  inputs.set(In::kThroughput, random.scaled(1, 1e5));
  inputs.set(In::kServiceFactor, random.between(0.1, 1));
  inputs.set(In::kThroughputBasis, static_cast<double>(random.whole(0, 2)));
  inputs.set(In::kBasis, static_cast<double>(random.whole(0, 2)));
  inputs.set(In::kInputTokens, random.between(0, 20000));
  inputs.set(In::kCachedTokens, random.between(0, 20000));
  inputs.set(In::kWrittenTokens, random.between(0, 20000));
  inputs.set(In::kOutputTokens, random.between(1, 5000));
  inputs.set(In::kInputWeight, random.between(0, 1));
  inputs.set(In::kCloudInputPrice, random.scaled(0.01, 100));
  inputs.set(In::kCloudCachedPrice, random.scaled(0.01, 100));
  inputs.set(In::kCloudWritePrice, random.scaled(0.01, 100));
  inputs.set(In::kCloudOutputPrice, random.scaled(0.01, 100));
  inputs.set(In::kCloudDiscount, random.between(0, 0.5));
  return inputs;
}

}  // namespace berth::tokenomics
