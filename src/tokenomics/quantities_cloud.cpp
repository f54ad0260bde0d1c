// The cloud price in the same basis as the own cost, and where both meet.
#include <algorithm>
#include <array>

#include "tokenomics/plant.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

bool tiers_have_prices(const Inputs& inputs) {
  return std::any_of(inputs.tiers.begin(), inputs.tiers.end(),
                     [](const TierInput& tier) { return tier.cloud_price.has_value(); });
}

Wording list_price_wording(const Inputs& inputs) {
  if (!tiers_have_prices(inputs)) return {};
  return {.formula = "sum(f_i*p_i) over tiers", .in_words = true};
}
Wording paid_share_wording(const Inputs& inputs) {
  if (inputs[In::kRentedReleasedWhenIdle] == 0) return {};
  return {.formula = "1e6*R_gpu/(theta*3600)"};
}

double share_of_request(Evaluation& e, In tokens) {
  return e(tokens) / e(Q::kRequestTokens);
}

Maybe<double> list_price(Evaluation& e) {
  const std::array<PricePart, 4> parts{{{e(Q::kInputShare), e(In::kCloudInputPrice)},
                                        {e(Q::kCachedShare), e(In::kCloudCachedPrice)},
                                        {e(Q::kWrittenShare), e(In::kCloudWritePrice)},
                                        {e(Q::kOutputShare), e(In::kCloudOutputPrice)}}};
  const auto request_price = blended_price(parts);
  if (!request_price || !tiers_have_prices(e.inputs())) return request_price;
  std::vector<PricePart> tiers;
  for (const TierInput& tier : e.inputs().tiers) {
    tiers.push_back({tier.share, tier.cloud_price.value_or(*request_price)});
  }
  return blended_price(tiers);
}

constexpr double kHoursPerDay = 24;
/// Of the life itself: what floating point leaves of a payback that takes just that.
constexpr double kLifeSlack = 1e-9;

/// What is only paid back by a machine that is no more is not paid back.
Maybe<double> within(double time, double life) {
  if (time > life * (1 + kLifeSlack)) return none("it would take longer than the machines live");
  return time;
}

