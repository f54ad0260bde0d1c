#include "tokenomics/team.hpp"

#include <algorithm>

#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

std::int64_t count(double value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

Team team_of(Evaluation& e) {
  const AgentRun agent{.calls = count(e(In::kAgentCalls)),
                       .static_prefix_tokens = e(In::kAgentPrefixTokens),
                       .new_input_tokens_per_call = e(In::kAgentNewTokens),
                       .output_tokens_per_call = e(In::kAgentOutputTokens)};
  AgentRun orchestrator = agent;
  orchestrator.calls = count(e(In::kOrchestratorCalls));
  orchestrator.static_prefix_tokens = e(In::kOrchestratorPrefixTokens);
  return {.agents = count(e(In::kAgents)),
          .rounds = count(e(In::kAgentRounds)),
          .agent = agent,
          .orchestrator = orchestrator,
          .brief_tokens = e(In::kBriefTokens),
          .result_tokens = e(In::kResultTokens),
          .message_tokens = e(In::kMessageTokens)};
}

Pattern pattern_of(Evaluation& e) {
  return static_cast<Pattern>(static_cast<int>(e(In::kAgentPattern)));
}

std::optional<PrefixCache> cache_of(Evaluation& e) {
  if (!e.flag(In::kPrefixCache)) return std::nullopt;
  const double fresh = e(In::kInputWeight);
  return PrefixCache{.hit_ratio = e(In::kCacheHitRatio),
                     .cached_token_cost = fresh > 0 ? std::min(1.0, e(In::kCachedWeight) / fresh) : 1,
                     .write_multiplier = e(In::kCacheWriteMultiplier),
                     .keeps_generated_kv = e.flag(In::kKeepsGeneratedKv)};
}

AgentCosts agent_costs(Evaluation& e) {
  Plant plant = plant_of(e);
  // Agents have a mix of their own; work tokens are what every mix has in common.
  plant.gpu_tokens_per_second *= e(Q::kWorkTokens) / e(Q::kBasisTokens);
  const auto paid = [&](In price) {
    return discounted_price(e(price), e(In::kCloudDiscount), e(In::kCloudExtraPrice));
  };
  return {.requests_per_month = e(In::kAgentRequests),
          .cache = cache_of(e),
          .prices = {.input_per_mtok = paid(In::kCloudInputPrice),
                     .cached_per_mtok = paid(In::kCloudCachedPrice),
                     .written_per_mtok = paid(In::kCloudWritePrice),
                     .output_per_mtok = paid(In::kCloudOutputPrice)},
          .weights = weights_of(e),
          .plant = plant,
          .redundancy = redundancy_of(e),
          .peak_to_average = e(Q::kPeakFactorUsed),
          .peak_utilisation = e(In::kPeakUtilisation)};
}

AgentBills bills(const AgentCosts& costs, const Tokens& tokens_per_task) {
  const Request month = costs.requests_per_month * billed_tokens(tokens_per_task, costs.cache);
  AgentBills out{.cloud_per_month = cloud_bill(month, costs.prices),
                 .work_tokens_per_month = work_tokens(month, costs.weights),
                 .needed_gpus = 0.0,
                 .required_gpus = 0.0,
                 .own_per_month = 0.0};
  if (out.work_tokens_per_month == 0) return out;  // no task, no machine
  const Demand demand{.tokens_per_month = out.work_tokens_per_month,
                      .peak_to_average = costs.peak_to_average,
                      .peak_utilisation = costs.peak_utilisation};
  out.needed_gpus = needed_gpus(demand, costs.plant.gpu_tokens_per_second);
  if (!out.needed_gpus) {
    out.required_gpus = out.needed_gpus;
    out.own_per_month = out.needed_gpus;
    return out;
  }
  out.required_gpus = required_gpus(costs.redundancy, *out.needed_gpus);
  out.own_per_month =
      cost_at_demand(annual_cost(costs.plant, *out.required_gpus), demand.tokens_per_month) / kMonthsPerYear;
  return out;
}

}  // namespace berth::tokenomics
