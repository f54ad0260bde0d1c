// From demand and budget to a number of GPUs, and a verdict on the fleet there is.
#include <cmath>

#include "tokenomics/answers.hpp"
#include "tokenomics/derivation.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/partition.hpp"
#include "tokenomics/plant.hpp"

namespace berth::tokenomics {
namespace {

constexpr Q kAsked[] = {Q::kAverageRate,
                        Q::kPeakFactorUsed,
                        Q::kDutyPeakFactor,
                        Q::kPeakRate,
                        Q::kGpuThroughput,
                        Q::kNeededGpus,
                        Q::kRequiredGpus,
                        Q::kFloorGpus,
                        Q::kRequiredCapital,
                        Q::kRequiredUtilisation,
                        Q::kRequiredPeakUtilisation,
                        Q::kRequiredAnnualCost,
                        Q::kRequiredIdleCost,
                        Q::kRequiredUnitCost,
                        Q::kRequiredCloudCost,
                        Q::kRequiredRentedCost,
                        Q::kMixGpus,
                        Q::kMixCost,
                        Q::kReachableUtilisation,
                        Q::kStreamRateUsed,
                        Q::kRequiredBreakevenUtilisation,
                        Q::kCloudPrice,
                        Q::kLargestDemand,
                        Q::kAffordableGpus,
                        Q::kAffordableServiceableGpus,
                        Q::kAffordableDemand,
                        Q::kJudgedGpus,
                        Q::kLargestRightSized,
                        Q::kMissingGpus,
                        Q::kMissingCapital,
                        Q::kMissingCostPerYear,
                        Q::kUnservedDemand,
                        Q::kSurplusGpus,
                        Q::kSurplusCostPerYear,
                        Q::kDemandGrowth,
                        Q::kChangeGpus,
                        Q::kMissingYearlyBudget,
                        Q::kMissingCapitalBudget,
                        Q::kArrivalRate,
                        Q::kServiceSeconds,
                        Q::kOfferedLoad,
                        Q::kQueueSlots,
                        Q::kOccupancy,
                        Q::kErlangB,
                        Q::kErlangC,
                        Q::kMeanWaitSeconds,
                        Q::kServiceLevelReached,
                        Q::kSlotsNeeded,
                        Q::kGpusForSlots};

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUnderProvisioned:
      return "under-provisioned";
    case Verdict::kRightSized:
      return "right-sized";
    case Verdict::kOverProvisioned:
      return "over-provisioned";
  }
  return "right-sized";
}

std::string gpus_text(double gpus) {
  return whole_text(gpus) + (gpus == 1 ? " GPU" : " GPUs");
}
std::string million_text(double tokens) {
  return money_text(tokens / 1e6) + " million tokens a month";
}

/// Whose GPUs are judged.
std::string_view judged_source(const Inputs& inputs) {
  if (inputs.has(In::kPresentGpus)) return "present_gpus";
  if (inputs.has(In::kYearlyBudget) || inputs.has(In::kCapitalBudget)) return "budget";
  return "gpus";
}

/// "N+1 of servers (spare_servers 1) takes 16 GPUs".
std::string n_plus_one_servers(AnswerDraft& draft) {
  Inputs inputs = draft.scenario.inputs;
  inputs.set(In::kSpareServers, 1);
  Evaluation with_server(inputs);
  const auto gpus = with_server.get(Q::kRequiredGpus);
  const auto cost = with_server.get(Q::kRequiredAnnualCost);
  if (!gpus || !cost) return "N+1 of servers is spare_servers 1";
  return "N+1 of servers (spare_servers 1) takes " + gpus_text(*gpus) + " for " + draft.money(*cost) +
         " a year";
}

json::array reasons(AnswerDraft& draft, const Judgement& judgement) {
  Evaluation& e = draft.evaluation;
  json::array out;
  out.emplace_back("The peak is " + number_text(*e.get(Q::kPeakRate)) + " tokens a second; at " +
                   percent_text(e.inputs()[In::kPeakUtilisation]) + " allowed it takes " +
                   gpus_text(*e.get(Q::kNeededGpus)));
  const auto slots = e.get(Q::kSlotsNeeded);
  if (slots)
    out.emplace_back("So that requests hardly wait they need " + whole_text(*slots) + " slots, " +
                     number_text(e.inputs()[In::kSlotsPerGpu]) + " to a GPU");
  out.emplace_back("With redundancy and whole servers that is " + gpus_text(*e.get(Q::kRequiredGpus)));
  const std::string_view source = judged_source(e.inputs());
  out.emplace_back(source == "budget" ? "The budget pays for " + gpus_text(*e.get(Q::kJudgedGpus))
                                      : "There are " + gpus_text(*e.get(Q::kJudgedGpus)));
  const double per_server = e.inputs()[In::kGpusPerServer];
  const double in_servers = std::ceil(*e.get(Q::kRequiredGpus) / per_server);
  if (e.inputs()[In::kSpareGpus] > 0 && e.inputs()[In::kSpareServers] == 0 &&
      *e.get(Q::kRequiredGpus) - *e.get(Q::kNeededGpus) < per_server)
    out.emplace_back("The spare is in the same " + whole_text(in_servers) +
                     (in_servers == 1 ? " server" : " servers") +
                     ": a server that fails takes more than it; " + n_plus_one_servers(draft));
  if (judgement.queue_never_empties)
    out.emplace_back("Not even the average load is served: the queue never empties");
  return out;
}