constexpr QuantityInfo kQuantities[] = {
    {Q::kInputShare, "input_share", "phi_n", "share", "n_in/n_total",
     [](Evaluation& e) -> Maybe<double> { return share_of_request(e, In::kInputTokens); }},
    {Q::kCachedShare, "cached_share", "phi_c", "share", "n_c/n_total",
     [](Evaluation& e) -> Maybe<double> { return share_of_request(e, In::kCachedTokens); }},
    {Q::kWrittenShare, "written_share", "phi_w", "share", "n_w/n_total",
     [](Evaluation& e) -> Maybe<double> { return share_of_request(e, In::kWrittenTokens); }},
    {Q::kOutputShare, "output_share", "phi_out", "share", "n_out/n_total",
     [](Evaluation& e) -> Maybe<double> { return share_of_request(e, In::kOutputTokens); }},
    {Q::kCloudListPrice, "cloud_list_price", "p_list", "money/Mtok",
     "phi_n*p_in + phi_c*p_cached + phi_w*p_write + phi_out*p_out", list_price, list_price_wording},
    {Q::kCloudPaidPrice, "cloud_paid_price", "p_paid", "money/Mtok", "p_list*(1 - disc) + p_extra",
     [](Evaluation& e) -> Maybe<double> {
       return discounted_price(e(Q::kCloudListPrice), e(In::kCloudDiscount), e(In::kCloudExtraPrice));
     }},
    {Q::kCloudPrice, "cloud_price", "p", "money/Mtok", "p_paid*n_total/n_basis",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kCloudPaidPrice) * (e(Q::kRequestTokens) / e(Q::kBasisTokens));
     }},
    {Q::kRentedGpuCostPerMtok, "rented_gpu_cost_per_mtok", "c_rent", "money/Mtok", "1e6*R_gpu/(theta*3600*u)",
     [](Evaluation& e) -> Maybe<double> {
       const double busy = e.flag(In::kRentedReleasedWhenIdle) ? 1 : e(Q::kInstalledUtilisation);
       return rented_gpu_per_mtok(e(In::kRentedGpuPrice), e(Q::kGpuThroughput), busy);
     },
     paid_share_wording},
    {Q::kBreakevenUtilisation, "breakeven_utilisation", "u*", "share", "a/(p - b)",
     [](Evaluation& e) -> Maybe<double> {
       return utilisation_for_price(unit_line_of(e), e(Q::kCloudPrice));
     }},
    {Q::kBreakevenDemand, "breakeven_demand", "D*", "tokens/month", "1e6*F/(12*(p - b))",
     [](Evaluation& e) -> Maybe<double> {
       return breakeven_tokens_per_month(e(Q::kFixedCostPerYear), e(Q::kVariableCostPerMtok),
                                         e(Q::kCloudPrice));
     }},
    {Q::kCloudPricePerHour, "cloud_price_per_hour", "R", "money/h", "N*R_gpu",
     [](Evaluation& e) -> Maybe<double> { return e(In::kGpus) * e(In::kRentedGpuPrice); }},
    {Q::kBreakevenHours, "breakeven_hours", "x*", "h", "K/(R - o)",
     [](Evaluation& e) -> Maybe<double> {
       const auto hours = breakeven_hours(own_or_rent(e));
       if (!hours) return hours;
       return within(*hours, kHoursPerYear * e(In::kLifeYears));
     }},
    {Q::kBreakevenMonths, "breakeven_months", "x*_m", "month", "x*/h_m",
     [](Evaluation& e) -> Maybe<double> {
       return months_from_hours(e(Q::kBreakevenHours), e(In::kHoursPerMonth));
     }},
    {Q::kBreakevenHoursPerDay, "breakeven_hours_per_day", "H*", "h/d", "(K + o*8760*L)/(R*365*L)",
     [](Evaluation& e) -> Maybe<double> {
       const auto hours = breakeven_hours_per_day(own_or_rent(e), e(In::kLifeYears));
       if (hours && *hours > kHoursPerDay)
         return none("not even around the clock does buying pay within the life");
       return hours;
     }},
    {Q::kLifetimeCostPerHour, "lifetime_cost_per_hour", "g_life", "money/h", "K/(8760*L) + o",
     [](Evaluation& e) -> Maybe<double> {
       return lifetime_cost_per_hour({.capital = e(Q::kCapital),
                                      .running_cost_per_hour = e(Q::kRunningCostPerHour),
                                      .rent_per_hour = 0},
                                     e(In::kLifeYears));
     }},
    {Q::kLifetimeCostPerMtok, "lifetime_cost_per_mtok", "c_life", "money/Mtok", "1e6*g_life/(Theta*3600*u)",
     [](Evaluation& e) -> Maybe<double> {
       return per_mtok_from_per_hour(e(Q::kLifetimeCostPerHour),
                                     e(Q::kFleetThroughput) * e(Q::kInstalledUtilisation));
     }},
    {Q::kDemandUtilisation, "demand_utilisation", "u_D", "share", "12*D/T_max",
     [](Evaluation& e) -> Maybe<double> {
       const double utilisation = kMonthsPerYear * e(In::kDemand) / e(Q::kCapacityTokensPerYear);
       if (utilisation > 1) return none("the demand is more than the installed GPUs can process");
       return utilisation;
     }},
    {Q::kDemandAnnualCost, "demand_annual_cost", "C_D", "money/yr", "F + V*u_D",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kFixedCostPerYear) + e(Q::kVariableCostPerYear) * e(Q::kDemandUtilisation);
     }},
    {Q::kCloudBillPerMonth, "cloud_bill_per_month", "bill", "money/month", "D*p/1e6",
     [](Evaluation& e) -> Maybe<double> {
       return per_year_from_per_mtok(e(Q::kCloudPrice), e(In::kDemand));
     }},
    {Q::kOwnCostPerMonth, "own_cost_per_month", "C_month", "money/month", "C_D/12",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kDemandAnnualCost) / kMonthsPerYear; }},
    {Q::kMonthlySaving, "monthly_saving", "Sv", "money/month", "bill - (C_D - A)/12",
     [](Evaluation& e) -> Maybe<double> {
       return saving_per_month(e(Q::kCloudBillPerMonth), e(Q::kDemandAnnualCost), e(Q::kAnnualCapital));
     }},
    {Q::kPaybackMonths, "payback_months", "n_pay", "month", "K/Sv",
     [](Evaluation& e) -> Maybe<double> {
       const auto months = payback_months(e(Q::kCapital), e(Q::kMonthlySaving));
       if (!months) return months;
       return within(*months, kMonthsPerYear * e(In::kLifeYears));
     }},
    {Q::kMonthlyRate, "monthly_rate", "i", "1/month", "(1 + r)^(1/12) - 1",
     [](Evaluation& e) -> Maybe<double> { return monthly_rate(e(In::kCapitalRate)); }},
    {Q::kDiscountedPaybackMonths, "discounted_payback_months", "n_disc", "month", "-ln(1 - K*i/Sv)/ln(1 + i)",
     [](Evaluation& e) -> Maybe<double> {
       const auto months =
           discounted_payback_months(e(Q::kCapital), e(Q::kMonthlySaving), e(Q::kMonthlyRate));
       if (!months) return months;
       return within(*months, kMonthsPerYear * e(In::kLifeYears));
     }},
};

}  // namespace

std::span<const QuantityInfo> cloud_quantities() {
  return kQuantities;
}

}  // namespace berth::tokenomics
