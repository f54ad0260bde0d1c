#include "tokenomics/sourced.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tokenomics/serving.hpp"
#include "tokenomics/time_units.hpp"
#include "tokenomics/year_costs.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::size_t kWeekHours = 168;
constexpr std::size_t kDayHours = 24;
constexpr std::size_t kFirstOfficeHour = 9;
constexpr std::size_t kOfficeHours = 8;
constexpr std::size_t kOfficeDays = 5;
/// The highest hour is carried by N_need GPUs whatever its last digits.
constexpr double kRounding = 1e-12;
/// Each number of own GPUs is tried, and an answer has 5 ms.
constexpr double kMostMixed = 1'000;

/// A week whose office hours carry the peak and whose other hours share the rest, around a mean of 1. A peak
/// above what forty hours can carry is held for fewer of them.
std::vector<double> office_week(double peak_to_average) {
  const double week = static_cast<double>(kWeekHours);
  const double office = static_cast<double>(kOfficeHours * kOfficeDays);
  double left = std::floor(std::min(office, week / peak_to_average));
  const double rest = (week - left * peak_to_average) / (week - left);
  std::vector<double> hours(kWeekHours, rest);
  for (std::size_t day = 0; day < kOfficeDays; ++day) {
    for (std::size_t hour = 0; hour < kOfficeHours && left > 0; ++hour, --left) {
      hours[day * kDayHours + kFirstOfficeHour + hour] = peak_to_average;
    }
  }
  return hours;
}

}  // namespace

std::vector<double> hours_of(Evaluation& e) {
  std::vector<double> hours =
      e.inputs().profile.empty() ? office_week(e(In::kPeakFactor)) : e.inputs().profile;
  const double sum = std::accumulate(hours.begin(), hours.end(), 0.0);
  const double scale = e(In::kDemand) / kHoursPerMonth * static_cast<double>(hours.size()) / sum;
  for (double& hour : hours) hour *= scale;
  return hours;
}

OwnCost own_cost_of(Evaluation& e, const std::vector<double>& hours) {
  const YearCosts costs = year_costs(e);
  const double highest = hours.empty() ? 0 : *std::max_element(hours.begin(), hours.end());
  const double needed = e(Q::kNeededGpus);
  const double by_speed = e(Q::kGpuThroughput) * kSecondsPerHour * e(In::kPeakUtilisation);
  const bool as_needed = std::ceil(highest / by_speed) == needed;
  return {.cost_per_gpu_year = costs.per_gpu,
          .cost_per_server_year = costs.per_server,
          .platform_cost_per_year = costs.platform,
          .energy_cost_per_mtok = e(Q::kVariableCostPerMtok),
          .tokens_per_hour_per_gpu = as_needed ? by_speed : highest / needed * (1 + kRounding),
          .gpus_per_server = static_cast<std::int64_t>(e(In::kGpusPerServer)),
          .spare_gpus = static_cast<std::int64_t>(e(In::kSpareGpus)),
          .sold_by_server = e.flag(In::kSoldByServer),
          .redundancy_factor = e(In::kRedundancyFactor),
          .spare_servers = e(In::kSpareServers),
          .gpus_per_instance = instance_gpus(e.inputs()),
          .cost_per_further_server_year = costs.per_further_server};
}

Maybe<SourcingOption> cheapest_mix(Evaluation& e) {
  for (const Q needed : {Q::kCloudPrice, Q::kNeededGpus, Q::kVariableCostPerMtok}) {
    if (const auto value = e.get(needed); !value) return value.none<SourcingOption>();
    static_cast<void>(e(needed));
  }
  if (e(Q::kNeededGpus) > kMostMixed) return none("more own GPUs than are looked at hour by hour");
  const auto hours = hours_of(e);
  const auto plan = plan_sourcing(
      {.tokens_per_hour = hours, .own = own_cost_of(e, hours), .cloud_price_per_mtok = e(Q::kCloudPrice)});
  if (!plan) return none("more own GPUs than are looked at hour by hour");
  if (!plan->mix) return none("one own GPU carries the highest hour, so nothing is left to the cloud");
  return *plan->mix;
}

}  // namespace berth::tokenomics
