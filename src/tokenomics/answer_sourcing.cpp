// Cloud, own, or both, over the hours of a profile.
#include "tokenomics/answers.hpp"
#include "tokenomics/sourced.hpp"

namespace berth::tokenomics {
namespace {

constexpr Q kAsked[] = {
    Q::kCloudPrice,   Q::kGpuThroughput, Q::kAverageRate,  Q::kPeakFactorUsed, Q::kVariableCostPerMtok,
    Q::kStaffPerYear, Q::kNeededGpus,    Q::kRequiredGpus, Q::kMixGpus,        Q::kMixCost};

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
  const auto needed = e.get(Q::kNeededGpus);
  const auto energy = e.get(Q::kVariableCostPerMtok);
  if (!price || !needed || !energy) {
    const auto& missing = !price ? price : !needed ? needed : energy;
    draft.sentences["verdict"] = "No verdict: " + std::string(missing.reason());
    draft.tables["verdict"] = nullptr;
    return {};
  }
  const auto hours = hours_of(e);
  const Sourcing sourcing{
      .tokens_per_hour = hours, .own = own_cost_of(e, hours), .cloud_price_per_mtok = *price};
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
  static_cast<void>(draft.compare());
  if (e.inputs().profile.empty()) {
    draft.notes.emplace_back("No profile is given: a week with office hours at the peak factor stands in");
  }
  return {};
}

}  // namespace berth::tokenomics
