// Token growth of agents: how many tokens one agent, or a team of them, reads and writes when every call
// carries the history along, and what a prefix cache, a context limit and compaction change. Pure arithmetic
// on counts of tokens. Counts are doubles, exact while they stay below 2^53.
#pragma once

#include <cstdint>
#include <iterator>
#include <vector>

#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

inline constexpr std::int64_t kMaxAgentCalls = 1'000'000;
inline constexpr std::int64_t kMaxAgents = 10'000;
inline constexpr std::int64_t kMaxGrowthRows = 200;

/// One agent: `calls` R >= 0 model calls over a static prefix S (system prompt, tools, shared documents).
/// Each call adds d new input tokens and o output tokens, and all of them are carried into the next call.
/// Tokens >= 0.
struct AgentRun {
  std::int64_t calls = 1;
  double static_prefix_tokens = 0;
  double new_input_tokens_per_call = 0;
  double output_tokens_per_call = 0;
};

/// Tokens of any pattern, parted by what a cache can do for them. Input is fresh + resent.
struct Tokens {
  double fresh_input = 0;          // never sent before
  double resent_input = 0;         // sent before, as input or as output
  double output = 0;               // generated
  double first_reread_output = 0;  // part of resent_input: generated tokens that come back for the first time

  double input() const { return fresh_input + resent_input; }
  double total() const { return input() + output; }
};
Tokens operator+(const Tokens& left, const Tokens& right);
Tokens operator*(double times, const Tokens& tokens);

/// g = d + o, tokens by which the context grows per call.
double growth_per_call(const AgentRun& run);
/// Input tokens of call number `call` (from 1): S + d + (call - 1)*g.
double input_of_call(const AgentRun& run, std::int64_t call);
/// I = R*(S + d) + g*R*(R - 1)/2.
double input_tokens(const AgentRun& run);
/// O = R*o.
double output_tokens(const AgentRun& run);
/// T = R*S + g*R*(R + 1)/2.
double total_tokens(const AgentRun& run);
/// X = (R - 1)*S + g*R*(R - 1)/2, tokens that were sent before.
double resent_tokens(const AgentRun& run);
/// I - X = S + R*d.
double fresh_tokens(const AgentRun& run);
/// The same run as one value; all zero for no calls.
Tokens run_tokens(const AgentRun& run);

// --- Context limit and compaction ---

/// The last call whose whole context fits a window of W tokens: k* = floor((W - S - d)/g) + 1. None when not
/// even the first call fits, or when the context does not grow.
Maybe<double> last_call_within_window(const AgentRun& run, double window_tokens);
/// Tokens when calls after k* read W tokens each, the oldest history cut off. None when the first call does
/// not fit. Cutting changes the prefix, so a cache may hit less than without: the hit ratio is the caller's
/// to lower.
Maybe<Tokens> windowed_tokens(const AgentRun& run, double window_tokens);
/// Tokens when the history is replaced by a summary of z tokens every q >= 1 calls: the sum over segments of
/// q calls (the last may be shorter) of a run with the prefix S + z. Each segment carries a summary, the
/// first one too, so the sum is linear in R. S stays cached from segment to segment, a summary is fresh.
/// Writing the summaries is not counted: it is a call of the agent's own.
Tokens compacted_tokens(const AgentRun& run, std::int64_t calls_per_segment, double summary_tokens);

// --- Prefix cache ---

struct PrefixCache {
  double hit_ratio = 1;          // h, 0..1: share of resent tokens that the cache still holds
  double cached_token_cost = 0;  // kappa, 0..1: cost of a cached token relative to fresh input
  /// w >= 0: cost of writing a fresh token; 1 on own hardware, 1.25 in some price lists.
  double write_multiplier = 1;
  /// False: generated tokens are computed anew when they first come back as input.
  bool keeps_generated_kv = true;
};

/// w*fresh + (1 - h)*resent + h*kappa*resent, in fresh-input equivalents.
double effective_input_tokens(const Tokens& tokens, const PrefixCache& cache);
/// A prefix shared by n agents on one engine is prefilled once, not n times: (n - 1)*S*(1 - kappa).
double shared_prefix_saving_tokens(std::int64_t agents, double static_prefix_tokens,
                                   double cached_token_cost);

// --- Teams ---

enum class Pattern { kSingle, kIsolated, kDelegation, kSharedTranscript, kFullMesh };
inline constexpr Pattern kPatterns[] = {Pattern::kSingle, Pattern::kIsolated, Pattern::kDelegation,
                                        Pattern::kSharedTranscript, Pattern::kFullMesh};
const char* to_string(Pattern pattern);

/// n agents of one kind, an orchestrator, Q rounds; n in 0..kMaxAgents, Q in 0..kMaxAgentCalls, what is
/// outside counts as the limit. Each pattern reads what it needs:
///   single            agent
///   isolated          n * agent + orchestrator: results come back together
///   delegation        n * agent + an orchestrator of n + 1 calls whose context takes in `brief + result`
///   each time shared transcript agent with R = n*Q calls full mesh         n agents of Q calls; each reads m
///   tokens from every other one per round (d is not used)
struct Team {
  std::int64_t agents = 1;
  std::int64_t rounds = 1;
  AgentRun agent;
  AgentRun orchestrator;  // delegation takes only its static prefix
  double brief_tokens = 0;
  double result_tokens = 0;
  double message_tokens = 0;
};

Tokens pattern_tokens(Pattern pattern, const Team& team);
/// M = tokens of the pattern / tokens of one plain call. None when the plain call has no tokens.
Maybe<double> amplification(double pattern_tokens, double plain_call_tokens);
/// Turns of n agents by measured fit, 2.72*(n + 0.5)^1.724 (Kim et al., arXiv 2512.08296): a rule of thumb.
double empirical_turns(std::int64_t agents);

struct GrowthRow {
  std::int64_t at = 0;                  // the number of agents or of calls
  Tokens tokens[std::size(kPatterns)];  // in the order of kPatterns
};
/// At most kMaxGrowthRows rows from `first` to `last`, both among them, evenly apart as whole numbers allow.
std::vector<GrowthRow> growth_over_agents(const Team& team, std::int64_t first, std::int64_t last);
/// The same over the steps of each agent: R calls of an agent, Q rounds of a shared transcript or mesh.
std::vector<GrowthRow> growth_over_calls(const Team& team, std::int64_t first, std::int64_t last);

}  // namespace berth::tokenomics