/// ", or serve 3,356 million tokens a month less"; empty where that is not known.
std::string less_demand(AnswerDraft& draft) {
  const auto unserved = draft.get(Q::kUnservedDemand);
  if (!unserved || !(*unserved > 0)) return {};
  return ", or serve " + million_text(*unserved) + " less";
}

std::string change_of_number(AnswerDraft& draft, const Judgement& judgement) {
  Evaluation& e = draft.evaluation;
  const double change = *e.get(Q::kChangeGpus);
  if (judgement.verdict == Verdict::kUnderProvisioned) {
    return "Add " + gpus_text(change) + " for " + draft.money(*e.get(Q::kMissingCapital)) + " and " +
           draft.money(*e.get(Q::kMissingCostPerYear)) + " a year" + less_demand(draft);
  }
  if (change == 0) return "Nothing to give back: GPUs come by the server";
  std::string text = "Give back " + gpus_text(-change) + "; the surplus of " +
                     gpus_text(*e.get(Q::kSurplusGpus)) + " costs " +
                     draft.money(*e.get(Q::kSurplusCostPerYear)) + " a year";
  const auto growth = e.get(Q::kDemandGrowth);
  if (growth) text += " and would carry " + percent_text(*growth) + " more demand";
  return text;
}

/// The number suits the demand; what would be cheaper all the same is named.
std::string right_sized_sentence(AnswerDraft& draft, const Maybe<AtDemand>& costs) {
  Evaluation& e = draft.evaluation;
  const std::string cheaper =
      costs ? cheaper_words(*costs, draft.scenario.currency) : std::string(costs.reason());
  std::string surplus;
  const double more = *e.get(Q::kSurplusGpus);
  if (more > 0) {
    surplus = gpus_text(more) + " above what is required, " + draft.money(*e.get(Q::kSurplusCostPerYear)) +
              " a year, within the tolerance";
  }
  if (cheaper.empty()) return "Nothing to change" + (surplus.empty() ? surplus : ": " + surplus);
  return "The number of GPUs suits the demand" + (surplus.empty() ? surplus : " (" + surplus + ")") +
         (costs ? ", but " : ", but: ") + cheaper;
}

/// What makes the fleet right-sized, and what would be cheaper even then.
std::string change_sentence(AnswerDraft& draft, const Judgement& judgement, const Maybe<AtDemand>& costs) {
  if (judgement.verdict == Verdict::kRightSized) return right_sized_sentence(draft, costs);
  const std::string text = change_of_number(draft, judgement);
  const std::string cheaper = costs ? cheaper_words(*costs, draft.scenario.currency) : std::string();
  return cheaper.empty() ? text : text + ". Even then " + cheaper;
}

/// Empty when the budget pays for what is required, or there is none.
std::string missing_money(AnswerDraft& draft) {
  const auto yearly = draft.get(Q::kMissingYearlyBudget);
  const auto once = draft.get(Q::kMissingCapitalBudget);
  std::string text;
  if (yearly && *yearly > 0) text += draft.money(*yearly) + " a year";
  if (once && *once > 0) text += (text.empty() ? "" : " and ") + draft.money(*once) + " of capital";
  return text;
}

json::object threshold_json(AnswerDraft& draft) {
  return {{"right_sized_from", *draft.get(Q::kRequiredGpus)},
          {"right_sized_to", *draft.get(Q::kLargestRightSized)},
          {"tolerance", draft.evaluation(In::kSurplusTolerance)}};
}

/// Everything of the unit cost, for the required GPUs at the utilisation the demand gives them.
void add_required_plant(AnswerDraft& draft) {
  const auto gpus = draft.get(Q::kRequiredGpus);
  const auto utilisation = draft.get(Q::kRequiredUtilisation);
  if (!gpus || !utilisation) return;
  Inputs inputs = draft.scenario.inputs;
  inputs.set(In::kGpus, *gpus);
  inputs.set(In::kUtilisation, *utilisation);
  inputs.given[static_cast<std::size_t>(In::kActiveUtilisation)] = false;
  Evaluation at_required(inputs);
  static_cast<void>(at_required.get(Q::kUnitCost));
  draft.tables["parts"] = cost_parts(at_required);
  draft.tables["derivation_at_required"] = derivation_json(at_required, draft.scenario.currency);
}

