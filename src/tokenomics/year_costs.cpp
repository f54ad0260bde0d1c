#include "tokenomics/year_costs.hpp"

#include "tokenomics/plant.hpp"

namespace berth::tokenomics {

YearCosts year_costs(Evaluation& e) {
  const Plant plant = plant_of(e);
  const double per_money = annual_capital({.capital = 1,
                                           .residual_value = plant.residual_share,
                                           .life_years = plant.life_years,
                                           .capital_rate_per_year = plant.capital_rate_per_year}) +
                           plant.maintenance_share_per_year;
  const double per_watt = money_per_watt_year(plant.power_usage_effectiveness, plant.price_per_kwh);
  const double gpu_watts = plant.power_fixed ? plant.gpu_active_watts : plant.gpu_idle_watts;
  return {.per_gpu = plant.price_per_gpu * per_money + plant.licence_per_gpu_year + per_watt * gpu_watts,
          .per_server = plant.price_per_server * per_money + per_watt * plant.server_base_watts,
          .platform = plant.other_capital * per_money + plant.staff_per_year + plant.hosting_per_year,
          .per_further_server =
              plant.network_per_further_server * per_money + plant.operations_per_further_server};
}

}  // namespace berth::tokenomics
