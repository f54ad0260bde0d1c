// How tokens and bills of agents grow with agents and with steps, in the cloud and on own GPUs.
#include <algorithm>
#include <iterator>
#include <vector>

#include "tokenomics/answers.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/spread.hpp"
#include "tokenomics/team.hpp"

namespace berth::tokenomics {
namespace {

// The tables reach at least so far, so that growth shows for small teams too.
constexpr std::int64_t kLeastAgents = 20;
constexpr std::int64_t kLeastCalls = 20;
// More rows show nothing new and cost time: an answer has 5 ms.
constexpr std::size_t kMaxTableRows = 100;
constexpr std::size_t kPatternCount = std::size(kPatterns);

constexpr Q kAsked[] = {
    Q::kPatternTokens,      Q::kPlainCallTokens,    Q::kAmplification,       Q::kEmpiricalTurns,
    Q::kAgentInputTokens,   Q::kAgentOutputTokens,  Q::kAgentTotalTokens,    Q::kAgentResentTokens,
    Q::kAgentFreshTokens,   Q::kAgentLastCallInput, Q::kAgentGrowth,         Q::kAgentEffectiveInput,
    Q::kAgentCacheSaving,   Q::kAgentLastWholeCall, Q::kAgentWindowedTokens, Q::kAgentCompactedTokens,
    Q::kSharedPrefixSaving, Q::kIsolatedTokens,     Q::kDelegationTokens,    Q::kSharedTranscriptTokens,
    Q::kFullMeshTokens,     Q::kAgentTaskBill,      Q::kAgentCloudBill,      Q::kAgentTaskWork,
    Q::kAgentGpuSeconds,    Q::kAgentDemand,        Q::kAgentNeededGpus,     Q::kAgentRequiredGpus,
    Q::kAgentOwnBill};

json::value or_null(const Maybe<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

/// A table, and by pattern the first row from which own GPUs stay cheaper.
struct Growth {
  json::array rows;
  json::object crossings;
  Maybe<std::int64_t> chosen_crossing = none("the cloud stays cheaper up to the last row");
};

/// Evenly apart, first and last among them.
std::vector<GrowthRow> thinned(const std::vector<GrowthRow>& rows) {
  if (rows.size() <= kMaxTableRows) return rows;
  std::vector<GrowthRow> out;
  for (const std::int64_t index : spread(0, static_cast<std::int64_t>(rows.size()) - 1, kMaxTableRows)) {
    out.push_back(rows[static_cast<std::size_t>(index)]);
  }
  return out;
}

Growth growth(const AgentCosts& costs, const std::vector<GrowthRow>& rows, std::string_view axis,
              Pattern chosen) {
  Growth out;
  std::vector<double> cloud[kPatternCount];
  std::vector<double> own[kPatternCount];
  out.rows.reserve(rows.size());
  for (const GrowthRow& row : rows) {
    json::object tokens;
    json::object cloud_bills;
    json::object own_bills;
    json::object gpus;
    for (std::size_t index = 0; index < kPatternCount; ++index) {
      const std::string_view name = to_string(kPatterns[index]);
      const AgentBills bill = bills(costs, row.tokens[index]);
      tokens[name] = row.tokens[index].total();
      cloud_bills[name] = bill.cloud_per_month;
      own_bills[name] = or_null(bill.own_per_month);
      gpus[name] = or_null(bill.required_gpus);
      cloud[index].push_back(bill.cloud_per_month);
      // What cannot be built never gets cheaper than the cloud.
      own[index].push_back(bill.own_per_month ? *bill.own_per_month
                                              : std::numeric_limits<double>::infinity());
    }
    out.rows.push_back(json::object{{axis, row.at},
                                    {"tokens", std::move(tokens)},
                                    {"cloud_bill", std::move(cloud_bills)},
                                    {"own_bill", std::move(own_bills)},
                                    {"own_gpus", std::move(gpus)}});
  }
  for (std::size_t index = 0; index < kPatternCount; ++index) {
    const auto at = own_cheaper_from(cloud[index], own[index]);
    out.crossings[to_string(kPatterns[index])] = at ? json::value(rows[*at].at) : json::value(nullptr);
    if (at && kPatterns[index] == chosen) out.chosen_crossing = rows[*at].at;
  }
  return out;
}

/// What to enter in the solver to size for this.
json::object for_solve(AnswerDraft& draft, const AgentCosts& costs, Pattern pattern) {
  const Request request = billed_tokens(pattern_tokens(pattern, team_of(draft.evaluation)), costs.cache);
  return {{"demand", or_null(draft.get(Q::kAgentDemand))},
          {"input_tokens", request.input_tokens},
          {"cached_tokens", request.cached_tokens},
          {"written_tokens", request.written_tokens},
          {"output_tokens", request.output_tokens}};
}

std::string crossing_sentence(const Maybe<std::int64_t>& crossing, std::string_view what) {
  if (!crossing) return "Own GPUs stay dearer than the cloud over all " + std::string(what) + " shown";
  return "Own GPUs are cheaper from " + std::to_string(*crossing) + " " + std::string(what) + " on";
}

}  // namespace

void answer_agents(AnswerDraft& draft) {
  draft.ask(kAsked);
  Evaluation& e = draft.evaluation;
  const Team team = team_of(e);
  const Pattern pattern = pattern_of(e);
  const AgentCosts costs = agent_costs(e);
  Growth over_agents = growth(
      costs, thinned(growth_over_agents(team, 1, std::max(kLeastAgents, team.agents))), "agents", pattern);
  const bool by_rounds = pattern == Pattern::kSharedTranscript || pattern == Pattern::kFullMesh;
  const std::int64_t steps = std::max({kLeastCalls, team.agent.calls, team.rounds});
  Growth over_calls = growth(costs, thinned(growth_over_calls(team, 1, steps)), "steps", pattern);
  draft.sentences["tokens"] =
      std::string(to_string(pattern)) + ": " + whole_text(draft.get(Q::kPatternTokens).value_or(0)) +
      " tokens a task, " + fixed_text(draft.get(Q::kAmplification).value_or(0), 1) + " times one plain call";
  draft.sentences["crossing_agents"] = crossing_sentence(over_agents.chosen_crossing, "agents");
  draft.sentences["crossing_steps"] =
      crossing_sentence(over_calls.chosen_crossing, by_rounds ? "rounds" : "calls");
  draft.tables["over_agents"] = std::move(over_agents.rows);
  draft.tables["over_steps"] = std::move(over_calls.rows);
  draft.tables["crossing"] =
      json::object{{"agents", std::move(over_agents.crossings)}, {"steps", std::move(over_calls.crossings)}};
  draft.tables["solve_inputs"] = for_solve(draft, costs, pattern);
  if (e.has(In::kCompactionCalls) || e.has(In::kContextLimit)) {
    draft.notes.emplace_back(
        "Context limit and compaction are shown for one agent; the patterns carry the whole history");
  }
}

}  // namespace berth::tokenomics
