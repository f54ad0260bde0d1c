#include "kube/retry.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace berth::kube {

namespace {

constexpr double kBackoffJitter = 0.5;
constexpr int kMaxDoublings = 20;  // beyond it every limit is long reached, and the shift stays in range

std::chrono::milliseconds doubled(std::chrono::milliseconds first, int times,
                                  std::chrono::milliseconds most) {
  return std::min<std::chrono::milliseconds>(first * (1LL << std::min(times, kMaxDoublings)), most);
}

bool is_server_fault(int status) {
  return status >= 500 && status < 600;
}

}  // namespace

Jitter make_jitter(std::uint64_t seed) {
  return Jitter(seed == 0 ? std::random_device{}() : static_cast<Jitter::result_type>(seed));
}

std::chrono::milliseconds jittered(std::chrono::milliseconds base, double fraction, Jitter& jitter) {
  const auto most = static_cast<std::int64_t>(static_cast<double>(base.count()) * fraction);
  if (most <= 0) return base;
  return base + std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, most)(jitter));
}

std::chrono::milliseconds Backoff::next(SteadyTime now) {
  if (last_failure_ && now - *last_failure_ >= settings_.healthy_after) failures_ = 0;
  last_failure_ = now;
  return jittered(doubled(settings_.first, failures_++, settings_.most), kBackoffJitter, jitter_);
}

std::optional<std::chrono::milliseconds> wait_before_retry(const RetryRules& rules, const Attempt& attempt,
                                                           const Exchange& outcome) {
  if (attempt.number >= rules.max_tries) return std::nullopt;
  const auto own_wait = doubled(rules.first_wait, attempt.number - 1, rules.most_wait);
  if (!outcome) {
    const auto& failure = outcome.error();
    if (!failure.may_pass || (!failure.never_sent && !attempt.idempotent)) return std::nullopt;
    return own_wait;
  }
  const int status = outcome->status;
  if ((status == 429 || is_server_fault(status)) && outcome->retry_after_seconds) {
    const std::chrono::milliseconds asked = std::chrono::seconds(*outcome->retry_after_seconds);
    // Coming back before the time asked for would only add to the load: rather give up and say so.
    if (asked > rules.max_retry_after) return std::nullopt;
    return std::max(asked, own_wait);
  }
  if (status == 429) return own_wait;
  if (attempt.idempotent && (status == 502 || status == 503 || status == 504)) return own_wait;
  return std::nullopt;
}

bool sleep_for(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace berth::kube
