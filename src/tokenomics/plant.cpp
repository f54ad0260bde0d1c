#include "tokenomics/plant.hpp"

#include "tokenomics/serving.hpp"

namespace berth::tokenomics {

Redundancy redundancy_of(Evaluation& e) {
  return {.factor = e(In::kRedundancyFactor),
          .spare_gpus = e(In::kSpareGpus),
          .gpus_per_server = e(In::kGpusPerServer),
          .sold_by_server = e.flag(In::kSoldByServer),
          .spare_servers = e(In::kSpareServers),
          .gpus_per_instance = instance_gpus(e.inputs())};
}

Plant plant_of(Evaluation& e) {
  return {.price_per_gpu = e(In::kGpuPrice),
          .price_per_server = e(In::kServerPrice),
          .other_capital = e(In::kOtherCapital),
          .gpus_per_server = e(In::kGpusPerServer),
          .residual_share = e(In::kResidualShare),
          .life_years = e(In::kLifeYears),
          .capital_rate_per_year = e(In::kCapitalRate),
          .maintenance_share_per_year = e(In::kMaintenanceShare),
          .licence_per_gpu_year = e(In::kLicencePerGpu),
          .staff_per_year = e(Q::kStaffPerYear),
          .hosting_per_year = e(In::kHostingPerYear),
          .server_base_watts = e(In::kServerBaseWatts),
          .gpu_idle_watts = e(In::kGpuIdleWatts),
          .gpu_active_watts = e(In::kGpuActiveWatts),
          .power_fixed = e(In::kPower) == static_cast<double>(PowerModel::kFixed),
          .power_usage_effectiveness = e(Q::kPowerUsageEffectiveness),
          .price_per_kwh = e(In::kElectricityPrice),
          .availability = e(In::kAvailability),
          .gpu_tokens_per_second = e(Q::kGpuThroughput),
          .network_per_further_server =
              e(In::kNetworkShare) * (e(In::kGpusPerServer) * e(In::kGpuPrice) + e(In::kServerPrice)),
          .operations_per_further_server =
              e(In::kStaffFtePerServer) * e(In::kStaffSalary) + e(In::kHostingPerServer)};
}

Demand demand_of(Evaluation& e) {
  return {.tokens_per_month = e(In::kDemand),
          .peak_to_average = e(Q::kPeakFactorUsed),
          .peak_utilisation = e(In::kPeakUtilisation)};
}

Budget budget_of(Evaluation& e) {
  const auto limit = [&](In id) -> Maybe<double> {
    if (!e.has(id)) return none("no budget is given");
    return e(id);
  };
  return {.per_year = limit(In::kYearlyBudget), .capital = limit(In::kCapitalBudget)};
}

Draw draw_of(Evaluation& e) {
  return {.gpus = e(In::kGpus),
          .servers = e(Q::kServers),
          .server_base_watts = e(In::kServerBaseWatts),
          .gpu_idle_watts = e(In::kGpuIdleWatts),
          .gpu_active_watts = e(In::kGpuActiveWatts),
          .fixed = e(In::kPower) == static_cast<double>(PowerModel::kFixed),
          .availability = e(In::kAvailability)};
}

Amortisation amortisation_of(Evaluation& e) {
  return {.capital = e(Q::kCapital),
          .residual_value = e(Q::kResidualValue),
          .life_years = e(In::kLifeYears),
          .capital_rate_per_year = e(In::kCapitalRate)};
}

OwnOrRent own_or_rent(Evaluation& e) {
  return {.capital = e(Q::kCapital),
          .running_cost_per_hour = e(Q::kRunningCostPerHour),
          .rent_per_hour = e(Q::kCloudPricePerHour)};
}

UnitLine unit_line_of(Evaluation& e) {
  return {.fixed_per_mtok = e(Q::kFixedCostPerMtok), .variable_per_mtok = e(Q::kVariableCostPerMtok)};
}

Request request_of(Evaluation& e) {
  return {.input_tokens = e(In::kInputTokens),
          .cached_tokens = e(In::kCachedTokens),
          .written_tokens = e(In::kWrittenTokens),
          .output_tokens = e(In::kOutputTokens)};
}

WorkWeights weights_of(Evaluation& e) {
  return {.input = e(In::kInputWeight), .cached = e(In::kCachedWeight)};
}

Basis basis_of(Evaluation& e, In id) {
  return static_cast<Basis>(static_cast<int>(e(id)));
}

Tier tier_of(const TierInput& input) {
  return {.share = input.share,
          .instance_tokens_per_second = input.throughput,
          .units_per_instance = input.units,
          .slices_per_gpu = input.slices_per_gpu,
          .sharing_efficiency = input.efficiency};
}

}  // namespace berth::tokenomics
