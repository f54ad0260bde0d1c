// The exact search behind plan_fleet.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tokenomics/fleet.hpp"

namespace berth::tokenomics {

/// What the search chooses from. Ways on the same division differ only in the parts they take, and no cost
/// falls with a part more, so the one with the fewest stands for all of them.
struct Candidate {
  std::size_t way = 0;
  std::size_t division = 0;
  std::int64_t parts = 0;
  double least_cost = 0;  // what these parts cost if no GPU and no server were rounded up
};
struct Choices {
  std::size_t tier = 0;
  std::vector<Candidate> candidates;  // cheapest first
};

/// Cost per year of one part of a GPU when nothing is rounded up: no plan pays less for it.
double least_cost_per_part(const Fleet& fleet, const Division& division);
/// Per machine of the fleet, for the parts taken per division.
std::vector<MachinePlan> machine_plans(const Fleet& fleet, std::span<const std::int64_t> parts);
double total_cost(std::span<const MachinePlan> plans);

/// The chosen way per tier of the fleet, empty for tiers that are not among `choices`. Each of those has a
/// candidate.
std::vector<std::optional<std::size_t>> cheapest_ways(const Fleet& fleet, std::vector<Choices> choices);

}  // namespace berth::tokenomics
