#include "tokenomics/fleet_search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace berth::tokenomics {

namespace {

// Two sums of the same costs in another order may differ in the last digits; a bound must not cut off an
// equal plan.
constexpr double kBoundSlack = 1e-9;

struct Total {
  double cost = 0;
  std::int64_t gpus = 0;
  bool better_than(const Total& other) const {
    return cost < other.cost || (cost == other.cost && gpus < other.gpus);
  }
};
Total total_of(std::span<const MachinePlan> plans) {
  Total total;
  for (const MachinePlan& plan : plans) {
    total.cost += plan.cost_per_year;
    total.gpus += plan.gpus_needed;
  }
  return total;
}

std::int64_t gpus_of(const Division& division, std::int64_t parts) {
  return (parts + division.parts_per_gpu - 1) / division.parts_per_gpu;
}

/// What a choice takes when no GPU and no server is rounded up: no plan takes less.
struct Least {
  double cost = 0;
  double gpus = 0;
};

/// Depth first over the tiers, the largest first. Below a node nothing gets cheaper, and every tier still to
/// come takes at least what its smallest candidate takes without rounding: a node that cannot beat the best
/// plan so far is left.
class Search {
 public:
  Search(const Fleet& fleet, std::vector<Choices> tiers)
      : fleet_(fleet),
        tiers_(std::move(tiers)),
        parts_(fleet.divisions.size(), 0),
        machines_(fleet.machines.size()),
        to_come_(tiers_.size() + 1),
        chosen_(tiers_.size(), 0) {
    std::stable_sort(tiers_.begin(), tiers_.end(), [](const Choices& left, const Choices& right) {
      return left.candidates.front().least_cost > right.candidates.front().least_cost;
    });
    for (std::size_t i = tiers_.size(); i > 0; --i) {
      Least smallest{.cost = tiers_[i - 1].candidates.front().least_cost,
                     .gpus = least_gpus(tiers_[i - 1].candidates.front())};
      for (const Candidate& candidate : tiers_[i - 1].candidates)
        smallest.gpus = std::min(smallest.gpus, least_gpus(candidate));
      to_come_[i - 1] = {.cost = to_come_[i].cost + smallest.cost, .gpus = to_come_[i].gpus + smallest.gpus};
    }
  }

  /// Chosen way per tier of the fleet.
  std::vector<std::optional<std::size_t>> run() {
    descend(0, {});
    std::vector<std::optional<std::size_t>> ways(fleet_.tiers.size());
    for (std::size_t i = 0; i < tiers_.size(); ++i)
      ways[tiers_[i].tier] = tiers_[i].candidates[best_chosen_[i]].way;
    return ways;
  }

 private:
  void descend(std::size_t depth, Least taken) {
    const Total so_far = total_of(machines_);
    if (depth == tiers_.size()) {
      if (!best_ || so_far.better_than(*best_)) {
        best_ = so_far;
        best_chosen_ = chosen_;
      }
      return;
    }
    if (best_ && cannot_win(so_far, {.cost = taken.cost + to_come_[depth].cost,
                                     .gpus = taken.gpus + to_come_[depth].gpus}))
      return;
    const auto& candidates = tiers_[depth].candidates;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const Candidate& candidate = candidates[c];
      MachinePlan& machine = machines_[fleet_.divisions[candidate.division].machine];
      const MachinePlan before = machine;
      chosen_[depth] = c;
      take(candidate, machine);
      descend(depth + 1,
              {.cost = taken.cost + candidate.least_cost, .gpus = taken.gpus + least_gpus(candidate)});
      parts_[candidate.division] -= candidate.parts;
      machine = before;
    }
  }

  bool cannot_win(const Total& so_far, const Least& in_the_end) const {
    // One machine: the cost follows the number of GPUs, so only fewer of them win.
    if (machines_.size() == 1) {
      const auto gpus = static_cast<std::int64_t>(std::ceil(in_the_end.gpus * (1 - kBoundSlack)));
      return std::max(so_far.gpus, gpus) >= best_->gpus;
    }
    return std::max(so_far.cost, in_the_end.cost) > best_->cost * (1 + kBoundSlack);
  }

  void take(const Candidate& candidate, MachinePlan& machine) {
    const Division& division = fleet_.divisions[candidate.division];
    std::int64_t& parts = parts_[candidate.division];
    const std::int64_t gpus_before = gpus_of(division, parts);
    parts += candidate.parts;
    const std::int64_t more = gpus_of(division, parts) - gpus_before;
    if (more > 0) machine = machine_plan(fleet_.machines[division.machine], machine.gpus_needed + more);
  }

  double least_gpus(const Candidate& candidate) const {
    return static_cast<double>(candidate.parts) /
           static_cast<double>(fleet_.divisions[candidate.division].parts_per_gpu);
  }

  const Fleet& fleet_;
  std::vector<Choices> tiers_;
  std::vector<std::int64_t> parts_;  // per division, of the tiers chosen so far
  std::vector<MachinePlan> machines_;
  std::vector<Least> to_come_;  // of the tiers from this depth on
  std::vector<std::size_t> chosen_;
  std::optional<Total> best_;
  std::vector<std::size_t> best_chosen_;
};

}  // namespace

double least_cost_per_part(const Fleet& fleet, const Division& division) {
  const Machine& machine = fleet.machines[division.machine];
  const double per_gpu =
      machine.cost_per_gpu_year + machine.cost_per_server_year / machine.redundancy.gpus_per_server;
  return per_gpu / static_cast<double>(division.parts_per_gpu);
}

std::vector<MachinePlan> machine_plans(const Fleet& fleet, std::span<const std::int64_t> parts) {
  std::vector<std::int64_t> gpus(fleet.machines.size(), 0);
  for (std::size_t d = 0; d < fleet.divisions.size(); ++d) {
    const Division& division = fleet.divisions[d];
    gpus[division.machine] += gpus_of(division, parts[d]);
  }
  std::vector<MachinePlan> plans;
  plans.reserve(gpus.size());
  for (std::size_t m = 0; m < gpus.size(); ++m) plans.push_back(machine_plan(fleet.machines[m], gpus[m]));
  return plans;
}

double total_cost(std::span<const MachinePlan> plans) {
  return total_of(plans).cost;
}

std::vector<std::optional<std::size_t>> cheapest_ways(const Fleet& fleet, std::vector<Choices> choices) {
  return Search(fleet, std::move(choices)).run();
}

}  // namespace berth::tokenomics
