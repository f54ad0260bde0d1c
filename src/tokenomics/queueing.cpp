#include "tokenomics/queueing.hpp"

#include <algorithm>
#include <cmath>

namespace berth::tokenomics {

namespace {

constexpr Reason kBadLoad{"the offered load is not a number of zero or more"};
constexpr Reason kTooManyServers{"more than 200,000 servers, the limit of the queueing check"};
static_assert(kMaxServers == 200'000, "the reason above names the limit");

bool is_load(double offered) {
  return std::isfinite(offered) && offered >= 0;
}

/// One step of the recursion: from B of `servers - 1` to B of `servers`.
double next_b(double offered, std::int64_t servers, double before) {
  return offered * before / (static_cast<double>(servers) + offered * before);
}

/// P_w from B. The same as B/(1 - (A/c)*(1 - B)), but c - A is exact close to saturation, where 1 - A/c loses
/// digits.
double c_from_b(double offered, std::int64_t servers, double b) {
  const double count = static_cast<double>(servers);
  return std::clamp(count * b / ((count - offered) + offered * b), b, 1.0);
}

double exceeds(double waits, double offered, std::int64_t servers, double service_seconds, double seconds) {
  if (waits <= 0) return 0;
  return waits * std::exp(-(static_cast<double>(servers) - offered) * seconds / service_seconds);
}

}  // namespace

double offered_load(const Queue& queue) {
  return queue.arrivals_per_second * queue.service_seconds;
}

Maybe<double> erlang_b(double offered, std::int64_t servers) {
  if (!is_load(offered)) return kBadLoad;
  if (servers < 0) return none("the number of servers is negative");
  if (servers > kMaxServers) return kTooManyServers;
  double b = 1;
  for (std::int64_t k = 1; k <= servers && b > 0; ++k) b = next_b(offered, k, b);
  return b;
}

Maybe<double> erlang_c(double offered, std::int64_t servers) {
  const auto b = erlang_b(offered, servers);
  if (!b) return b;
  if (servers < 1) return none("there is no server");
  if (offered >= static_cast<double>(servers)) return none("unstable: the queue never empties");
  return c_from_b(offered, servers, *b);
}

Maybe<double> mean_wait_seconds(const Queue& queue, Variability variability) {
  const double offered = offered_load(queue);
  const auto waits = erlang_c(offered, queue.servers);
  if (!waits) return waits;
  return *waits * queue.service_seconds / (static_cast<double>(queue.servers) - offered) *
         (variability.arrivals + variability.service) / 2;
}

Maybe<double> wait_exceeds_probability(const Queue& queue, double seconds) {
  if (!(seconds >= 0)) return none("the waiting time is not zero or more");
  const double offered = offered_load(queue);
  const auto waits = erlang_c(offered, queue.servers);
  if (!waits) return waits;
  return exceeds(*waits, offered, queue.servers, queue.service_seconds, seconds);
}

Maybe<double> service_level(const Queue& queue, double seconds) {
  const auto over = wait_exceeds_probability(queue, seconds);
  if (!over) return over;
  return 1 - *over;
}

Maybe<std::int64_t> smallest_servers(const Queue& queue, const ServiceTarget& target) {
  const double offered = offered_load(queue);
  if (!is_load(offered)) return kBadLoad;
  const bool level_exists = target.level >= 0 && target.level < 1;
  if (!level_exists) return none("the service level is not in 0 to below 1");
  if (!(target.seconds >= 0)) return none("the waiting time is not zero or more");
  const bool occupancy_exists = target.max_occupancy > 0 && target.max_occupancy <= 1;
  if (!occupancy_exists) return none("the occupancy is not above 0 and at most 1");
  if (offered >= static_cast<double>(kMaxServers)) return kTooManyServers;

  double b = 1;
  for (std::int64_t servers = 1; servers <= kMaxServers; ++servers) {
    b = next_b(offered, servers, b);
    const double count = static_cast<double>(servers);
    if (offered >= count || offered > target.max_occupancy * count) continue;
    const double waits = c_from_b(offered, servers, b);
    if (exceeds(waits, offered, servers, queue.service_seconds, target.seconds) <= 1 - target.level)
      return servers;
  }
  return kTooManyServers;
}

}  // namespace berth::tokenomics
