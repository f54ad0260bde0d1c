#include "tokenomics/sizing.hpp"

#include <algorithm>
#include <cmath>

#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

// ceil(1.1*10) is 12 in floating point and 11 on paper: products closer than this to a whole number are that
// number.
constexpr double kWholeTolerance = 1e-9;

double round_up(double value) {
  return std::ceil(value - kWholeTolerance * std::max(1.0, std::abs(value)));
}
double round_down(double value) {
  return std::floor(value + kWholeTolerance * std::max(1.0, std::abs(value)));
}

/// Spares as GPUs: single ones, or whole servers where those are more.
double spares_of(const Redundancy& redundancy) {
  return std::max(redundancy.spare_gpus, redundancy.spare_servers * redundancy.gpus_per_server);
}

double purchase_step(const Redundancy& redundancy) {
  return redundancy.sold_by_server ? redundancy.gpus_per_server : 1;
}

bool is_affordable(const Plant& plant, const Demand& demand, const Budget& budget, double gpus) {
  const AnnualCost cost = annual_cost(plant, gpus);
  const bool yearly = !budget.per_year || cost_at_demand(cost, demand.tokens_per_month) <= *budget.per_year;
  const bool once = !budget.capital || cost.capital <= *budget.capital;
  return yearly && once;
}

}  // namespace

double required_gpus(const Redundancy& redundancy, double needed) {
  const double instance = redundancy.gpus_per_instance;
  const double whole = instance * std::ceil(needed / instance);
  const double gpus = std::max(round_up(redundancy.factor * whole), whole + spares_of(redundancy));
  const double step = purchase_step(redundancy);
  return step * std::ceil(gpus / step);
}

double serviceable_gpus(const Redundancy& redundancy, double installed) {
  const double step = purchase_step(redundancy);
  const double bought = step * std::floor(installed / step);
  double gpus =
      std::max(0.0, std::min(round_down(bought / redundancy.factor), bought - spares_of(redundancy)));
  const double instance = redundancy.gpus_per_instance;
  gpus = instance * std::floor(gpus / instance);
  // The two roundings may disagree by one in the last digit; what counts is the rule forwards.
  while (gpus > 0 && required_gpus(redundancy, gpus) > installed) gpus -= instance;
  return gpus;
}

double average_tokens_per_second(double tokens_per_month) {
  return tokens_per_month / (kHoursPerMonth * kSecondsPerHour);
}

double largest_tokens_per_month(double serving_gpus, double gpu_tokens_per_second, double peak_to_average,
                                double peak_utilisation) {
  return serving_gpus * gpu_tokens_per_second * peak_utilisation * kHoursPerMonth * kSecondsPerHour /
         peak_to_average;
}

Maybe<double> needed_gpus(const Demand& demand, double gpu_tokens_per_second) {
  const auto carries = [&](double gpus) {
    return largest_tokens_per_month(gpus, gpu_tokens_per_second, demand.peak_to_average,
                                    demand.peak_utilisation) >= demand.tokens_per_month;
  };
  const double exact = demand.peak_to_average * average_tokens_per_second(demand.tokens_per_month) /
                       (gpu_tokens_per_second * demand.peak_utilisation);
  if (!(exact <= kMaxGpus)) return none("the demand needs more than ten million GPUs");
  // Rounding may put the quotient on the wrong side of a whole number; sizing must be the inverse of the
  // largest demand, so that one decides.
  double gpus = std::max(1.0, std::ceil(exact));
  while (gpus > 1 && carries(gpus - 1)) --gpus;
  while (!carries(gpus) && gpus <= kMaxGpus) ++gpus;
  return gpus;
}

double floor_gpus(double tokens_per_month, double gpu_tokens_per_second) {
  return std::max(1.0, round_up(average_tokens_per_second(tokens_per_month) / gpu_tokens_per_second));
}

