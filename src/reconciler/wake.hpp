// One flag that says "look again", raised from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace berth::reconciler {

class Wake {
 public:
  void raise() {
    {
      const std::lock_guard lock(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
  }

  /// True when raised, false when `until` passed or a stop was asked for. Lowers the flag.
  bool wait_until(std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool woken = changed_.wait_until(lock, stop, until, [&] { return raised_; });
    raised_ = false;
    return woken;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool raised_ = false;
};

}  // namespace berth::reconciler
