// From demand and budget back to GPUs, and what a fleet lacks or has too many of.
#include <algorithm>
#include <cmath>

#include "tokenomics/partition.hpp"
#include "tokenomics/plant.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/serving.hpp"
#include "tokenomics/sourced.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

Wording peak_wording(const Inputs& inputs) {
  if (inputs.profile.empty()) return {.formula = "max(phi_in, 1/alpha)"};
  return {.formula = "max/mean of the profile, at least 1/alpha",
          .numbers = "computed from " + std::to_string(inputs.profile.size()) + " hours",
          .in_words = true};
}
Wording required_wording(const Inputs& inputs) {
  return {.formula = required_formula(inputs)};
}
Wording affordable_serviceable_wording(const Inputs& inputs) {
  return {.formula = serviceable_formula(inputs, "N_aff")};
}
Wording required_variable_wording(const Inputs& inputs) {
  if (inputs[In::kPower] != static_cast<double>(PowerModel::kFixed)) return {};
  return {.formula = "0"};
}
Wording rented_wording(const Inputs& inputs) {
  if (inputs[In::kRentedReleasedWhenIdle] == 0) return {};
  return {.formula = "12*D*R_gpu/(theta*3600)"};
}
Wording judged_wording(const Inputs& inputs) {
  if (inputs.has(In::kPresentGpus)) return {.formula = "N_have"};
  if (inputs.has(In::kYearlyBudget) || inputs.has(In::kCapitalBudget)) return {.formula = "N_aff"};
  return {.formula = "N"};
}

OwnWins wins(Evaluation& e) {
  if (is_partitioned(e.inputs()))
    return {.from = none("known for pooled GPUs only"), .for_good = none("known for pooled GPUs only")};
  for (const Q needed : {Q::kCloudPrice, Q::kServiceSeconds, Q::kGpuThroughput}) {
    if (const auto value = e.get(needed); !value) return {.from = value, .for_good = value};
  }
  return own_wins(e);
}

AnnualCost cost_of(Evaluation& e, Q gpus) {
  return annual_cost(plant_of(e), e(gpus));
}

/// The demand a number of serving GPUs carries.
Maybe<double> carried_by(Evaluation& e, double serving_gpus) {
  if (is_partitioned(e.inputs())) return none("the largest demand is known for pooled GPUs only");
  return demand_that_is_served(e, serving_gpus);
}

Maybe<double> carried_by_judged(Evaluation& e) {
  return carried_by(e, serviceable_gpus(redundancy_of(e), e(Q::kJudgedGpus)));
}

Maybe<double> gpus_for_demand(Evaluation& e) {
  static_cast<void>(e(Q::kPeakRate));
  if (!is_partitioned(e.inputs())) return gpus_that_serve(e, e(In::kDemand));
  const auto packing = packing_of(e);
  if (!packing) return packing.none<double>();
  return std::max(1.0, static_cast<double>(packing->gpus));
}

Wording needed_wording(const Inputs& inputs) {
  if (!is_partitioned(inputs)) return {.in_words = true};
  return {.formula = "GPUs of sum over tiers of ceil(f_i*lambda_pk/(tau_i*eta_i*u_pk)) instances, packed",
          .in_words = true};
}

double yearly_cost(Evaluation& e, Q gpus) {
  return cost_at_demand(cost_of(e, gpus), e(In::kDemand));
}

Maybe<double> judged_gpus(Evaluation& e) {
  if (e.has(In::kPresentGpus)) return e(In::kPresentGpus);
  if (e.has(In::kYearlyBudget) || e.has(In::kCapitalBudget)) return e(Q::kAffordableGpus);
  return e(In::kGpus);
}

/// The smallest purchase or return that makes the fleet right-sized; returned GPUs count below 0.
Maybe<double> change_gpus(Evaluation& e) {
  const double have = e(Q::kJudgedGpus);
  const double required = e(Q::kRequiredGpus);
  const double largest = e(Q::kLargestRightSized);
  if (have < required) return required - have;
  if (have <= largest) return 0.0;
  const double step = e.flag(In::kSoldByServer) ? e(In::kGpusPerServer) : 1;
  return std::max(required, step * std::floor(largest / step)) - have;
}

