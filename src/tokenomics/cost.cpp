#include "tokenomics/cost.hpp"

#include <algorithm>
#include <cmath>

#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

// Below this rate the annuity is 0/0 in floating point, and equals the straight line to 1e-8.
constexpr double kNoRatePerYear = 1e-9;

bool is_straight_line(double rate_per_year) {
  return std::abs(rate_per_year) < kNoRatePerYear;
}

/// (1+r)^L - 1 without losing the digits of a small rate.
double growth(double rate_per_year, double life_years) {
  return std::expm1(life_years * std::log1p(rate_per_year));
}

}  // namespace

double capital(const Purchase& purchase) {
  return purchase.gpus * purchase.price_per_gpu + purchase.servers * purchase.price_per_server +
         purchase.other;
}

double capital_recovery_factor(double rate_per_year, double life_years) {
  if (is_straight_line(rate_per_year)) return 1 / life_years;
  return rate_per_year / -std::expm1(-life_years * std::log1p(rate_per_year));
}

double annual_capital_straight_line(const Amortisation& plan) {
  return (plan.capital - plan.residual_value) / plan.life_years;
}

double annual_capital(const Amortisation& plan) {
  if (is_straight_line(plan.capital_rate_per_year)) return annual_capital_straight_line(plan);
  const double residual_today =
      plan.residual_value / (1 + growth(plan.capital_rate_per_year, plan.life_years));
  return (plan.capital - residual_today) *
         capital_recovery_factor(plan.capital_rate_per_year, plan.life_years);
}

double annual_capital_by_sinking_fund(const Amortisation& plan) {
  if (is_straight_line(plan.capital_rate_per_year)) return annual_capital_straight_line(plan);
  return plan.capital * capital_recovery_factor(plan.capital_rate_per_year, plan.life_years) -
         plan.residual_value * plan.capital_rate_per_year /
             growth(plan.capital_rate_per_year, plan.life_years);
}

double load_watts(const Draw& draw) {
  return draw.fixed ? 0 : draw.availability * draw.gpus * (draw.gpu_active_watts - draw.gpu_idle_watts);
}

double it_watts(const Draw& draw, double utilisation) {
  const double resting = draw.fixed ? draw.gpu_active_watts : draw.gpu_idle_watts;
  return draw.servers * draw.server_base_watts + draw.gpus * resting + load_watts(draw) * utilisation;
}

double money_per_watt_year(double power_usage_effectiveness, double price_per_kwh) {
  return kHoursPerYear * power_usage_effectiveness * price_per_kwh / kWattsPerKilowatt;
}

Maybe<double> pue_from_cooling_price(double cooling_price_per_kwh, double price_per_kwh) {
  if (!(price_per_kwh > 0)) {
    return none("a cooling price gives a PUE only next to an electricity price above 0");
  }
  return 1 + cooling_price_per_kwh / price_per_kwh;
}

double electricity_per_year(double it_power_watts, double price_per_kwh) {
  return kHoursPerYear * price_per_kwh * it_power_watts / kWattsPerKilowatt;
}

double cooling_per_year(double it_power_watts, double price_per_kwh, double power_usage_effectiveness) {
  return (power_usage_effectiveness - 1) * electricity_per_year(it_power_watts, price_per_kwh);
}

double servers_for(double gpus, double gpus_per_server) {
  return std::ceil(gpus / gpus_per_server);
}

AnnualCost annual_cost(const Plant& plant, double gpus) {
  const double servers = servers_for(gpus, plant.gpus_per_server);
  const double further = std::max(servers - 1, 0.0);
  const double money = capital({.gpus = gpus,
                                .servers = servers,
                                .price_per_gpu = plant.price_per_gpu,
                                .price_per_server = plant.price_per_server,
                                .other = plant.other_capital + further * plant.network_per_further_server});
  const Draw draw{.gpus = gpus,
                  .servers = servers,
                  .server_base_watts = plant.server_base_watts,
                  .gpu_idle_watts = plant.gpu_idle_watts,
                  .gpu_active_watts = plant.gpu_active_watts,
                  .fixed = plant.power_fixed,
                  .availability = plant.availability};
  const double per_watt = money_per_watt_year(plant.power_usage_effectiveness, plant.price_per_kwh);
  const double per_year = annual_capital({.capital = money,
                                          .residual_value = plant.residual_share * money,
                                          .life_years = plant.life_years,
                                          .capital_rate_per_year = plant.capital_rate_per_year});
  return {.capital = money,
          .capital_per_year = per_year,
          .fixed_per_year = per_year + plant.maintenance_share_per_year * money +
                            gpus * plant.licence_per_gpu_year + plant.staff_per_year +
                            plant.hosting_per_year + further * plant.operations_per_further_server +
                            per_watt * it_watts(draw, 0),
          .variable_per_year = per_watt * load_watts(draw),
          .capacity_tokens_per_year =
              gpus * plant.gpu_tokens_per_second * kSecondsPerHour * kHoursPerYear * plant.availability};
}

}  // namespace berth::tokenomics