json::object packing_json(const Packing& packing, const std::vector<TierInput>& inputs) {
  json::array tiers;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    tiers.push_back(json::object{{"name", inputs[index].name}, {"instances", packing.instances[index]}});
  }
  json::array layouts;
  for (const GpuLayout& layout : packing.layouts) {
    layouts.push_back(json::object{{"gpus", layout.gpus},
                                   {"quarters", layout.per_gpu.quarters},
                                   {"halves", layout.per_gpu.halves},
                                   {"wholes", layout.per_gpu.wholes}});
  }
  return {{"tiers", std::move(tiers)}, {"layouts", std::move(layouts)}, {"gpus", packing.gpus}};
}

std::string queue_sentence(AnswerDraft& draft) {
  const auto level = draft.get(Q::kServiceLevelReached);
  const auto slots = draft.get(Q::kSlotsNeeded);
  const Inputs& inputs = draft.scenario.inputs;
  std::string text = level ? percent_text(*level) + " of requests at the peak begin within " +
                                 number_text(inputs[In::kWaitSeconds]) + " s"
                           : "Requests at the peak: " + std::string(level.reason());
  if (slots) {
    text += "; " + percent_text(inputs[In::kServiceLevel]) + " takes " + whole_text(*slots) +
            " slots, there are " + whole_text(draft.get(Q::kQueueSlots).value_or(0));
  }
  return text;
}

}  // namespace

void answer_solve(AnswerDraft& draft) {
  draft.ask(kAsked);
  Evaluation& e = draft.evaluation;
  const auto required = e.get(Q::kRequiredGpus);
  const auto judged = e.get(Q::kJudgedGpus);
  add_required_plant(draft);
  const auto costs = draft.compare();
  draft.sentences["queue"] = queue_sentence(draft);
  if (is_partitioned(e.inputs())) {
    const auto packing = packing_of(e);
    if (packing) draft.tables["packing"] = packing_json(*packing, e.inputs().tiers);
  }
  if (!required || !judged) {
    const std::string_view reason = required ? judged.reason() : required.reason();
    draft.tables["verdict"] = json::object{{"word", nullptr}, {"reason", reason}};
    draft.sentences["verdict"] = "No verdict: " + std::string(reason);
    return;
  }
  const double average_gpus = *e.get(Q::kAverageRate) / *e.get(Q::kGpuThroughput);
  const Judgement judgement = judge(*judged, *required, average_gpus, e(In::kSurplusTolerance));
  const std::string missing = missing_money(draft);
  const bool impossible = judgement.verdict == Verdict::kUnderProvisioned && !missing.empty();
  const std::string_view verdict = impossible ? "not possible within budget" : word(judgement.verdict);
  json::array why = reasons(draft, judgement);
  if (!missing.empty()) why.emplace_back("The required GPUs cost " + missing + " more than the budget");
  std::string change = change_sentence(draft, judgement, costs);
  if (impossible) {
    change = "Raise the budget by " + missing + less_demand(draft);
    if (const auto cheaper = costs ? cheaper_words(*costs, draft.scenario.currency) : ""; !cheaper.empty())
      change += "; " + cheaper;
  }
  draft.tables["verdict"] = json::object{{"word", verdict},
                                         {"fleet", word(judgement.verdict)},
                                         {"judged_by", judged_source(e.inputs())},
                                         {"severe", judgement.queue_never_empties},
                                         {"reasons", std::move(why)},
                                         {"threshold", threshold_json(draft)},
                                         {"change", change}};
  draft.sentences["verdict"] = gpus_text(*judged) + ": " + std::string(verdict) + ". " + change;
  if (const auto idle = e.get(Q::kRequiredIdleCost))
    draft.sentences["idle"] =
        draft.money(*idle) + " of a year's cost is for GPUs that idle, even when right-sized";
  const auto utilisation = e.get(Q::kRequiredUtilisation);
  const auto cost = e.get(Q::kRequiredAnnualCost);
  const auto unit = e.get(Q::kRequiredUnitCost);
  if (utilisation && cost && unit) {
    draft.sentences["required"] = gpus_text(*required) + " needed, busy " + percent_text(*utilisation) +
                                  " on average, for " + draft.money(*cost) +
                                  " a year: " + draft.money(*unit) + " per million tokens";
  }
}

}  // namespace berth::tokenomics
