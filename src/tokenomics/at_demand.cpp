#include "tokenomics/at_demand.hpp"

#include <algorithm>
#include <cmath>

#include "tokenomics/numbers.hpp"
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
  switch (source) {
    case Source::kOwn:
      return costs.own_per_year;
    case Source::kCloud:
      return costs.cloud_per_year;
    case Source::kRented:
      return costs.rented_per_year;
  }
  return costs.own_per_year;
}

/// "the cloud costs half", "renting costs 81.3 % of owning": rounding turns no little into nothing, nor
/// nearly all into all.
std::string costs_less(const AtDemand& costs, Source source) {
  const bool cloud = source == Source::kCloud;
  const std::string who = cloud ? "the cloud costs " : "renting costs ";
  const double share = per_year(costs, source) / costs.own_per_year;
  if (std::abs(share - kHalf) <= kAboutHalf) return who + "half";
  if (share > 1 - kLeastShown) return who + "hardly less";
  const std::string part = share < kLeastShown ? "under 0.1 %" : percent_text(share);
  return who + part + (cloud ? " of what own GPUs cost" : " of owning");
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
  return AtDemand{.tokens_per_month = evaluation(In::kDemand),
                  .gpus = *gpus,
                  .own_per_year = *own,
                  .cloud_per_year = *cloud,
                  .rented_per_year = *rented};
}

Source cheapest(const AtDemand& costs) {
  if (costs.own_per_year <= std::min(costs.cloud_per_year, costs.rented_per_year)) return Source::kOwn;
  return costs.cloud_per_year <= costs.rented_per_year ? Source::kCloud : Source::kRented;
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
