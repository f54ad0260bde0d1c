// What serves a demand at the least cost: own GPUs, the cloud by the token, GPUs rented by the hour, or own
// GPUs for the steady base and the cloud above it. Every
// answer and the head of the page say it from here, so no two of them can differ.
#pragma once

#include <optional>
#include <string>

#include "tokenomics/quantities.hpp"
#include "tokenomics/sourcing.hpp"

namespace berth::tokenomics {

enum class Source { kOwn, kCloud, kRented, kMix };
inline constexpr Source kSources[] = {Source::kOwn, Source::kCloud, Source::kRented, Source::kMix};
std::string_view to_string(Source source);

/// One demand for a year, as each serves it. GPUs are the smallest fleet that carries it, spares included.
struct AtDemand {
  double tokens_per_month;
  double gpus;
  double own_per_year;
  double cloud_per_year;
  double rented_per_year;
  std::optional<SourcingOption> mix{};  // empty where none is possible

  /// Empty for a mix that is not possible.
  std::optional<double> per_year(Source source) const;
};
/// None where the demand cannot be carried, or there is no price to compare with.
Maybe<AtDemand> at_demand(Evaluation& evaluation);
/// Own GPUs where they cost as much as the best other.
Source cheapest(const AtDemand& costs);

/// The cheapest of the others.
Source runner_up(const AtDemand& costs);
/// The price at which the cheapest and the runner-up cost the same, whose it is told: of the cloud per Mtok,
/// or of a rented GPU hour.
struct Turning {
  bool of_cloud;
  double price;
};
std::optional<Turning> turning_price(const AtDemand& costs, double rented_gpu_price);
/// "Cheapest: the cloud, USD 10,560 a year; next: ...; it turns at a cloud price of USD 1.77".
std::string ranking_words(const AtDemand& costs, double rented_gpu_price, std::string_view currency);

/// "At 1,000 million tokens a month the cloud costs half: 0.88 per million tokens, 2 own GPUs USD 1.77".
std::string at_demand_words(const AtDemand& costs, std::string_view currency);
/// "the cloud costs half: USD 10,560 a year instead of 21,280"; empty where own GPUs are cheapest.
std::string cheaper_words(const AtDemand& costs, std::string_view currency);

}  // namespace berth::tokenomics
