// How fast all connections together may be.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace berth::modelcache {

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// 0: as fast as it goes.
  explicit RateLimit(std::int64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  /// How long whoever got `bytes` at `now` waits before the next ones. What was not used is not saved up.
  std::chrono::nanoseconds wait_after(std::int64_t bytes, Time now) {
    if (bytes_per_second_ <= 0) return {};
    const std::scoped_lock lock(mutex_);
    if (free_at_ < now) free_at_ = now;
    free_at_ += std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_) * 1e9));
    return free_at_ - now;
  }

 private:
  std::int64_t bytes_per_second_;
  std::mutex mutex_;
  Time free_at_{};
};

}  // namespace berth::modelcache
