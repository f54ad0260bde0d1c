// Capital, power and annual cost of the installed machines.
#include "tokenomics/plant.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/serving.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

bool power_is_fixed(const Inputs& inputs) {
  return inputs[In::kPower] == static_cast<double>(PowerModel::kFixed);
}

Wording straight_line_wording(const Inputs& inputs) {
  // The same border as in the annuity itself.
  if (inputs[In::kCapitalRate] >= 1e-9) return {};
  return {.formula = "(K - S)/L"};
}
Wording recovery_wording(const Inputs& inputs) {
  if (inputs[In::kCapitalRate] >= 1e-9) return {};
  return {.formula = "1/L"};
}
Wording pue_wording(const Inputs& inputs) {
  if (inputs.has(In::kCoolingPrice)) return {};
  return {.formula = "pue"};
}
Wording utilisation_wording(const Inputs& inputs) {
  if (inputs.has(In::kActiveUtilisation)) return {};
  return {.formula = inputs.has(In::kUtilisation) ? "u_in" : "u_D"};
}
Wording idle_watts_wording(const Inputs& inputs) {
  if (!power_is_fixed(inputs)) return {};
  return {.formula = "N_srv*P_base + N*P_act"};
}
Wording it_watts_wording(const Inputs& inputs) {
  if (!power_is_fixed(inputs)) return {};
  return {.formula = "P_rest"};
}
Wording variable_wording(const Inputs& inputs) {
  if (!power_is_fixed(inputs)) return {};
  return {.formula = "0"};
}
Wording serviceable_wording(const Inputs& inputs) {
  return {.formula = serviceable_formula(inputs, "N")};
}

/// Network of each server but the first.
double network_of(Evaluation& e) {
  return e(In::kNetworkShare) * (e(Q::kServers) - 1) *
         (e(In::kGpusPerServer) * e(In::kGpuPrice) + e(In::kServerPrice));
}

