// Tokens and bills of agents. Runs are those of one task; months have the scenario's number of tasks.
#include <string>

#include "tokenomics/quantities.hpp"
#include "tokenomics/team.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::string_view kRun = "R_a*S_a + (d_a + o_a)*R_a*(R_a + 1)/2";

Wording pattern_wording(const Inputs& inputs) {
  switch (static_cast<Pattern>(static_cast<int>(inputs[In::kAgentPattern]))) {
    case Pattern::kSingle:
      return {.formula = "T_a"};
    case Pattern::kIsolated:
      return {.formula = "T_iso"};
    case Pattern::kDelegation:
      return {.formula = "T_del"};
    case Pattern::kSharedTranscript:
      return {.formula = "T_shared"};
    case Pattern::kFullMesh:
      break;
  }
  return {.formula = "T_mesh"};
}

/// What a cached token costs, as a fresh one costs 1.
std::string cached_cost(const Inputs& inputs) {
  return inputs[In::kInputWeight] > 0 ? "min(1, w_c/w_in)" : "1";
}

Wording effective_wording(const Inputs& inputs) {
  if (inputs[In::kPrefixCache] == 0) return {.formula = "I_a"};
  const std::string resent = "(1 - h_c + h_c*" + cached_cost(inputs) + ")*";
  if (inputs[In::kKeepsGeneratedKv] != 0) return {.formula = "w_w*I_new + " + resent + "X_a"};
  // What each call but the last generated is computed anew when it first comes back.
  return {.formula = "w_w*(I_new + (R_a - 1)*o_a) + " + resent + "(X_a - (R_a - 1)*o_a)"};
}

Wording shared_prefix_wording(const Inputs& inputs) {
  return {.formula = "(n_a - 1)*S_a*(1 - " + cached_cost(inputs) + ")"};
}

Tokens task_tokens(Evaluation& e) {
  return pattern_tokens(pattern_of(e), team_of(e));
}

Maybe<double> one_pattern(Evaluation& e, Pattern pattern) {
  return pattern_tokens(pattern, team_of(e)).total();
}

Maybe<double> chosen_pattern(Evaluation& e) {
  switch (pattern_of(e)) {
    case Pattern::kSingle:
      return e(Q::kAgentTotalTokens);
    case Pattern::kIsolated:
      return e(Q::kIsolatedTokens);
    case Pattern::kDelegation:
      return e(Q::kDelegationTokens);
    case Pattern::kSharedTranscript:
      return e(Q::kSharedTranscriptTokens);
    case Pattern::kFullMesh:
      break;
  }
  return e(Q::kFullMeshTokens);
}

Maybe<double> windowed(Evaluation& e) {
  if (!e.has(In::kContextLimit)) return none("no context limit is given");
  const auto tokens = windowed_tokens(team_of(e).agent, e(In::kContextLimit));
  if (!tokens) return tokens.none<double>();
  return tokens->total();
}

Maybe<double> compacted(Evaluation& e) {
  if (!e.has(In::kCompactionCalls)) return none("no compaction is given");
  return compacted_tokens(team_of(e).agent, static_cast<std::int64_t>(e(In::kCompactionCalls)),
                          e(In::kSummaryTokens))
      .total();
}

Maybe<double> last_whole_call(Evaluation& e) {
  if (!e.has(In::kContextLimit)) return none("no context limit is given");
  return last_call_within_window(team_of(e).agent, e(In::kContextLimit));
}

/// A month of tasks in the basis in which demand is entered.
Maybe<double> agent_demand(Evaluation& e) {
  const Tokens tokens = task_tokens(e);
  const auto counted = tokens_in(basis_of(e, In::kBasis), billed_tokens(tokens, cache_of(e)), weights_of(e));
  if (!counted) return counted;
  return monthly_demand_tokens(e(In::kAgentRequests), *counted);
}

AgentBills task_bills(Evaluation& e) {
  return bills(agent_costs(e), task_tokens(e));
}

