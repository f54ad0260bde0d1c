// From demand and budget back to a number of GPUs.
#pragma once

#include <span>

#include "tokenomics/cost.hpp"
#include "tokenomics/maybe.hpp"
#include "tokenomics/unit_cost.hpp"

namespace berth::tokenomics {

/// Most GPUs the solver looks at; more is a wrong input, not a plant.
inline constexpr double kMaxGpus = 1e7;

struct Redundancy {
  double factor;                 // >= 1
  double spare_gpus;             // >= 0; N+1 is 1
  double gpus_per_server;        // >= 1
  bool sold_by_server;           // round up to whole servers
  double spare_servers = 0;      // whole servers besides: a server that fails takes all its GPUs
  double gpus_per_instance = 1;  // one copy of the model; a part of one serves nobody
};
/// GPUs to install so that `needed` are left when the spares are out.
double required_gpus(const Redundancy& redundancy, double needed);
/// The most needed GPUs an installed fleet can carry with its redundancy; 0 when it is all spare.
double serviceable_gpus(const Redundancy& redundancy, double installed);

struct Demand {
  double tokens_per_month;  // > 0, months of 730 h
  double peak_to_average;   // phi >= 1
  double peak_utilisation;  // u_pk, allowed at the peak, 0..1
};
double average_tokens_per_second(double tokens_per_month);
/// D that a number of serving GPUs carries at the allowed peak.
double largest_tokens_per_month(double serving_gpus, double gpu_tokens_per_second, double peak_to_average,
                                double peak_utilisation);
/// N_need: the smallest number of serving GPUs whose largest demand is not below `demand`. None above
/// kMaxGpus.
Maybe<double> needed_gpus(const Demand& demand, double gpu_tokens_per_second);
/// N_floor: below it the queue never empties.
double floor_gpus(double tokens_per_month, double gpu_tokens_per_second);
/// phi of an hourly profile, max/mean. None for an empty or all-zero profile.
Maybe<double> peak_to_average(std::span<const double> hourly_load);

struct Budget {
  Maybe<double> per_year;  // none: no limit
  Maybe<double> capital;
};
/// Annual cost of a fleet that serves as much of the demand as it can.
double cost_at_demand(const AnnualCost& cost, double tokens_per_month);
/// N_aff: the most GPUs inside the budget, bought by the server where they are. None when no limit is met up
/// to kMaxGpus.
Maybe<double> affordable_gpus(const Plant& plant, const Redundancy& redundancy, const Demand& demand,
                              const Budget& budget);

enum class Verdict { kUnderProvisioned, kRightSized, kOverProvisioned };
struct Judgement {
  Verdict verdict;
  bool queue_never_empties;    // severe: not even the average load is served
  double largest_right_sized;  // GPUs; more is over-provisioned
};
/// `tolerance` (delta): by how much a fleet may pass the requirement and still be right-sized.
Judgement judge(double gpus, double required, double average_load_gpus, double tolerance);

/// The whole inverse solve in one call.
struct Solution {
  double needed;
  double required;
  double floor;
  double utilisation;       // average, at `required`
  double peak_utilisation;  // of the needed GPUs
  AnnualCost cost;          // at `required`
  double cost_per_year;
  double cost_per_mtok;
  double largest_tokens_per_month;  // at `required`
  Maybe<double> breakeven_utilisation;
  Maybe<double> affordable;
  Maybe<double> affordable_tokens_per_month;
  Judgement judgement;  // of the present fleet, else of what is affordable, else of `required`
};
struct SolveInputs {
  Plant plant;
  Redundancy redundancy;
  Demand demand;
  Budget budget;
  Maybe<double> present_gpus;
  double cloud_price_per_mtok;
  double tolerance;
};
/// None when the demand needs more than kMaxGpus.
Maybe<Solution> solve(const SolveInputs& inputs);

}  // namespace berth::tokenomics
