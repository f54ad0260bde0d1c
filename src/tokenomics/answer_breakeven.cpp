// Where own machines meet the cloud: in utilisation, demand, hours and months.
#include "tokenomics/answers.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/plant.hpp"

namespace berth::tokenomics {
namespace {

constexpr Q kAsked[] = {Q::kBreakevenUtilisation,
                        Q::kBreakevenDemand,
                        Q::kUtilisationCeiling,
                        Q::kReachableUtilisation,
                        Q::kInstalledDemand,
                        Q::kOwnCheaperFrom,
                        Q::kOwnCheaperForGood,
                        Q::kInstalledUtilisation,
                        Q::kUnitCost,
                        Q::kCloudPrice,
                        Q::kCloudListPrice,
                        Q::kFixedCostPerMtok,
                        Q::kVariableCostPerMtok,
                        Q::kFixedCostPerYear,
                        Q::kAnnualCost,
                        Q::kCapital,
                        Q::kCapacityTokensPerYear,
                        Q::kDemandUtilisation,
                        Q::kDemandAnnualCost,
                        Q::kCloudBillPerMonth,
                        Q::kOwnCostPerMonth,
                        Q::kMonthlySaving,
                        Q::kPaybackMonths,
                        Q::kDiscountedPaybackMonths,
                        Q::kRentedGpuCostPerMtok,
                        Q::kCloudPricePerHour,
                        Q::kRunningCostPerHour,
                        Q::kBreakevenHours,
                        Q::kBreakevenMonths,
                        Q::kBreakevenHoursPerDay,
                        Q::kLifetimeCostPerHour,
                        Q::kLifetimeCostPerMtok};

/// " within their life of 5 years".
std::string in_life(AnswerDraft& draft) {
  const double years = draft.evaluation(In::kLifeYears);
  return " within their life of " + number_text(years) + (years == 1 ? " year" : " years");
}

std::string rental_sentence(AnswerDraft& draft) {
  Evaluation& e = draft.evaluation;
  const auto hours = draft.get(Q::kBreakevenHours);
  const auto months = draft.get(Q::kBreakevenMonths);
  if (!hours && e(Q::kCloudPricePerHour) > e(Q::kRunningCostPerHour))
    return "Buying never beats renting by the hour: not" + in_life(draft);
  if (!hours || !months) return "Buying never beats renting by the hour: " + std::string(hours.reason());
  std::string text = "Buying beats renting by the hour after " + whole_text(*hours) + " hours of use, " +
                     fixed_text(*months, 1) + " months around the clock";
  const auto daily = draft.get(Q::kBreakevenHoursPerDay);
  if (daily) text += ", or with " + fixed_text(*daily, 1) + " hours a day over its life";
  return text;
}

std::string payback_sentence(AnswerDraft& draft) {
  const auto plain = draft.get(Q::kPaybackMonths);
  const auto saving = draft.get(Q::kMonthlySaving);
  if (!plain && saving && *saving > 0) return "The demand never pays the machines back" + in_life(draft);
  if (!plain) return "The demand does not pay the machines back: " + std::string(plain.reason());
  std::string text = "The demand pays the machines back in " + fixed_text(*plain, 1) + " months";
  const auto discounted = draft.get(Q::kDiscountedPaybackMonths);
  text += discounted ? ", with the cost of capital in " + fixed_text(*discounted, 1)
                     : ", with the cost of capital never" + in_life(draft);
  return text;
}

/// As many GPUs as the demand takes, not those that are installed.
std::string own_from_sentence(AnswerDraft& draft) {
  const auto from = draft.get(Q::kOwnCheaperFrom);
  if (!from) return "With as many GPUs as it takes, own is never cheaper: " + std::string(from.reason());
  const auto tokens = [](double demand) { return money_text(demand / 1e6) + " million tokens a month on"; };
  std::string text = "With as many GPUs as it takes, own is cheaper than the cloud from " + tokens(*from);
  const auto for_good = draft.get(Q::kOwnCheaperForGood);
  if (!for_good) return text + ", but not at every demand above";
  if (*for_good > *from) text += ", and at every demand from " + tokens(*for_good);
  return text;
}

}  // namespace

std::string breakeven_sentence(const Maybe<double>& utilisation, double reachable) {
  if (!utilisation || *utilisation > 1) return "Never cheaper at this cloud price";
  if (*utilisation == 0) return "Always cheaper";
  std::string text = "On-prem is cheaper above " + percent_text(*utilisation);
  if (*utilisation > reachable)
    text += ", out of reach: sized for the peak, these GPUs carry " + percent_text(reachable) + " at most";
  return text;
}

void answer_breakeven(AnswerDraft& draft) {
  draft.ask(kAsked);
  const auto utilisation = draft.get(Q::kBreakevenUtilisation);
  const double reachable = draft.get(Q::kReachableUtilisation).value_or(1);
  draft.tables["curve"] = unit_cost_curve(draft.evaluation, true);
  draft.tables["reachable"] = utilisation && *utilisation <= reachable;
  static_cast<void>(draft.compare());
  draft.sentences["breakeven"] = breakeven_sentence(utilisation, reachable);
  if (!utilisation) draft.notes.emplace_back(std::string(utilisation.reason()));
  const auto demand = draft.get(Q::kBreakevenDemand);
  const auto capacity = draft.get(Q::kCapacityTokensPerYear);
  if (demand && utilisation && capacity) {
    draft.sentences["demand"] = *utilisation > reachable
                                    ? "It would take " + whole_text(*demand / 1e6) +
                                          " million tokens a month, more than these GPUs carry"
                                    : "It takes " + whole_text(*demand / 1e6) + " million tokens a month";
  }
  draft.sentences["own_from"] = own_from_sentence(draft);
  draft.sentences["rental"] = rental_sentence(draft);
  draft.sentences["payback"] = payback_sentence(draft);
}

}  // namespace berth::tokenomics