constexpr QuantityInfo kQuantities[] = {
    {Q::kServers, "servers", "N_srv", "server", "ceil(N/k)",
     [](Evaluation& e) -> Maybe<double> { return servers_for(e(In::kGpus), e(In::kGpusPerServer)); }},
    {Q::kCapital, "capital", "K", "money",
     "N*p_gpu + N_srv*p_srv + K_other + net*(N_srv - 1)*(k*p_gpu + p_srv)",
     [](Evaluation& e) -> Maybe<double> {
       return network_of(e) + capital({.gpus = e(In::kGpus),
                                       .servers = e(Q::kServers),
                                       .price_per_gpu = e(In::kGpuPrice),
                                       .price_per_server = e(In::kServerPrice),
                                       .other = e(In::kOtherCapital)});
     }},
    {Q::kResidualValue, "residual_value", "S", "money", "s*K",
     [](Evaluation& e) -> Maybe<double> { return e(In::kResidualShare) * e(Q::kCapital); }},
    {Q::kCapitalRecoveryFactor, "capital_recovery_factor", "CRF", "1/yr", "r/(1 - (1 + r)^-L)",
     [](Evaluation& e) -> Maybe<double> {
       return capital_recovery_factor(e(In::kCapitalRate), e(In::kLifeYears));
     },
     recovery_wording},
    {Q::kAnnualCapital, "annual_capital", "A", "money/yr", "(K - S/(1 + r)^L)*CRF",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kCapitalRecoveryFactor));  // a line of its own in the derivation
       return annual_capital(amortisation_of(e));
     },
     straight_line_wording},
    {Q::kAnnualCapitalSinkingFund, "annual_capital_sinking_fund", "A_fund", "money/yr",
     "K*CRF - S*r/((1 + r)^L - 1)",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kCapitalRecoveryFactor));
       return annual_capital_by_sinking_fund(amortisation_of(e));
     },
     straight_line_wording},
    {Q::kAnnualCapitalStraightLine, "annual_capital_straight_line", "A_line", "money/yr", "(K - S)/L",
     [](Evaluation& e) -> Maybe<double> { return annual_capital_straight_line(amortisation_of(e)); }},
    {Q::kServiceableGpus, "serviceable_gpus", "N_act", "GPU",
     "max(0, min(floor(k*floor(N/k)/rho), k*floor(N/k) - x))",
     [](Evaluation& e) -> Maybe<double> { return serviceable_gpus(redundancy_of(e), e(In::kGpus)); },
     serviceable_wording},
    {Q::kUtilisationCeiling, "utilisation_ceiling", "u_max", "share", "N_act/N",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kServiceableGpus) / e(In::kGpus); }},
    {Q::kInstalledUtilisation, "installed_utilisation", "u", "share", "u_s*u_max",
     [](Evaluation& e) -> Maybe<double> {
       if (e(In::kGpus) < instance_gpus(e.inputs()))
         return none("the installed GPUs do not hold one copy of the model");
       if (!e.has(In::kActiveUtilisation))
         return e.has(In::kUtilisation) ? e(In::kUtilisation) : e(Q::kDemandUtilisation);
       const double utilisation = e(In::kActiveUtilisation) * e(Q::kUtilisationCeiling);
       if (utilisation == 0) return none("redundancy leaves no GPU to work");
       return utilisation;
     },
     utilisation_wording},
    {Q::kPowerUsageEffectiveness, "power_usage_effectiveness", "PUE", "", "1 + c_cool/c_e",
     [](Evaluation& e) -> Maybe<double> {
       if (!e.has(In::kCoolingPrice)) return e(In::kPue);
       return pue_from_cooling_price(e(In::kCoolingPrice), e(In::kElectricityPrice));
     },
     pue_wording},
    {Q::kEnergyPricePerWattYear, "energy_price_per_watt_year", "e", "money/W/yr", "8760*PUE*c_e/1000",
     [](Evaluation& e) -> Maybe<double> {
       return money_per_watt_year(e(Q::kPowerUsageEffectiveness), e(In::kElectricityPrice));
     }},
    {Q::kIdlePowerWatts, "idle_power_watts", "P_rest", "W", "N_srv*P_base + N*P_idle",
     [](Evaluation& e) -> Maybe<double> { return it_watts(draw_of(e), 0); }, idle_watts_wording},
    {Q::kItPowerWatts, "it_power_watts", "P", "W", "P_rest + N*(P_act - P_idle)*u*alpha",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kIdlePowerWatts));
       return it_watts(draw_of(e), e(Q::kInstalledUtilisation));
     },
     it_watts_wording},
    {Q::kElectricityPerYear, "electricity_per_year", "E_el", "money/yr", "8760*c_e*P/1000",
     [](Evaluation& e) -> Maybe<double> {
       return electricity_per_year(e(Q::kItPowerWatts), e(In::kElectricityPrice));
     }},
    {Q::kCoolingPerYear, "cooling_per_year", "E_cool", "money/yr", "(PUE - 1)*8760*c_e*P/1000",
     [](Evaluation& e) -> Maybe<double> {
       return cooling_per_year(e(Q::kItPowerWatts), e(In::kElectricityPrice), e(Q::kPowerUsageEffectiveness));
     }},
    {Q::kEnergyPerYear, "energy_per_year", "E", "money/yr", "E_el + E_cool",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kElectricityPerYear) + e(Q::kCoolingPerYear); }},
    {Q::kEnergyKwhPerYear, "energy_kwh_per_year", "W_kwh", "kWh/yr", "8760*PUE*P/1000",
     [](Evaluation& e) -> Maybe<double> {
       return kHoursPerYear * e(Q::kPowerUsageEffectiveness) * e(Q::kItPowerWatts) / kWattsPerKilowatt;
     }},
    {Q::kMaintenancePerYear, "maintenance_per_year", "C_m", "money/yr", "m*K",
     [](Evaluation& e) -> Maybe<double> { return e(In::kMaintenanceShare) * e(Q::kCapital); }},
    {Q::kLicencesPerYear, "licences_per_year", "C_lic", "money/yr", "N*lic",
     [](Evaluation& e) -> Maybe<double> { return e(In::kGpus) * e(In::kLicencePerGpu); }},
    {Q::kStaffPerYear, "staff_per_year", "C_staff", "money/yr", "fte*salary",
     [](Evaluation& e) -> Maybe<double> { return e(In::kStaffFte) * e(In::kStaffSalary); }},
    {Q::kFurtherServersPerYear, "further_servers_per_year", "C_srv", "money/yr",
     "(N_srv - 1)*(fte_srv*salary + C_host_srv)",
     [](Evaluation& e) -> Maybe<double> {
       return (e(Q::kServers) - 1) *
              (e(In::kStaffFtePerServer) * e(In::kStaffSalary) + e(In::kHostingPerServer));
     }},
    {Q::kFixedCostPerYear, "fixed_cost_per_year", "F", "money/yr",
     "A + C_m + C_lic + C_staff + C_host + C_srv + e*P_rest",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kAnnualCapital) + e(Q::kMaintenancePerYear) + e(Q::kLicencesPerYear) +
              e(Q::kStaffPerYear) + e(In::kHostingPerYear) + e(Q::kFurtherServersPerYear) +
              e(Q::kEnergyPricePerWattYear) * e(Q::kIdlePowerWatts);
     }},
    {Q::kVariableCostPerYear, "variable_cost_per_year", "V", "money/yr", "e*N*(P_act - P_idle)*alpha",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kEnergyPricePerWattYear) * load_watts(draw_of(e)); },
     variable_wording},
    {Q::kAnnualCost, "annual_cost", "C", "money/yr", "F + V*u",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kFixedCostPerYear) + e(Q::kVariableCostPerYear) * e(Q::kInstalledUtilisation);
     }},
    {Q::kIdleCostPerYear, "idle_cost_per_year", "C_idle", "money/yr", "F*(1 - u)",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kFixedCostPerYear) * (1 - e(Q::kInstalledUtilisation));
     }},
    {Q::kUsedCostPerYear, "used_cost_per_year", "C_used", "money/yr", "(F + V)*u",
     [](Evaluation& e) -> Maybe<double> {
       return (e(Q::kFixedCostPerYear) + e(Q::kVariableCostPerYear)) * e(Q::kInstalledUtilisation);
     }},
    {Q::kCostPerHour, "cost_per_hour", "C_h", "money/h", "C/8760",
     [](Evaluation& e) -> Maybe<double> { return per_hour_from_per_year(e(Q::kAnnualCost)); }},
    {Q::kGpuHourRate, "gpu_hour_rate", "g", "money/GPU/h", "C/(N*8760)",
     [](Evaluation& e) -> Maybe<double> { return per_hour_from_per_year(e(Q::kAnnualCost)) / e(In::kGpus); }},
    {Q::kSliceHourRate, "slice_hour_rate", "g_slice", "money/slice/h", "g/s_c",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kGpuHourRate) / e(In::kSlicesPerGpu); }},
    {Q::kBookedGpuHourRate, "booked_gpu_hour_rate", "g_booked", "money/GPU/h", "g/beta",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kGpuHourRate) / e(In::kBookedShare); }},
    {Q::kRunningCostPerHour, "running_cost_per_hour", "o", "money/h", "(C - A)/8760",
     [](Evaluation& e) -> Maybe<double> {
       return per_hour_from_per_year(e(Q::kAnnualCost) - e(Q::kAnnualCapital));
     }},
};

}  // namespace

std::span<const QuantityInfo> cost_quantities() {
  return kQuantities;
}

}  // namespace berth::tokenomics