Maybe<double> missing_budget(Evaluation& e, In budget, Q needed) {
  if (!e.has(budget)) return none("no such budget is given");
  return std::max(0.0, e(needed) - e(budget));
}

constexpr QuantityInfo kQuantities[] = {
    {Q::kAverageRate, "average_rate", "lambda", "tokens/s", "D/(730*3600)",
     [](Evaluation& e) -> Maybe<double> { return average_tokens_per_second(e(In::kDemand)); }},
    {Q::kDutyPeakFactor, "duty_peak_factor", "phi_duty", "", "730/(duty_h*duty_d)",
     [](Evaluation& e) -> Maybe<double> {
       return kHoursPerMonth / (e(In::kDutyHoursPerDay) * e(In::kDutyDaysPerMonth));
     }},
    {Q::kPeakFactorUsed, "peak_factor_used", "phi", "", "max(phi_in, 1/alpha), or that of the profile",
     [](Evaluation& e) -> Maybe<double> {
       const double least = 1 / e(In::kAvailability);
       if (e.inputs().profile.empty()) return std::max(e(In::kPeakFactor), least);
       const auto peak = peak_to_average(e.inputs().profile);
       if (!peak) return peak;
       return std::max(*peak, least);
     },
     peak_wording},
    {Q::kPeakRate, "peak_rate", "lambda_pk", "tokens/s", "phi*lambda",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kPeakFactorUsed) * e(Q::kAverageRate); }},
    {Q::kNeededGpus, "needed_gpus", "N_need", "GPU",
     "as many GPUs as carry lambda_pk at u_pk and have slots so that requests hardly wait, whole instances",
     gpus_for_demand, needed_wording},
    {Q::kRequiredGpus, "required_gpus", "N_req", "GPU", "k*ceil(max(ceil(rho*N_need), N_need + x)/k)",
     [](Evaluation& e) -> Maybe<double> { return required_gpus(redundancy_of(e), e(Q::kNeededGpus)); },
     required_wording},
    {Q::kFloorGpus, "floor_gpus", "N_floor", "GPU", "max(1, ceil(lambda/theta))",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kAverageRate));
       return floor_gpus(e(In::kDemand), e(Q::kGpuThroughput));
     }},
    {Q::kRequiredCapital, "required_capital", "K_req", "money",
     "N_req*p_gpu + ceil(N_req/k)*p_srv + K_other + net*(ceil(N_req/k) - 1)*(k*p_gpu + p_srv)",
     [](Evaluation& e) -> Maybe<double> { return cost_of(e, Q::kRequiredGpus).capital; }},
    {Q::kRequiredFixedCost, "required_fixed_cost", "F_req", "money/yr", "F of N_req",
     [](Evaluation& e) -> Maybe<double> { return cost_of(e, Q::kRequiredGpus).fixed_per_year; }, in_words},
    {Q::kRequiredVariableCost, "required_variable_cost", "V_req", "money/yr",
     "8760*PUE*c_e/1000*N_req*(P_act - P_idle)*alpha",
     [](Evaluation& e) -> Maybe<double> { return cost_of(e, Q::kRequiredGpus).variable_per_year; },
     required_variable_wording},
    {Q::kRequiredUtilisation, "required_utilisation", "u_req", "share", "lambda/(N_req*theta*alpha)",
     [](Evaluation& e) -> Maybe<double> {
       const double share =
           e(Q::kAverageRate) / (e(Q::kRequiredGpus) * e(Q::kGpuThroughput) * e(In::kAvailability));
       if (share > 1) return none("the hours the platform is up are too few for the demand");
       return share;
     }},
    {Q::kRequiredPeakUtilisation, "required_peak_utilisation", "u_peak", "share", "lambda_pk/(N_need*theta)",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kPeakRate) / (e(Q::kNeededGpus) * e(Q::kGpuThroughput));
     }},
    {Q::kRequiredAnnualCost, "required_annual_cost", "C_req", "money/yr", "F_req + V_req*u_req",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kRequiredFixedCost) + e(Q::kRequiredVariableCost) * e(Q::kRequiredUtilisation);
     }},
    {Q::kRequiredIdleCost, "required_idle_cost", "C_idle_req", "money/yr", "F_req*(1 - u_req)",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kRequiredFixedCost) * (1 - e(Q::kRequiredUtilisation));
     }},
    {Q::kRequiredUnitCost, "required_unit_cost", "c_req", "money/Mtok", "1e6*C_req/(12*D)",
     [](Evaluation& e) -> Maybe<double> {
       return per_mtok_from_per_year(e(Q::kRequiredAnnualCost), kMonthsPerYear * e(In::kDemand));
     }},
    {Q::kRequiredCloudCost, "required_cloud_cost", "C_cloud", "money/yr", "12*D*p/1e6",
     [](Evaluation& e) -> Maybe<double> {
       return per_year_from_per_mtok(e(Q::kCloudPrice), kMonthsPerYear * e(In::kDemand));
     }},
    {Q::kRequiredRentedCost, "required_rented_cost", "C_rent", "money/yr", "8760*N_req*R_gpu",
     [](Evaluation& e) -> Maybe<double> {
       const double price = e(In::kRentedGpuPrice);
       if (!e.flag(In::kRentedReleasedWhenIdle)) return kHoursPerYear * e(Q::kRequiredGpus) * price;
       return per_year_from_per_mtok(per_mtok_from_per_hour(price, e(Q::kGpuThroughput)),
                                     kMonthsPerYear * e(In::kDemand));
     },
     rented_wording},
    {Q::kRequiredBreakevenUtilisation, "required_breakeven_utilisation", "u*_req", "share",
     "F_req/(p*T_max/1e6 - V_req) at N_req",
     [](Evaluation& e) -> Maybe<double> {
       const auto line = unit_line(cost_of(e, Q::kRequiredGpus));
       if (!line) return line.none<double>();
       return utilisation_for_price(*line, e(Q::kCloudPrice));
     },
     in_words},
    {Q::kLargestDemand, "largest_demand", "D_req", "tokens/month",
     "N_act(N_req)*theta*u_pk*730*3600/phi, less where slots are too few",
     [](Evaluation& e) -> Maybe<double> {
       return carried_by(e, serviceable_gpus(redundancy_of(e), e(Q::kRequiredGpus)));
     },
     in_words},
    {Q::kInstalledDemand, "installed_demand", "D_act", "tokens/month",
     "N_act*theta*u_pk*730*3600/phi, less where slots are too few",
     [](Evaluation& e) -> Maybe<double> { return carried_by(e, e(Q::kServiceableGpus)); }, in_words},
    {Q::kReachableUtilisation, "reachable_utilisation", "u_reach", "share", "12*D_act/T_max",
     [](Evaluation& e) -> Maybe<double> {
       return kMonthsPerYear * e(Q::kInstalledDemand) / e(Q::kCapacityTokensPerYear);
     }},
    {Q::kOwnCheaperFrom, "own_cheaper_from", "D_own", "tokens/month",
     "least D at which C_req is not above C_cloud", [](Evaluation& e) { return wins(e).from; }, in_words},
    {Q::kOwnCheaperForGood, "own_cheaper_for_good", "D_own_good", "tokens/month",
     "least D from which on C_req is never above C_cloud", [](Evaluation& e) { return wins(e).for_good; },
     in_words},
    {Q::kMixGpus, "mix_gpus", "N_mix", "GPU", "own GPUs of the cheapest mix that leaves some to the cloud",
     [](Evaluation& e) -> Maybe<double> {
       const auto mix = cheapest_mix(e);
       if (!mix) return mix.none<double>();
       return static_cast<double>(mix->installed_gpus);
     },
     in_words},
    {Q::kMixCost, "mix_cost", "C_mix", "money/yr",
     "N_mix GPUs for the steady base, the cloud for what is above",
     [](Evaluation& e) -> Maybe<double> {
       const auto mix = cheapest_mix(e);
       if (!mix) return mix.none<double>();
       return mix->cost;
     },
     in_words},
    {Q::kAffordableGpus, "affordable_gpus", "N_aff", "GPU", "largest N with C(N) <= B and K(N) <= K_B",
     [](Evaluation& e) -> Maybe<double> {
       return affordable_gpus(plant_of(e), redundancy_of(e), demand_of(e), budget_of(e));
     },
     in_words},
    {Q::kAffordableServiceableGpus, "affordable_serviceable_gpus", "N_aff_act", "GPU",
     "max(0, min(floor(k*floor(N_aff/k)/rho), k*floor(N_aff/k) - x))",
     [](Evaluation& e) -> Maybe<double> { return serviceable_gpus(redundancy_of(e), e(Q::kAffordableGpus)); },
     affordable_serviceable_wording},
    {Q::kAffordableDemand, "affordable_demand", "D_max", "tokens/month", "what N_aff_act carry",
     [](Evaluation& e) -> Maybe<double> { return carried_by(e, e(Q::kAffordableServiceableGpus)); },
     in_words},
    {Q::kJudgedGpus, "judged_gpus", "N_judged", "GPU", "N_have, else N_aff, else N", judged_gpus,
     judged_wording},
    {Q::kLargestRightSized, "largest_right_sized", "N_right", "GPU", "max(N_req, floor(N_req*(1 + delta)))",
     [](Evaluation& e) -> Maybe<double> {
       return judge(0, e(Q::kRequiredGpus), 0, e(In::kSurplusTolerance)).largest_right_sized;
     }},
    {Q::kMissingGpus, "missing_gpus", "N_miss", "GPU", "max(0, N_req - N_judged)",
     [](Evaluation& e) -> Maybe<double> { return std::max(0.0, e(Q::kRequiredGpus) - e(Q::kJudgedGpus)); }},
    {Q::kMissingCapital, "missing_capital", "K_miss", "money", "max(0, K(N_req) - K(N_judged))",
     [](Evaluation& e) -> Maybe<double> {
       return std::max(0.0, cost_of(e, Q::kRequiredGpus).capital - cost_of(e, Q::kJudgedGpus).capital);
     },
     in_words},
    {Q::kMissingCostPerYear, "missing_cost_per_year", "C_miss", "money/yr", "max(0, C(N_req) - C(N_judged))",
     [](Evaluation& e) -> Maybe<double> {
       return std::max(0.0, yearly_cost(e, Q::kRequiredGpus) - yearly_cost(e, Q::kJudgedGpus));
     },
     in_words},
    {Q::kUnservedDemand, "unserved_demand", "D_miss", "tokens/month", "max(0, D - D_max(N_judged))",
     [](Evaluation& e) -> Maybe<double> {
       const auto carried = carried_by_judged(e);
       if (!carried) return carried;
       return std::max(0.0, e(In::kDemand) - *carried);
     },
     in_words},
    {Q::kSurplusGpus, "surplus_gpus", "N_over", "GPU", "max(0, N_judged - N_req)",
     [](Evaluation& e) -> Maybe<double> { return std::max(0.0, e(Q::kJudgedGpus) - e(Q::kRequiredGpus)); }},
    {Q::kSurplusCostPerYear, "surplus_cost_per_year", "C_over", "money/yr", "max(0, C(N_judged) - C(N_req))",
     [](Evaluation& e) -> Maybe<double> {
       return std::max(0.0, yearly_cost(e, Q::kJudgedGpus) - yearly_cost(e, Q::kRequiredGpus));
     },
     in_words},
    {Q::kDemandGrowth, "demand_growth", "D_room", "share", "D_max(N_judged)/D - 1",
     [](Evaluation& e) -> Maybe<double> {
       const auto carried = carried_by_judged(e);
       if (!carried) return carried;
       if (*carried < e(In::kDemand)) return none("the fleet does not carry the demand as it is");
       return *carried / e(In::kDemand) - 1;
     },
     in_words},
    {Q::kChangeGpus, "change_gpus", "dN", "GPU", "N_req - N_judged, 0, or N_right - N_judged", change_gpus,
     in_words},
    {Q::kMissingYearlyBudget, "missing_yearly_budget", "B_miss", "money/yr", "max(0, C_req - B)",
     [](Evaluation& e) -> Maybe<double> {
       return missing_budget(e, In::kYearlyBudget, Q::kRequiredAnnualCost);
     }},
    {Q::kMissingCapitalBudget, "missing_capital_budget", "K_B_miss", "money", "max(0, K_req - K_B)",
     [](Evaluation& e) -> Maybe<double> {
       return missing_budget(e, In::kCapitalBudget, Q::kRequiredCapital);
     }},
};

}  // namespace

std::span<const QuantityInfo> sizing_quantities() {
  return kQuantities;
}

}  // namespace berth::tokenomics
