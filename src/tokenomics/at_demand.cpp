#include "tokenomics/at_demand.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tokenomics/numbers.hpp"
#include "tokenomics/sourced.hpp"
#include "tokenomics/time_units.hpp"
#include "tokenomics/unit_cost.hpp"

namespace berth::tokenomics {
namespace {

constexpr double kHalf = 0.5;
constexpr double kAboutHalf = 0.02;
constexpr double kLeastShown = 0.001;

std::string gpus_text(double gpus) {
  return whole_text(gpus) + (gpus == 1 ? " GPU" : " GPUs");
}

double per_mtok(const AtDemand& costs, double per_year) {
  return per_mtok_from_per_year(per_year, kMonthsPerYear * costs.tokens_per_month);
}

double per_year(const AtDemand& costs, Source source) {
  return costs.per_year(source).value_or(std::numeric_limits<double>::infinity());
}

std::string_view name_of(Source source) {
  switch (source) {
    case Source::kOwn:
      return "own GPUs";
    case Source::kCloud:
      return "the cloud";
    case Source::kRented:
      return "rented GPUs";
    case Source::kMix:
      return "own GPUs with the cloud for the peaks";
  }
  return "own GPUs";
}

/// "2 own GPUs and the cloud".
std::string mix_words(const AtDemand& costs) {
  return std::to_string(costs.mix->installed_gpus) + " own " +
         (costs.mix->installed_gpus == 1 ? "GPU" : "GPUs") + " and the cloud";
}

/// "the cloud costs half", "renting costs 81.3 % of owning": rounding turns no little into nothing, nor
/// nearly all into all.
std::string costs_less(const AtDemand& costs, Source source) {
  const bool renting = source == Source::kRented;
  const std::string who = source == Source::kCloud ? "the cloud costs "
                          : source == Source::kMix ? "a mix of " + mix_words(costs) + " costs "
                                                   : "renting costs ";
  const double share = per_year(costs, source) / costs.own_per_year;
  if (std::abs(share - kHalf) <= kAboutHalf) return who + "half";
  if (share > 1 - kLeastShown) return who + "hardly less";
  const std::string part = share < kLeastShown ? "under 0.1 %" : percent_text(share);
  return who + part + (renting ? " of owning" : " of what own GPUs cost");
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::kOwn:
      return "own";
    case Source::kCloud:
      return "cloud";
    case Source::kRented:
      return "rented";
    case Source::kMix:
      return "mix";
  }
  return "own";
}

Maybe<AtDemand> at_demand(Evaluation& evaluation) {
  const auto gpus = evaluation.get(Q::kRequiredGpus);
  if (!gpus) return gpus.none<AtDemand>();
  const auto own = evaluation.get(Q::kRequiredAnnualCost);
  if (!own) return own.none<AtDemand>();
  const auto cloud = evaluation.get(Q::kRequiredCloudCost);
  if (!cloud) return cloud.none<AtDemand>();
  const auto rented = evaluation.get(Q::kRequiredRentedCost);
  if (!rented) return rented.none<AtDemand>();
  static_cast<void>(evaluation.get(Q::kMixCost));
  const auto mix = cheapest_mix(evaluation);
  return AtDemand{.tokens_per_month = evaluation(In::kDemand),
                  .gpus = *gpus,
                  .own_per_year = *own,
                  .cloud_per_year = *cloud,
                  .rented_per_year = *rented,
                  .mix = mix ? std::optional(*mix) : std::nullopt};
}

std::optional<double> AtDemand::per_year(Source source) const {
  switch (source) {
    case Source::kOwn:
      return own_per_year;
    case Source::kCloud:
      return cloud_per_year;
    case Source::kRented:
      return rented_per_year;
    case Source::kMix:
      break;
  }
  if (!mix) return std::nullopt;
  return mix->cost;
}

Source cheapest(const AtDemand& costs) {
  Source best = Source::kOwn;
  for (const Source source : kSources) {
    if (per_year(costs, source) < per_year(costs, best)) best = source;
  }
  return best;
}

Source runner_up(const AtDemand& costs) {
  const Source best = cheapest(costs);
  Source next = best == Source::kOwn ? Source::kCloud : Source::kOwn;
  for (const Source source : kSources) {
    if (source != best && per_year(costs, source) < per_year(costs, next)) next = source;
  }
  return next;
}

std::optional<Turning> turning_price(const AtDemand& costs, double rented_gpu_price) {
  const Source best = cheapest(costs);
  const Source next = runner_up(costs);
  // Each is a part that is fixed and tokens at the price of the cloud.
  const auto line = [&](Source source) -> std::pair<double, double> {
    if (source == Source::kCloud) return {0, kMonthsPerYear * costs.tokens_per_month};
    if (source == Source::kMix) return {costs.mix->cost - costs.mix->cloud_cost, costs.mix->cloud_tokens};
    return {per_year(costs, source), 0};
  };
  const auto [fixed, tokens] = line(best);
  const auto [other_fixed, other_tokens] = line(next);
  if (tokens != other_tokens) {
    const double price = (other_fixed - fixed) / (tokens - other_tokens) * kTokensPerMtok;
    if (price >= 0) return Turning{.of_cloud = true, .price = price};
    return std::nullopt;
  }
  const double other = best == Source::kRented ? per_year(costs, next) : per_year(costs, best);
  if (!(costs.rented_per_year > 0)) return std::nullopt;
  return Turning{.of_cloud = false, .price = rented_gpu_price * other / costs.rented_per_year};
}

std::string ranking_words(const AtDemand& costs, double rented_gpu_price, std::string_view currency) {
  const Source best = cheapest(costs);
  const Source next = runner_up(costs);
  const std::string money = std::string(currency) + " ";
  std::string text = "Cheapest: " + std::string(name_of(best)) + ", " + money +
                     money_text(per_year(costs, best)) + " a year; next: " + std::string(name_of(next)) +
                     ", " + money + money_text(per_year(costs, next));
  const auto turning = turning_price(costs, rented_gpu_price);
  if (!turning) return text + "; no price of the cloud turns it";
  return text + "; they are equal at " + money + money_text(turning->price) +
         (turning->of_cloud ? " per million tokens in the cloud" : " per rented GPU hour");
}

std::string at_demand_words(const AtDemand& costs, std::string_view currency) {
  const Source best = cheapest(costs);
  const std::string money = std::string(currency) + " ";
  const auto price = [&](Source source) { return money_text(per_mtok(costs, per_year(costs, source))); };
  const std::string own =
      gpus_text(costs.gpus) + " of one's own cost " + money + price(Source::kOwn) + " per million tokens";
  const std::string head = "At " + money_text(costs.tokens_per_month / 1e6) + " million tokens a month ";
  if (best == Source::kOwn) return head + own + ", less than the cloud's " + price(Source::kCloud);
  return head + own + "; " + costs_less(costs, best) + ", " + price(best);
}

std::string cheaper_words(const AtDemand& costs, std::string_view currency) {
  const Source best = cheapest(costs);
  if (best == Source::kOwn) return {};
  return costs_less(costs, best) + " at this demand: " + std::string(currency) + " " +
         money_text(per_year(costs, best)) + " a year instead of " + money_text(costs.own_per_year);
}

}  // namespace berth::tokenomics
