// When to try again, and how long to wait first. Pure, save for the one function that waits.
#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <stop_token>

#include "kube/transport.hpp"

namespace berth::kube {

using Jitter = std::minstd_rand;

/// `seed` 0 takes one from the system.
Jitter make_jitter(std::uint64_t seed);
/// Between `base` and `base * (1 + fraction)`.
std::chrono::milliseconds jittered(std::chrono::milliseconds base, double fraction, Jitter& jitter);

/// Doubling waits with jitter, from the first after health on.
class Backoff {
 public:
  struct Settings {
    std::chrono::milliseconds first{800};
    std::chrono::milliseconds most{30'000};
    std::chrono::milliseconds healthy_after{120'000};  // so long without a failure and counting starts over
  };
  Backoff(Settings settings, std::uint64_t jitter_seed)
      : settings_(settings), jitter_(make_jitter(jitter_seed)) {}

  /// The wait after a failure at `now`.
  std::chrono::milliseconds next(SteadyTime now);
  void reset() { failures_ = 0; }

 private:
  Settings settings_;
  Jitter jitter_;
  int failures_ = 0;
  std::optional<SteadyTime> last_failure_;
};

struct RetryRules {
  int max_tries = 5;
  std::chrono::milliseconds max_retry_after{20'000};
  std::chrono::milliseconds first_wait{100};
  std::chrono::milliseconds most_wait{5'000};
};

struct Attempt {
  int number = 1;           // of this try, from 1
  bool idempotent = false;  // repeating it does no harm
};

/// The wait before the next try, before jitter; empty when there shall be none.
/// - An answer 429, or 5xx with Retry-After, was not acted on: any request may be repeated, after what it
/// asks for.
/// - Without Retry-After a 502, 503 or 504 leaves open what happened: only idempotent requests are repeated.
/// - No answer: when it was certainly never sent, any; else only idempotent ones.
std::optional<std::chrono::milliseconds> wait_before_retry(const RetryRules& rules, const Attempt& attempt,
                                                           const Exchange& outcome);

/// False when the stop came first.
bool sleep_for(std::chrono::milliseconds duration, const std::stop_token& stop);

}  // namespace berth::kube
