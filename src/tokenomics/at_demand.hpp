// What serves a demand at the least cost: own GPUs, the cloud by the token, or GPUs rented by the hour. Every
// answer and the head of the page say it from here, so no two of them can differ.
#pragma once

#include <string>

#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {

enum class Source { kOwn, kCloud, kRented };
std::string_view to_string(Source source);

/// One demand for a year, as each serves it. GPUs are the smallest fleet that carries it, spares included.
struct AtDemand {
  double tokens_per_month;
  double gpus;
  double own_per_year;
  double cloud_per_year;
  double rented_per_year;
};
/// None where the demand cannot be carried, or there is no price to compare with.
Maybe<AtDemand> at_demand(Evaluation& evaluation);
/// Own GPUs where they cost as much as the best other.
Source cheapest(const AtDemand& costs);

/// "At 1,000 million tokens a month the cloud costs half: 0.88 per million tokens, 2 own GPUs USD 1.77".
std::string at_demand_words(const AtDemand& costs, std::string_view currency);
/// "the cloud costs half: USD 10,560 a year instead of 21,280"; empty where own GPUs are cheapest.
std::string cheaper_words(const AtDemand& costs, std::string_view currency);

}  // namespace berth::tokenomics