Maybe<double> peak_to_average(std::span<const double> hourly_load) {
  double sum = 0;
  double highest = 0;
  for (const double load : hourly_load) {
    sum += load;
    highest = std::max(highest, load);
  }
  if (!(sum > 0)) return none("the profile has no load");
  return std::max(1.0, highest * static_cast<double>(hourly_load.size()) / sum);
}

double cost_at_demand(const AnnualCost& cost, double tokens_per_month) {
  if (!(cost.capacity_tokens_per_year > 0)) return cost.fixed_per_year;
  return cost.at(std::min(1.0, kMonthsPerYear * tokens_per_month / cost.capacity_tokens_per_year));
}

Maybe<double> affordable_gpus(const Plant& plant, const Redundancy& redundancy, const Demand& demand,
                              const Budget& budget) {
  if (!budget.per_year && !budget.capital) return none("no budget is given");
  const double step = purchase_step(redundancy);
  const auto fits = [&](double steps) { return is_affordable(plant, demand, budget, steps * step); };
  // Both costs never fall with a GPU more, so the border is found by halving.
  double most = 0;
  double beyond = 1;
  while (fits(beyond)) {
    most = beyond;
    beyond *= 2;
    if (beyond * step > kMaxGpus) return none("the budget sets no limit");
  }
  while (beyond - most > 1) {
    const double middle = std::floor((most + beyond) / 2);
    (fits(middle) ? most : beyond) = middle;
  }
  return most * step;
}

Judgement judge(double gpus, double required, double average_load_gpus, double tolerance) {
  const double largest = std::max(required, round_down(required * (1 + tolerance)));
  const Verdict verdict = gpus < required  ? Verdict::kUnderProvisioned
                          : gpus > largest ? Verdict::kOverProvisioned
                                           : Verdict::kRightSized;
  return {
      .verdict = verdict, .queue_never_empties = gpus <= average_load_gpus, .largest_right_sized = largest};
}

Maybe<Solution> solve(const SolveInputs& inputs) {
  const double speed = inputs.plant.gpu_tokens_per_second;
  const Demand& demand = inputs.demand;
  const auto needed = needed_gpus(demand, speed);
  if (!needed) return needed.none<Solution>();
  const double average = average_tokens_per_second(demand.tokens_per_month);
  const double required = required_gpus(inputs.redundancy, *needed);
  const AnnualCost cost = annual_cost(inputs.plant, required);
  const auto line = unit_line(cost);
  if (!line) return line.none<Solution>();
  const double utilisation = kMonthsPerYear * demand.tokens_per_month / cost.capacity_tokens_per_year;
  if (utilisation > 1) return none("the hours the platform is up are too few for the demand");
  const auto affordable = affordable_gpus(inputs.plant, inputs.redundancy, demand, inputs.budget);
  const auto carried_by = [&](double installed) {
    return largest_tokens_per_month(serviceable_gpus(inputs.redundancy, installed), speed,
                                    demand.peak_to_average, demand.peak_utilisation);
  };
  const double judged = inputs.present_gpus ? *inputs.present_gpus : affordable.value_or(required);
  return Solution{.needed = *needed,
                  .required = required,
                  .floor = floor_gpus(demand.tokens_per_month, speed),
                  .utilisation = utilisation,
                  .peak_utilisation = demand.peak_to_average * average / (*needed * speed),
                  .cost = cost,
                  .cost_per_year = cost.at(utilisation),
                  .cost_per_mtok = line->at(utilisation),
                  .largest_tokens_per_month = carried_by(required),
                  .breakeven_utilisation = utilisation_for_price(*line, inputs.cloud_price_per_mtok),
                  .affordable = affordable,
                  .affordable_tokens_per_month =
                      affordable ? Maybe<double>(carried_by(*affordable)) : affordable.none<double>(),
                  .judgement = judge(judged, required, average / speed, inputs.tolerance)};
}

}  // namespace berth::tokenomics
