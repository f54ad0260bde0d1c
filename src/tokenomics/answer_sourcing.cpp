// Cloud, own, or both, over the hours of a profile.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tokenomics/answers.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/plant.hpp"
#include "tokenomics/sourcing.hpp"
#include "tokenomics/time_units.hpp"
#include "tokenomics/year_costs.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::size_t kWeekHours = 168;
constexpr std::size_t kDayHours = 24;
constexpr std::size_t kFirstOfficeHour = 9;
constexpr std::size_t kOfficeHours = 8;
constexpr std::size_t kOfficeDays = 5;

constexpr Q kAsked[] = {Q::kCloudPrice,     Q::kGpuThroughput,       Q::kAverageRate,
                        Q::kPeakFactorUsed, Q::kVariableCostPerMtok, Q::kStaffPerYear};

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

std::vector<double> tokens_per_hour(Evaluation& e) {
  std::vector<double> hours =
      e.inputs().profile.empty() ? office_week(e(In::kPeakFactor)) : e.inputs().profile;
  double sum = 0;
  for (const double hour : hours) sum += hour;
  const double scale = e(In::kDemand) / kHoursPerMonth * static_cast<double>(hours.size()) / sum;
  for (double& hour : hours) hour *= scale;
  return hours;
}

OwnCost own_cost(Evaluation& e) {
  const YearCosts costs = year_costs(e);
  return {.cost_per_gpu_year = costs.per_gpu,
          .cost_per_server_year = costs.per_server,
          .platform_cost_per_year = costs.platform,
          .energy_cost_per_mtok = e(Q::kVariableCostPerMtok),
          .tokens_per_hour_per_gpu =
              e(Q::kGpuThroughput) * kSecondsPerHour * e(In::kAvailability) * e(In::kPeakUtilisation),
          .gpus_per_server = static_cast<std::int64_t>(e(In::kGpusPerServer)),
          .spare_gpus = static_cast<std::int64_t>(e(In::kSpareGpus)),
          .sold_by_server = e.flag(In::kSoldByServer)};
}

json::object option_json(const SourcingOption& option) {
  return {{"own_gpus", option.own_gpus},
          {"installed_gpus", option.installed_gpus},
          {"servers", option.servers},
          {"fixed_cost", option.fixed_cost},
          {"energy_cost", option.energy_cost},
          {"cloud_cost", option.cloud_cost},
          {"cost", option.cost},
          {"own_tokens", option.own_tokens},
          {"cloud_tokens", option.cloud_tokens},
          {"overflow_hours_share", option.overflow_hours_share}};
}

}  // namespace

Status answer_sourcing(AnswerDraft& draft) {
  Evaluation& e = draft.evaluation;
  draft.ask(kAsked);
  const auto price = e.get(Q::kCloudPrice);
  if (!price || !e.get(Q::kGpuThroughput) || !e.get(Q::kVariableCostPerMtok)) {
    draft.sentences["verdict"] = "No verdict: a request has no tokens of this basis";
    draft.tables["verdict"] = nullptr;
    return {};
  }
  const auto hours = tokens_per_hour(e);
  const Sourcing sourcing{.tokens_per_hour = hours, .own = own_cost(e), .cloud_price_per_mtok = *price};
  const auto plan = plan_sourcing(sourcing);
  if (!plan) return fail(plan.error());
  json::array curve;
  for (const SourcingOption& option : plan->curve) curve.push_back(option_json(option));
  draft.tables["verdict"] = to_string(plan->verdict);
  draft.tables["least"] = option_json(plan->least);
  draft.tables["all_cloud"] = option_json(plan->all_cloud);
  draft.tables["all_own"] = option_json(plan->all_own);
  draft.tables["curve"] = std::move(curve);
  draft.tables["units_that_pay"] = units_that_pay(sourcing);
  draft.tables["hours"] = static_cast<std::int64_t>(hours.size());
  draft.tables["mean_tokens_per_hour"] = plan->mean_tokens_per_hour;
  draft.tables["peak_tokens_per_hour"] = plan->peak_tokens_per_hour;
  draft.sentences["verdict"] = plan->words;
  if (e.inputs().profile.empty()) {
    draft.notes.emplace_back("No profile is given: a week with office hours at the peak factor stands in");
  }
  if (e(In::kRedundancyFactor) > 1) {
    draft.notes.emplace_back(
        "Own GPUs have spare_gpus as redundancy here; redundancy_factor is not looked at");
  }
  return {};
}

}  // namespace berth::tokenomics
