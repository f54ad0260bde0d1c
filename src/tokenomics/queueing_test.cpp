#include "tokenomics/queueing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tokenomics/random_cases.hpp"

namespace berth::tokenomics {
namespace {

/// A^k/k! for k = 0..c, all divided by the largest of them, so that none overflows.
std::vector<double> scaled_terms(double offered, std::int64_t servers) {
  std::vector<double> logs{0};
  for (std::int64_t k = 1; k <= servers; ++k)
    logs.push_back(logs.back() + std::log(offered) - std::log(static_cast<double>(k)));
  const double largest = *std::max_element(logs.begin(), logs.end());
  std::vector<double> terms;
  for (const double log : logs) terms.push_back(std::exp(log - largest));
  return terms;
}

/// A first guess that people make without a search: A + beta*sqrt(A).
double square_root_staffing(double offered, double beta) {
  return offered + beta * std::sqrt(offered);
}

double erlang_b_by_sum(double offered, std::int64_t servers) {
  const auto terms = scaled_terms(offered, servers);
  double sum = 0;
  for (const double term : terms) sum += term;
  return terms.back() / sum;
}

double erlang_c_by_sum(double offered, std::int64_t servers) {
  const auto terms = scaled_terms(offered, servers);
  const double count = static_cast<double>(servers);
  const double waiting = terms.back() * count / (count - offered);
  double sum = waiting;
  for (std::size_t k = 0; k + 1 < terms.size(); ++k) sum += terms[k];
  return waiting / sum;
}

bool meets(const Queue& queue, const ServiceTarget& target) {
  const auto level = service_level(queue, target.seconds);
  const double occupancy = offered_load(queue) / static_cast<double>(queue.servers);
  return level && *level >= target.level && occupancy <= target.max_occupancy;
}

TEST(Invariant11Erlang, BIsFromZeroToCAndCIsAtMostOne) {
  RandomCases random(1101);
  for (int i = 0; i < kCases; ++i) {
    const std::int64_t servers = random.whole(1, 300);
    const double offered = static_cast<double>(servers) * random.between(0, 0.9999999);
    const double b = *erlang_b(offered, servers);
    const double c = *erlang_c(offered, servers);
    ASSERT_GE(b, 0) << offered << " on " << servers;
    ASSERT_LE(b, c) << offered << " on " << servers;
    ASSERT_LE(c, 1) << offered << " on " << servers;
  }
}

TEST(Invariant11Erlang, COfOneServerIsTheLoad) {
  RandomCases random(1102);
  for (int i = 0; i < kCases; ++i) {
    const double offered = random.between(0, 1);
    ASSERT_NEAR(*erlang_c(offered, 1), offered, 1e-12);
  }
}

TEST(Invariant11Erlang, FallsWithServersAndRisesWithLoad) {
  RandomCases random(1103);
  for (int i = 0; i < kCases; ++i) {
    const std::int64_t servers = random.whole(1, 200);
    const double offered = static_cast<double>(servers) * random.between(0.2, 0.99);
    const double more = offered + (static_cast<double>(servers) - offered) * random.between(0.01, 0.99);
    ASSERT_GT(*erlang_c(offered, servers), *erlang_c(offered, servers + 1)) << offered << " on " << servers;
    ASSERT_LT(*erlang_c(offered, servers), *erlang_c(more, servers)) << offered << " on " << servers;
    ASSERT_GT(*erlang_b(offered, servers), *erlang_b(offered, servers + 1)) << offered << " on " << servers;
    ASSERT_LT(*erlang_b(offered, servers), *erlang_b(more, servers)) << offered << " on " << servers;
  }
}

TEST(Invariant11Erlang, RecursionEqualsTheDirectSumUpToAHundredServers) {
  RandomCases random(1104);
  for (int i = 0; i < kCases; ++i) {
    const std::int64_t servers = random.whole(1, 100);
    const double refused = random.scaled(0.001, 500);
    ASSERT_NEAR(*erlang_b(refused, servers), erlang_b_by_sum(refused, servers), 1e-10);
    const double waiting = static_cast<double>(servers) * random.between(0.001, 0.999);
    ASSERT_NEAR(*erlang_c(waiting, servers), erlang_c_by_sum(waiting, servers), 1e-10);
  }
}

TEST(Invariant11Erlang, StaysFiniteForTenThousandServers) {
  constexpr std::int64_t kServers = 10'000;
  const auto check = [](double offered) {
    const auto waits = erlang_c(offered, kServers);
    ASSERT_TRUE(waits) << offered;
    ASSERT_TRUE(std::isfinite(*waits)) << offered;
    ASSERT_GE(*waits, 0) << offered;
    ASSERT_LE(*waits, 1) << offered;
  };
  RandomCases random(1106);
  for (int i = 0; i < kCases; ++i) {
    // Half of them close to saturation, where digits get lost first.
    const double idle = random.coin() ? random.scaled(1e-9, 1) : random.between(0, kServers);
    check(kServers - idle);
  }
  for (const double offered : {0.0, 1e-300, 1.0, 9'999.999'999}) check(offered);
  EXPECT_GT(*erlang_c(9'999.99, kServers), 0.999);
  EXPECT_TRUE(std::isfinite(*erlang_b(1e12, kMaxServers)));
}

TEST(Invariant11Erlang, LoadOfAllServersOrMoreIsUnstable) {
  RandomCases random(1105);
  for (int i = 0; i < kCases; ++i) {
    const std::int64_t servers = random.whole(1, 1'000);
    const double offered = static_cast<double>(servers) * (random.coin() ? 1 : random.between(1, 3));
    const auto waits = erlang_c(offered, servers);
    ASSERT_FALSE(waits) << offered << " on " << servers;
    ASSERT_TRUE(waits.reason().starts_with("unstable"));
    const Queue queue{.arrivals_per_second = offered, .service_seconds = 1, .servers = servers};
    ASSERT_FALSE(mean_wait_seconds(queue));
    ASSERT_FALSE(wait_exceeds_probability(queue, 1));
    ASSERT_FALSE(service_level(queue, 1));
  }
}

TEST(Queueing, OneServerIsTheTextbookQueue) {
  RandomCases random(1108);
  for (int i = 0; i < kCases; ++i) {
    const double service = random.scaled(0.01, 60);
    const double busy = random.between(0.01, 0.99);
    const Queue queue{.arrivals_per_second = busy / service, .service_seconds = service, .servers = 1};
    const double wait = busy * service / (1 - busy);
    ASSERT_NEAR(*mean_wait_seconds(queue) / wait, 1, 1e-10);
    ASSERT_NEAR(*mean_wait_seconds(queue, {.arrivals = 1, .service = 0}) / wait, 0.5, 1e-10);
    const double seconds = random.between(0, 3 * service);
    ASSERT_NEAR(*wait_exceeds_probability(queue, seconds), busy * std::exp(-(1 - busy) * seconds / service),
                1e-10);
  }
}

TEST(Queueing, ServiceLevelAndItsComplementAreOne) {
  const Queue queue{.arrivals_per_second = 10, .service_seconds = 0.7, .servers = 9};
  EXPECT_DOUBLE_EQ(*wait_exceeds_probability(queue, 0), *erlang_c(7, 9));
  for (const double seconds : {0.0, 0.1, 1.0, 10.0})
    EXPECT_DOUBLE_EQ(*service_level(queue, seconds) + *wait_exceeds_probability(queue, seconds), 1);
}

TEST(Queueing, SmallestServersIsTheFirstThatMeetsTheTarget) {
  RandomCases random(1107);
  for (int i = 0; i < kCases; ++i) {
    Queue queue{.arrivals_per_second = random.scaled(0.01, 20), .service_seconds = random.scaled(0.1, 10)};
    const ServiceTarget target{.level = random.between(0, 0.999),
                               .seconds = random.coin() ? 0 : random.scaled(0.01, 10),
                               .max_occupancy = random.between(0.3, 1)};
    const auto found = smallest_servers(queue, target);
    ASSERT_TRUE(found);
    queue.servers = 1;
    while (!meets(queue, target)) ++queue.servers;
    ASSERT_EQ(*found, queue.servers);
    ASSERT_GT(static_cast<double>(*found), offered_load(queue));
  }
}

TEST(Queueing, NoLoadNeedsOneServerAndHasNoWait) {
  const Queue queue{.arrivals_per_second = 0, .service_seconds = 2, .servers = 1};
  EXPECT_EQ(*smallest_servers(queue, {}), 1);
  EXPECT_EQ(*mean_wait_seconds(queue), 0);
  EXPECT_EQ(*service_level(queue, 0), 1);
}

TEST(Queueing, WhatIsOutOfRangeIsAReasonNotANumber) {
  EXPECT_FALSE(erlang_b(-1, 3));
  EXPECT_FALSE(erlang_b(NAN, 3));
  EXPECT_FALSE(erlang_b(INFINITY, 3));
  EXPECT_FALSE(erlang_b(1, -1));
  EXPECT_FALSE(erlang_b(1, kMaxServers + 1));
  EXPECT_FALSE(erlang_c(0, 0));
  const Queue queue{.arrivals_per_second = 1, .service_seconds = 1, .servers = 2};
  EXPECT_FALSE(wait_exceeds_probability(queue, -1));
  EXPECT_FALSE(smallest_servers(queue, {.level = 1, .seconds = 1, .max_occupancy = 1}));
  EXPECT_FALSE(smallest_servers(queue, {.level = 0.9, .seconds = NAN, .max_occupancy = 1}));
  EXPECT_FALSE(smallest_servers(queue, {.level = 0.9, .seconds = 1, .max_occupancy = 0}));
}

TEST(Queueing, TheSearchStopsAtItsLimit) {
  const Queue beyond{.arrivals_per_second = 1e6, .service_seconds = 1};
  EXPECT_FALSE(smallest_servers(beyond, {}));
  const Queue just_below{.arrivals_per_second = static_cast<double>(kMaxServers) - 1, .service_seconds = 1};
  EXPECT_FALSE(smallest_servers(just_below, {.level = 0.999, .seconds = 0, .max_occupancy = 0.9}));
}

TEST(Queueing, SquareRootStaffingIsNearTheSearchedNumber) {
  const Queue queue{.arrivals_per_second = 1'000, .service_seconds = 1};
  const auto found = smallest_servers(queue, {.level = 0.8, .seconds = 0, .max_occupancy = 1});
  EXPECT_NEAR(static_cast<double>(*found), square_root_staffing(1'000, 1.06), 3);
}

}  // namespace
}  // namespace berth::tokenomics