constexpr QuantityInfo kQuantities[] = {
    {Q::kAgentGrowth, "agent_growth", "g_a", "tokens/call", "d_a + o_a",
     [](Evaluation& e) -> Maybe<double> { return growth_per_call(team_of(e).agent); }},
    {Q::kAgentInputTokens, "agent_input_tokens", "I_a", "tokens",
     "R_a*(S_a + d_a) + (d_a + o_a)*R_a*(R_a - 1)/2",
     [](Evaluation& e) -> Maybe<double> { return input_tokens(team_of(e).agent); }},
    {Q::kAgentOutputTokens, "agent_generated_tokens", "O_a", "tokens", "R_a*o_a",
     [](Evaluation& e) -> Maybe<double> { return output_tokens(team_of(e).agent); }},
    {Q::kAgentTotalTokens, "agent_total_tokens", "T_a", "tokens", kRun,
     [](Evaluation& e) -> Maybe<double> { return total_tokens(team_of(e).agent); }},
    {Q::kAgentResentTokens, "agent_resent_tokens", "X_a", "tokens",
     "(R_a - 1)*S_a + (d_a + o_a)*R_a*(R_a - 1)/2",
     [](Evaluation& e) -> Maybe<double> { return resent_tokens(team_of(e).agent); }},
    {Q::kAgentFreshTokens, "agent_fresh_tokens", "I_new", "tokens", "S_a + R_a*d_a",
     [](Evaluation& e) -> Maybe<double> { return fresh_tokens(team_of(e).agent); }},
    {Q::kAgentLastCallInput, "agent_last_call_input", "I_last", "tokens", "S_a + d_a + (R_a - 1)*(d_a + o_a)",
     [](Evaluation& e) -> Maybe<double> {
       const Team team = team_of(e);
       return input_of_call(team.agent, team.agent.calls);
     }},
    {Q::kAgentEffectiveInput, "agent_effective_input", "I_eff", "tokens",
     "w_w*I_new + (1 - h_c + h_c*min(1, w_c/w_in))*X_a",
     [](Evaluation& e) -> Maybe<double> {
       const Tokens tokens = run_tokens(team_of(e).agent);
       const auto cache = cache_of(e);
       static_cast<void>(e(Q::kAgentInputTokens));
       static_cast<void>(e(Q::kAgentFreshTokens));
       static_cast<void>(e(Q::kAgentResentTokens));
       return cache ? effective_input_tokens(tokens, *cache) : tokens.input();
     },
     effective_wording},
    {Q::kAgentCacheSaving, "agent_cache_saving", "saving", "share", "1 - I_eff/I_a",
     [](Evaluation& e) -> Maybe<double> {
       if (!(e(Q::kAgentInputTokens) > 0)) return none("there is no input");
       return 1 - e(Q::kAgentEffectiveInput) / e(Q::kAgentInputTokens);
     }},
    {Q::kAgentLastWholeCall, "agent_last_whole_call", "k_last", "call",
     "floor((W_max - S_a - d_a)/(d_a + o_a)) + 1", last_whole_call},
    {Q::kAgentWindowedTokens, "agent_windowed_tokens", "T_window", "tokens",
     "the run with W_max tokens per call after k_last", windowed, in_words},
    {Q::kAgentCompactedTokens, "agent_compacted_tokens", "T_compact", "tokens",
     "sum over segments of q_a calls with the prefix S_a + z_a", compacted, in_words},
    {Q::kSharedPrefixSaving, "shared_prefix_saving", "X_shared", "tokens",
     "(n_a - 1)*S_a*(1 - min(1, w_c/w_in))",
     [](Evaluation& e) -> Maybe<double> {
       const auto cache = cache_of(e);
       if (!cache) return none("there is no prefix cache");
       const Team team = team_of(e);
       return shared_prefix_saving_tokens(team.agents, team.agent.static_prefix_tokens,
                                          cache->cached_token_cost);
     },
     shared_prefix_wording},
    {Q::kIsolatedTokens, "isolated_tokens", "T_iso", "tokens",
     "n_a*T_a + R_0*S_0 + (d_a + o_a)*R_0*(R_0 + 1)/2",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kAgentTotalTokens));
       return one_pattern(e, Pattern::kIsolated);
     }},
    {Q::kDelegationTokens, "delegation_tokens", "T_del", "tokens",
     "n_a*T_a + (n_a + 1)*S_0 + (brief + result)*(n_a + 1)*(n_a + 2)/2",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kAgentTotalTokens));
       return one_pattern(e, Pattern::kDelegation);
     }},
    {Q::kSharedTranscriptTokens, "shared_transcript_tokens", "T_shared", "tokens",
     "n_a*Q_a*S_a + (d_a + o_a)*n_a*Q_a*(n_a*Q_a + 1)/2",
     [](Evaluation& e) -> Maybe<double> { return one_pattern(e, Pattern::kSharedTranscript); }},
    {Q::kFullMeshTokens, "full_mesh_tokens", "T_mesh", "tokens",
     "n_a*Q_a*S_a + n_a*(o_a + (n_a - 1)*m_a)*Q_a*(Q_a + 1)/2",
     [](Evaluation& e) -> Maybe<double> { return one_pattern(e, Pattern::kFullMesh); }},
    {Q::kPatternTokens, "pattern_tokens", "T_p", "tokens", "tokens of the chosen pattern", chosen_pattern,
     pattern_wording},
    {Q::kPlainCallTokens, "plain_call_tokens", "T_1", "tokens", "S_a + d_a + o_a",
     [](Evaluation& e) -> Maybe<double> {
       AgentRun once = team_of(e).agent;
       once.calls = 1;
       return total_tokens(once);
     }},
    {Q::kAmplification, "amplification", "M", "", "T_p/T_1",
     [](Evaluation& e) -> Maybe<double> {
       return amplification(e(Q::kPatternTokens), e(Q::kPlainCallTokens));
     }},
    {Q::kEmpiricalTurns, "empirical_turns", "turns", "turn", "2.72*(n_a + 0.5)^1.724",
     [](Evaluation& e) -> Maybe<double> {
       return empirical_turns(static_cast<std::int64_t>(e(In::kAgents)));
     }},
    {Q::kAgentTaskBill, "agent_task_bill", "bill_task", "money",
     "(fresh*p_in + cached*p_cached + written*p_write + generated*p_out)/1e6, discount and extra included",
     [](Evaluation& e) -> Maybe<double> {
       const AgentCosts costs = agent_costs(e);
       return cloud_bill(billed_tokens(task_tokens(e), costs.cache), costs.prices);
     },
     in_words},
    {Q::kAgentCloudBill, "agent_cloud_bill", "bill_a", "money/month", "req_a*bill_task",
     [](Evaluation& e) -> Maybe<double> { return e(In::kAgentRequests) * e(Q::kAgentTaskBill); }},
    {Q::kAgentTaskWork, "agent_task_work", "W_task", "work tokens",
     "w_in*(fresh + written) + w_c*cached + generated",
     [](Evaluation& e) -> Maybe<double> {
       return work_tokens(billed_tokens(task_tokens(e), cache_of(e)), weights_of(e));
     },
     in_words},
    {Q::kAgentGpuSeconds, "agent_gpu_seconds", "t_gpu", "GPU s", "W_task/(theta*n_work/n_basis)",
     [](Evaluation& e) -> Maybe<double> {
       return gpu_seconds(e(Q::kAgentTaskWork),
                          e(Q::kGpuThroughput) * e(Q::kWorkTokens) / e(Q::kBasisTokens));
     }},
    {Q::kAgentDemand, "agent_demand", "D_a", "tokens/month",
     "req_a*(tokens of a task in the basis of the demand)", agent_demand, in_words},
    {Q::kAgentNeededGpus, "agent_needed_gpus", "N_need_a", "GPU", "ceil(phi*req_a*t_gpu/(730*3600*u_pk))",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kAgentGpuSeconds));
       return task_bills(e).needed_gpus;
     }},
    {Q::kAgentRequiredGpus, "agent_required_gpus", "N_req_a", "GPU",
     "N_need_a with redundancy rho, x spare ones and whole servers of k",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kAgentNeededGpus));
       return task_bills(e).required_gpus;
     },
     in_words},
    {Q::kAgentOwnBill, "agent_own_bill", "C_a", "money/month", "C(N_req_a)/12",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kAgentRequiredGpus));
       return task_bills(e).own_per_month;
     },
     in_words},
};

}  // namespace

std::span<const QuantityInfo> agent_quantities() {
  return kQuantities;
}

}  // namespace berth::tokenomics
