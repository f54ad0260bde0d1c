// Inputs of the inverse solve, the queue and agents.
#include "tokenomics/inputs.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::string_view kTargetWords[] = {"unit_cost", "breakeven_utilisation", "annual_cost",
                                             "required_unit_cost"};
constexpr std::string_view kPatternWords[] = {"single", "isolated", "delegation", "shared_transcript",
                                              "full_mesh"};

constexpr std::string_view kEstimate = "estimate";
constexpr std::string_view kPlanning = "planning figure";
constexpr std::string_view kOwnChoice = "own choice";
constexpr std::string_view kExample = "worked example, re-sent history";

constexpr double kMostMoney = 1e12;
constexpr double kMostTokens = 1e9;
constexpr double kMostDemand = 1e18;

constexpr InputInfo kInputs[] = {
    {In::kDemand, "demand", "D", "tokens/month", "demand", above(0, kMostDemand), 1e9, 3e8, 3e9,
     "tokens to serve in a month of 730 hours", kEstimate, "2026-08"},
    {In::kPeakFactor, "peak_factor", "phi_in", "", "demand", from(1, 1000), 2, 1.3, 5,
     "load at the peak over the average load; a profile stands in for it", kPlanning, "2026-08"},
    {In::kPeakUtilisation, "peak_utilisation", "u_pk", "share", "demand", above(0, 1), 0.7, 0.6, 0.8,
     "utilisation of the serving GPUs allowed at the peak", kPlanning, "2026-08"},
    {In::kDutyHoursPerDay, "duty_hours_per_day", "duty_h", "h", "demand", above(0, 24), 8, 8, 8,
     "hours of a working day, for the peak factor of office hours alone", kOwnChoice, ""},
    {In::kDutyDaysPerMonth, "duty_days_per_month", "duty_d", "d", "demand", above(0, 31), 22, 22, 22,
     "working days of a month, for the peak factor of office hours alone", kOwnChoice, ""},
    {In::kYearlyBudget, "yearly_budget", "B", "money/yr", "demand", from(0, kMostMoney), kNotGiven, 0, 0,
     "most that may be spent per year", kOwnChoice, ""},
    {In::kCapitalBudget, "capital_budget", "K_B", "money", "demand", from(0, kMostMoney), kNotGiven, 0, 0,
     "most that may be spent on buying", kOwnChoice, ""},
    {In::kPresentGpus, "present_gpus", "N_have", "GPU", "demand", whole(0, 1e6), kNotGiven, 0, 0,
     "GPUs there are; else a budget's, else those of gpus are judged", kOwnChoice, ""},
    {In::kSurplusTolerance, "surplus_tolerance", "delta", "share", "demand", from(0, 10), 0.25, 0.25, 0.25,
     "share by which a fleet may pass the requirement and still be right-sized", kPlanning, "2026-08"},
    {In::kSensitivityOf, "sensitivity_of", "target", "", "demand", one_of(kTargetWords), 0, 0, 0,
     "result whose sensitivity is asked", kOwnChoice, ""},

    {In::kSlotsPerGpu, "slots_per_gpu", "slots", "slot", "queue", whole(1, 1e4), 32, 16, 64,
     "requests one GPU works on at the same time", kEstimate, "2026-08"},
    {In::kPrefillSeconds, "prefill_seconds", "t_pre", "s", "queue", from(0, 1e4), 0.5, 0.2, 2,
     "seconds to the first token of an answer", kEstimate, "2026-08"},
    {In::kStreamRate, "stream_rate", "v_out", "tokens/s", "queue", above(0, 1e5), kNotGiven, 15, 60,
     "tokens per second of one answer as it is written; what all slots busy leave each when left out",
     kEstimate, "2026-08"},
    {In::kWaitSeconds, "wait_seconds", "t_w", "s", "queue", from(0, 1e5), 1, 1, 1,
     "wait within which requests should begin", kOwnChoice, ""},
    {In::kServiceLevel, "service_level", "level", "share", "queue", above(0, 0.999999), 0.95, 0.95, 0.95,
     "share of requests that should begin within that wait", kOwnChoice, ""},
    {In::kMaxOccupancy, "max_occupancy", "occ_max", "share", "queue", above(0, 1), 0.9, 0.9, 0.9,
     "most of the slots that may be busy on average", kOwnChoice, ""},
    {In::kArrivalVariability, "arrival_variability", "Ca2", "", "queue", from(0, 1000), 1, 1, 1,
     "squared variation of the time between arrivals; 1 for independent users", kOwnChoice, ""},
    {In::kServiceVariability, "service_variability", "Cs2", "", "queue", from(0, 1000), 1, 1, 1,
     "squared variation of the service time; 1 for exponential", kOwnChoice, ""},

    {In::kAgentPattern, "agent_pattern", "pattern", "", "agents", one_of(kPatternWords), 3, 3, 3,
     "how agents share what they read", kOwnChoice, ""},
    {In::kAgents, "agents", "n_a", "agent", "agents", whole(1, 10000), 5, 1, 20, "agents in a team",
     kEstimate, "2026-08"},
    {In::kAgentCalls, "agent_calls", "R_a", "call", "agents", whole(1, 1e6), 50, 10, 100,
     "model calls of one agent", kExample, ""},
    {In::kAgentRounds, "agent_rounds", "Q_a", "round", "agents", whole(1, 1e6), 10, 5, 20,
     "rounds of a shared transcript or a full mesh", kEstimate, "2026-08"},
    {In::kAgentPrefixTokens, "agent_prefix_tokens", "S_a", "tokens", "agents", from(0, kMostTokens), 3800,
     1000, 20000, "tokens every call begins with: system prompt, tools, shared documents", kExample, ""},
    {In::kAgentNewTokens, "agent_new_tokens", "d_a", "tokens", "agents", from(0, kMostTokens), 200, 100, 2000,
     "input tokens each call adds", kExample, ""},
    {In::kAgentOutputTokens, "agent_output_tokens", "o_a", "tokens", "agents", from(0, kMostTokens), 400, 100,
     1000, "tokens each call generates", kExample, ""},
    {In::kOrchestratorPrefixTokens, "orchestrator_prefix_tokens", "S_0", "tokens", "agents",
     from(0, kMostTokens), 3800, 1000, 20000, "tokens every call of the orchestrator begins with", kEstimate,
     "2026-08"},
    {In::kOrchestratorCalls, "orchestrator_calls", "R_0", "call", "agents", whole(0, 1e6), 2, 1, 10,
     "calls of an orchestrator that gets all results together", kEstimate, "2026-08"},
    {In::kBriefTokens, "brief_tokens", "brief", "tokens", "agents", from(0, kMostTokens), 300, 100, 1000,
     "tokens with which an orchestrator sends an agent off", kEstimate, "2026-08"},
    {In::kResultTokens, "result_tokens", "result", "tokens", "agents", from(0, kMostTokens), 500, 200, 2000,
     "tokens of the result an agent brings back", kEstimate, "2026-08"},
    {In::kMessageTokens, "message_tokens", "m_a", "tokens", "agents", from(0, kMostTokens), 200, 50, 1000,
     "tokens of a message between agents", kEstimate, "2026-08"},
    {In::kPrefixCache, "prefix_cache", "cache", "", "agents", flag(), 1, 1, 1,
     "tokens sent before are read from a prefix cache", kOwnChoice, ""},
    {In::kCacheHitRatio, "cache_hit_ratio", "h_c", "share", "agents", from(0, 1), 0.9, 0.5, 1,
     "share of re-sent tokens the cache still holds", kEstimate, "2026-08"},
    {In::kCacheWriteMultiplier, "cache_write_multiplier", "w_w", "", "agents", from(0, 10), 1, 1, 1.25,
     "cost of writing a token to the cache next to a fresh one; 1 on own hardware", "price lists",
     "2026-08-21"},
    {In::kKeepsGeneratedKv, "keeps_generated_kv", "keeps_kv", "", "agents", flag(), 1, 1, 1,
     "the cache also holds what the model generated", kOwnChoice, ""},
    {In::kContextLimit, "context_limit", "W_max", "tokens", "agents", from(1, kMostTokens), kNotGiven, 0, 0,
     "tokens a call can read at most; older history is cut off", kOwnChoice, ""},
    {In::kCompactionCalls, "compaction_calls", "q_a", "call", "agents", whole(1, 1e6), kNotGiven, 0, 0,
     "calls after which the history is replaced by a summary", kOwnChoice, ""},
    {In::kSummaryTokens, "summary_tokens", "z_a", "tokens", "agents", from(0, kMostTokens), 2000, 500, 5000,
     "tokens of that summary", kEstimate, "2026-08"},
    {In::kAgentRequests, "agent_requests", "req_a", "requests/month", "agents", from(0, 1e12), 1000, 100,
     10000, "tasks given to the agents in a month", kEstimate, "2026-08"},
};

}  // namespace

std::span<const InputInfo> demand_inputs() {
  return kInputs;
}

}  // namespace berth::tokenomics
