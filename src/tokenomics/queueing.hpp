// Queueing check, M/M/c: are there enough concurrent request slots so that requests hardly wait? Servers are
// slots (instances x batch slots), the offered load A = arrival rate x service time is in slots ("erlang").
#pragma once

#include <cstdint>

#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

/// The recursion takes one short step per server; this many take some milliseconds.
inline constexpr std::int64_t kMaxServers = 200'000;

/// Requests come at a mean rate and hold a server for a mean time, both exponential unless said otherwise.
struct Queue {
  double arrivals_per_second = 0;
  double service_seconds = 0;  // prefill + output tokens / stream rate
  std::int64_t servers = 1;    // c, 1..kMaxServers
};

/// A = arrivals per second x service seconds.
double offered_load(const Queue& queue);

/// Erlang B: share of requests refused if none may wait, by the recursion B_k = A*B/(k + A*B). Exists for
/// every A >= 0 and 0..kMaxServers servers, also where the queue is unstable.
Maybe<double> erlang_b(double offered_load, std::int64_t servers);
/// Erlang C: probability that a request waits. None ("unstable") unless A < c.
Maybe<double> erlang_c(double offered_load, std::int64_t servers);

/// Squared coefficients of variation of the times between arrivals and of the service times; 1 and 1 is
/// M/M/c.
struct Variability {
  double arrivals = 1;
  double service = 1;
};
/// W_q = P_w*Sv/(c - A), times (Ca2 + Cs2)/2 (exact for M/M/c and M/G/1, a good guess elsewhere). In seconds.
Maybe<double> mean_wait_seconds(const Queue& queue, Variability variability = {});
/// P(W > t) = P_w*exp(-(c - A)*t/Sv), for t >= 0 seconds.
Maybe<double> wait_exceeds_probability(const Queue& queue, double seconds);
/// P(W <= t), the complement.
Maybe<double> service_level(const Queue& queue, double seconds);

struct ServiceTarget {
  double level = 0.95;         // P(W <= seconds) >= level, 0 <= level < 1
  double seconds = 1;          // t >= 0
  double max_occupancy = 1.0;  // A/c <= max_occupancy, 0 < max_occupancy <= 1; A < c always
};
/// Smallest number of servers that meets the target, searched upward from floor(A) + 1; `queue.servers` is
/// not looked at. None when more than kMaxServers would be needed, or the target or the load is not in its
/// range.
Maybe<std::int64_t> smallest_servers(const Queue& queue, const ServiceTarget& target);

}  // namespace berth::tokenomics
