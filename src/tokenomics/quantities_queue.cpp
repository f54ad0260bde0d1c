// Do requests wait at the peak, and how many slots would keep them from it.
#include "tokenomics/plant.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/queueing.hpp"
#include "tokenomics/serving.hpp"

namespace berth::tokenomics {
namespace {

// Each result walks over all slots once; this many stay far below the time an answer may take.
constexpr double kMaxAnswerSlots = 20'000;

Maybe<std::int64_t> slots_of(Evaluation& e) {
  const double slots = e(Q::kQueueSlots);
  if (!(slots <= kMaxAnswerSlots)) return none("more than 20,000 slots are not looked at");
  return static_cast<std::int64_t>(slots);
}

/// Through the offered load, so that a load that is given counts.
Queue queue_of(Evaluation& e, std::int64_t servers) {
  const double service = e(Q::kServiceSeconds);
  return {
      .arrivals_per_second = e(Q::kOfferedLoad) / service, .service_seconds = service, .servers = servers};
}

Maybe<double> mean_wait(Evaluation& e) {
  const auto slots = slots_of(e);
  if (!slots) return slots.none<double>();
  return mean_wait_seconds(queue_of(e, *slots),
                           {.arrivals = e(In::kArrivalVariability), .service = e(In::kServiceVariability)});
}

Maybe<double> level_reached(Evaluation& e) {
  const auto slots = slots_of(e);
  if (!slots) return slots.none<double>();
  return service_level(queue_of(e, *slots), e(In::kWaitSeconds));
}

Maybe<double> slots_needed(Evaluation& e) {
  if (e(Q::kOfferedLoad) > kMaxAnswerSlots) return none("more than 20,000 slots are not looked at");
  const auto slots = smallest_servers(
      queue_of(e, 1),
      {.level = e(In::kServiceLevel), .seconds = e(In::kWaitSeconds), .max_occupancy = e(In::kMaxOccupancy)});
  if (!slots) return slots.none<double>();
  return static_cast<double>(*slots);
}

Wording stream_wording(const Inputs& inputs) {
  if (inputs.has(In::kStreamRate)) return {};
  return {.formula = "theta*n_out/(n_basis*slots)"};
}
Wording service_wording(const Inputs& inputs) {
  if (inputs[In::kOutputTokens] > 0) return {};
  return {.formula = "t_pre"};
}

constexpr QuantityInfo kQuantities[] = {
    {Q::kArrivalRate, "arrival_rate", "nu", "requests/s", "lambda_pk/n_basis",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kPeakRate) / e(Q::kBasisTokens); }},
    {Q::kStreamRateUsed, "stream_rate_used", "v", "tokens/s", "v_out",
     [](Evaluation& e) -> Maybe<double> {
       if (e.has(In::kStreamRate)) return e(In::kStreamRate);
       return e(Q::kGpuThroughput) * e(In::kOutputTokens) / (e(Q::kBasisTokens) * e(In::kSlotsPerGpu));
     },
     stream_wording},
    {Q::kServiceSeconds, "service_seconds", "t_s", "s", "t_pre + n_out/v",
     [](Evaluation& e) -> Maybe<double> {
       const double seconds = e(In::kPrefillSeconds) +
                              (e(In::kOutputTokens) > 0 ? e(In::kOutputTokens) / e(Q::kStreamRateUsed) : 0);
       if (!(seconds > 0)) return none("a request takes no time");
       return seconds;
     },
     service_wording},
    {Q::kOfferedLoad, "offered_load", "A_q", "slots", "nu*t_s",
     [](Evaluation& e) -> Maybe<double> {
       return offered_load({.arrivals_per_second = e(Q::kArrivalRate),
                            .service_seconds = e(Q::kServiceSeconds),
                            .servers = 1});
     }},
    {Q::kQueueSlots, "queue_slots", "c_q", "slots", "N_need*slots",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kNeededGpus) * e(In::kSlotsPerGpu); }},
    {Q::kOccupancy, "occupancy", "occ", "share", "A_q/c_q",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kOfferedLoad) / e(Q::kQueueSlots); }},
    {Q::kErlangB, "erlang_b", "B_q", "share", "B_0 = 1, B_k = A_q*B_(k-1)/(k + A_q*B_(k-1)), up to c_q",
     [](Evaluation& e) -> Maybe<double> {
       const auto slots = slots_of(e);
       if (!slots) return slots.none<double>();
       return erlang_b(e(Q::kOfferedLoad), *slots);
     },
     in_words},
    {Q::kErlangC, "erlang_c", "P_w", "share", "B_q/(1 - (A_q/c_q)*(1 - B_q))",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kErlangB));
       const auto slots = slots_of(e);
       if (!slots) return slots.none<double>();
       return erlang_c(e(Q::kOfferedLoad), *slots);
     }},
    {Q::kMeanWaitSeconds, "mean_wait_seconds", "W_q", "s", "P_w*t_s/(c_q - A_q)*(Ca2 + Cs2)/2",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kErlangC));
       return mean_wait(e);
     }},
    {Q::kServiceLevelReached, "service_level_reached", "P_ok", "share", "1 - P_w*exp(-(c_q - A_q)*t_w/t_s)",
     [](Evaluation& e) -> Maybe<double> {
       static_cast<void>(e(Q::kErlangC));
       return level_reached(e);
     }},
    {Q::kSlotsNeeded, "slots_needed", "c_need", "slots",
     "smallest c with P(wait <= t_w) >= level and A_q/c <= occ_max", slots_needed, in_words},
    {Q::kGpusForSlots, "gpus_for_slots", "N_slots", "GPU", "ceil(c_need/slots)",
     [](Evaluation& e) -> Maybe<double> { return servers_for(e(Q::kSlotsNeeded), e(In::kSlotsPerGpu)); }},
};

}  // namespace

std::span<const QuantityInfo> queue_quantities() {
  return kQuantities;
}

}  // namespace berth::tokenomics
