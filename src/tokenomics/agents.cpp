#include "tokenomics/agents.hpp"

#include <algorithm>
#include <cmath>

#include "tokenomics/spread.hpp"

namespace berth::tokenomics {

namespace {

double calls_of(const AgentRun& run) {
  return static_cast<double>(std::max<std::int64_t>(run.calls, 0));
}

/// 0 + 1 + ... + (count - 1). The product is even, so halving it is exact.
double sum_below(double count) {
  return count * (count - 1) / 2;
}

GrowthRow growth_row(const Team& team, std::int64_t at) {
  GrowthRow row{.at = at, .tokens = {}};
  for (std::size_t i = 0; i < std::size(kPatterns); ++i) row.tokens[i] = pattern_tokens(kPatterns[i], team);
  return row;
}

}  // namespace

Tokens operator+(const Tokens& left, const Tokens& right) {
  return {.fresh_input = left.fresh_input + right.fresh_input,
          .resent_input = left.resent_input + right.resent_input,
          .output = left.output + right.output,
          .first_reread_output = left.first_reread_output + right.first_reread_output};
}

Tokens operator*(double times, const Tokens& tokens) {
  return {.fresh_input = times * tokens.fresh_input,
          .resent_input = times * tokens.resent_input,
          .output = times * tokens.output,
          .first_reread_output = times * tokens.first_reread_output};
}

double growth_per_call(const AgentRun& run) {
  return run.new_input_tokens_per_call + run.output_tokens_per_call;
}

double input_of_call(const AgentRun& run, std::int64_t call) {
  return run.static_prefix_tokens + run.new_input_tokens_per_call +
         static_cast<double>(call - 1) * growth_per_call(run);
}

double input_tokens(const AgentRun& run) {
  const double calls = calls_of(run);
  return calls * (run.static_prefix_tokens + run.new_input_tokens_per_call) +
         growth_per_call(run) * sum_below(calls);
}

double output_tokens(const AgentRun& run) {
  return calls_of(run) * run.output_tokens_per_call;
}

double total_tokens(const AgentRun& run) {
  const double calls = calls_of(run);
  return calls * run.static_prefix_tokens + growth_per_call(run) * sum_below(calls + 1);
}

double resent_tokens(const AgentRun& run) {
  const double calls = calls_of(run);
  return std::max(calls - 1, 0.0) * run.static_prefix_tokens + growth_per_call(run) * sum_below(calls);
}

double fresh_tokens(const AgentRun& run) {
  const double calls = calls_of(run);
  return calls == 0 ? 0 : run.static_prefix_tokens + calls * run.new_input_tokens_per_call;
}

Tokens run_tokens(const AgentRun& run) {
  return {.fresh_input = fresh_tokens(run),
          .resent_input = resent_tokens(run),
          .output = output_tokens(run),
          .first_reread_output = std::max(calls_of(run) - 1, 0.0) * run.output_tokens_per_call};
}

Maybe<double> last_call_within_window(const AgentRun& run, double window_tokens) {
  const double first = input_of_call(run, 1);
  if (!(first <= window_tokens)) return none("the first call alone does not fit the context window");
  const double growth = growth_per_call(run);
  if (growth <= 0) return none("the context does not grow, every call fits the context window");
  return std::floor((window_tokens - first) / growth) + 1;
}

Maybe<Tokens> windowed_tokens(const AgentRun& run, double window_tokens) {
  if (!(input_of_call(run, 1) <= window_tokens))
    return none("the first call alone does not fit the context window");
  const auto last_whole = last_call_within_window(run, window_tokens);
  if (!last_whole || calls_of(run) <= *last_whole) return run_tokens(run);

  AgentRun whole = run;
  whole.calls = static_cast<std::int64_t>(*last_whole);
  const double cut_calls = calls_of(run) - *last_whole;
  const double history = window_tokens - run.new_input_tokens_per_call;
  return run_tokens(whole) +
         cut_calls * Tokens{.fresh_input = run.new_input_tokens_per_call,
                            .resent_input = history,
                            .output = run.output_tokens_per_call,
                            .first_reread_output = std::min(run.output_tokens_per_call, history)};
}

Tokens compacted_tokens(const AgentRun& run, std::int64_t calls_per_segment, double summary_tokens) {
  const std::int64_t calls = std::max<std::int64_t>(run.calls, 0);
  const std::int64_t per_segment = std::max<std::int64_t>(calls_per_segment, 1);
  AgentRun segment = run;
  segment.static_prefix_tokens = run.static_prefix_tokens + summary_tokens;
  segment.calls = per_segment;
  AgentRun rest = segment;
  rest.calls = calls % per_segment;

  const std::int64_t whole_segments = calls / per_segment;
  Tokens sum = static_cast<double>(whole_segments) * run_tokens(segment) + run_tokens(rest);
  const std::int64_t segments = whole_segments + (rest.calls > 0 ? 1 : 0);
  const double prefix_again =
      static_cast<double>(std::max<std::int64_t>(segments - 1, 0)) * run.static_prefix_tokens;
  sum.fresh_input -= prefix_again;
  sum.resent_input += prefix_again;
  return sum;
}

double effective_input_tokens(const Tokens& tokens, const PrefixCache& cache) {
  const double anew = cache.keeps_generated_kv ? 0 : tokens.first_reread_output;
  const double fresh = tokens.fresh_input + anew;
  const double resent = tokens.resent_input - anew;
  return cache.write_multiplier * fresh + (1 - cache.hit_ratio) * resent +
         cache.hit_ratio * cache.cached_token_cost * resent;
}

double shared_prefix_saving_tokens(std::int64_t agents, double static_prefix_tokens,
                                   double cached_token_cost) {
  return static_cast<double>(std::max<std::int64_t>(agents - 1, 0)) * static_prefix_tokens *
         (1 - cached_token_cost);
}

const char* to_string(Pattern pattern) {
  switch (pattern) {
    case Pattern::kSingle:
      return "single";
    case Pattern::kIsolated:
      return "isolated";
    case Pattern::kDelegation:
      return "delegation";
    case Pattern::kSharedTranscript:
      return "shared_transcript";
    case Pattern::kFullMesh:
      return "full_mesh";
  }
  return "single";
}

Tokens pattern_tokens(Pattern pattern, const Team& team) {
  const std::int64_t agents = std::clamp<std::int64_t>(team.agents, 0, kMaxAgents);
  const std::int64_t rounds = std::clamp<std::int64_t>(team.rounds, 0, kMaxAgentCalls);
  const double count = static_cast<double>(agents);
  switch (pattern) {
    case Pattern::kSingle:
      return run_tokens(team.agent);
    case Pattern::kIsolated:
      return count * run_tokens(team.agent) + run_tokens(team.orchestrator);
    case Pattern::kDelegation: {
      // (n + 1)*S0 + g0*(n + 1)*(n + 2)/2 is one agent of n + 1 calls: briefs go out, results come in.
      const AgentRun orchestrator{.calls = agents + 1,
                                  .static_prefix_tokens = team.orchestrator.static_prefix_tokens,
                                  .new_input_tokens_per_call = team.result_tokens,
                                  .output_tokens_per_call = team.brief_tokens};
      return count * run_tokens(team.agent) + run_tokens(orchestrator);
    }
    case Pattern::kSharedTranscript: {
      AgentRun transcript = team.agent;
      transcript.calls = agents * rounds;
      return run_tokens(transcript);
    }
    case Pattern::kFullMesh: {
      // n*Q*S + n*(o + (n - 1)*m)*Q*(Q + 1)/2 is n agents whose new input is what the others say.
      const AgentRun member{.calls = agents > 0 ? rounds : 0,
                            .static_prefix_tokens = team.agent.static_prefix_tokens,
                            .new_input_tokens_per_call = std::max(count - 1, 0.0) * team.message_tokens,
                            .output_tokens_per_call = team.agent.output_tokens_per_call};
      return count * run_tokens(member);
    }
  }
  return {};
}

Maybe<double> amplification(double tokens_of_pattern, double plain_call_tokens) {
  if (!(plain_call_tokens > 0)) return none("a plain call has no tokens");
  return tokens_of_pattern / plain_call_tokens;
}

double empirical_turns(std::int64_t agents) {
  return 2.72 * std::pow(static_cast<double>(agents) + 0.5, 1.724);
}

std::vector<GrowthRow> growth_over_agents(const Team& team, std::int64_t first, std::int64_t last) {
  std::vector<GrowthRow> rows;
  for (const std::int64_t at : spread(first, last, kMaxGrowthRows)) {
    Team sized = team;
    sized.agents = at;
    rows.push_back(growth_row(sized, at));
  }
  return rows;
}

std::vector<GrowthRow> growth_over_calls(const Team& team, std::int64_t first, std::int64_t last) {
  std::vector<GrowthRow> rows;
  for (const std::int64_t at : spread(first, last, kMaxGrowthRows)) {
    Team sized = team;
    sized.agent.calls = at;
    sized.rounds = at;
    rows.push_back(growth_row(sized, at));
  }
  return rows;
}

}  // namespace berth::tokenomics
