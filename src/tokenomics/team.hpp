// Agents of a scenario as the formulas take them, and what their tokens cost in the cloud and on own GPUs.
#pragma once

#include <optional>

#include "tokenomics/agent_bills.hpp"
#include "tokenomics/agents.hpp"
#include "tokenomics/plant.hpp"
#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {

Team team_of(Evaluation& e);
Pattern pattern_of(Evaluation& e);
/// Empty when the scenario has no prefix cache. A cached token costs w_c/w_in of a fresh one on own hardware.
std::optional<PrefixCache> cache_of(Evaluation& e);

/// Prices and plant, read once for a whole table.
struct AgentCosts {
  double requests_per_month;
  std::optional<PrefixCache> cache;
  TokenPrices prices;  // after discount, extra included
  WorkWeights weights;
  Plant plant;  // its GPU throughput in work tokens
  Redundancy redundancy;
  double peak_to_average;
  double peak_utilisation;
};
AgentCosts agent_costs(Evaluation& e);

struct AgentBills {
  double cloud_per_month;
  double work_tokens_per_month;
  Maybe<double> needed_gpus;
  Maybe<double> required_gpus;
  Maybe<double> own_per_month;  // of the GPUs that demand requires, so it rises in steps
};
AgentBills bills(const AgentCosts& costs, const Tokens& tokens_per_task);

}  // namespace berth::tokenomics
