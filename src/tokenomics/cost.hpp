// Capital, power and annual cost of a plant of GPUs. Money is any one currency, years are service years.
#pragma once

#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

struct Purchase {
  double gpus;
  double servers;
  double price_per_gpu;
  double price_per_server;  // without its GPUs
  double other;             // network, storage, installation
};
double capital(const Purchase& purchase);

struct Amortisation {
  double capital;
  double residual_value;         // money at the end of life
  double life_years;             // > 0
  double capital_rate_per_year;  // > -1; 0 is the straight line
};
/// CRF, the yearly share of a sum that pays it back with interest; 1/life for a rate of 0.
double capital_recovery_factor(double rate_per_year, double life_years);
double annual_capital(const Amortisation& plan);
/// The same by the other textbook form, K*CRF less the yearly saving that grows to the residual value.
double annual_capital_by_sinking_fund(const Amortisation& plan);
double annual_capital_straight_line(const Amortisation& plan);

struct Draw {
  double gpus;
  double servers;
  double server_base_watts;  // without GPUs
  double gpu_idle_watts;     // model loaded
  double gpu_active_watts;   // at full load
  bool fixed;                // every GPU draws its active watts always
  double availability = 1;   // share of the hours in which GPUs can be loaded; at rest they draw in all
};
/// IT power at a utilisation, which only the GPUs follow.
double it_watts(const Draw& draw, double utilisation);
/// What each unit of utilisation adds to the IT power; 0 when fixed.
double load_watts(const Draw& draw);

/// Money for one watt drawn at the plug of the IT equipment over a year, cooling included.
double money_per_watt_year(double power_usage_effectiveness, double price_per_kwh);
/// PUE of a site that bills cooling by the kWh of IT. None when electricity is free.
Maybe<double> pue_from_cooling_price(double cooling_price_per_kwh, double price_per_kwh);
double electricity_per_year(double it_power_watts, double price_per_kwh);
double cooling_per_year(double it_power_watts, double price_per_kwh, double power_usage_effectiveness);

/// All of a plant but how many GPUs it has: what the solver varies.
struct Plant {
  double price_per_gpu;
  double price_per_server;
  double other_capital;
  double gpus_per_server;  // >= 1, whole
  double residual_share;   // 0..1
  double life_years;
  double capital_rate_per_year;
  double maintenance_share_per_year;
  double licence_per_gpu_year;
  double staff_per_year;
  double hosting_per_year;
  double server_base_watts;
  double gpu_idle_watts;
  double gpu_active_watts;
  bool power_fixed;
  double power_usage_effectiveness;  // >= 1
  double price_per_kwh;
  double availability;                       // 0..1
  double gpu_tokens_per_second;              // full load, in the basis of the prices it is compared with
  double network_per_further_server = 0;     // capital, for each server but the first
  double operations_per_further_server = 0;  // people and space per year, likewise
};

/// Annual cost C(u) = fixed + variable*u, and what it buys.
struct AnnualCost {
  double capital;                   // K, money
  double capital_per_year;          // A
  double fixed_per_year;            // F, A included
  double variable_per_year;         // V, at utilisation 1
  double capacity_tokens_per_year;  // T_max

  double at(double utilisation) const { return fixed_per_year + variable_per_year * utilisation; }
};
AnnualCost annual_cost(const Plant& plant, double gpus);
double servers_for(double gpus, double gpus_per_server);

}  // namespace berth::tokenomics
