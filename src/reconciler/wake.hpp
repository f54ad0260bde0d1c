// One flag that says "look again", raised from any thread, now or for later.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace berth::reconciler {

class Wake {
  using Steady = std::chrono::steady_clock;

 public:
  void raise() {
    {
      const std::lock_guard lock(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
  }

  /// As if raised then, unless it is before; of several times the first.
  void raise_at(Steady::time_point at) {
    {
      const std::lock_guard lock(mutex_);
      soon_ = std::min(soon_, at);
    }
    changed_.notify_all();
  }

  /// True when raised, false when `until` passed or a stop was asked for. Lowers the flag.
  bool wait_until(Steady::time_point until, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      const auto soon = soon_;
      changed_.wait_until(lock, stop, std::min(until, soon), [&] { return raised_ || soon_ < soon; });
      const auto now = Steady::now();
      const bool due = soon_ <= now;
      if (due) soon_ = Steady::time_point::max();
      if (raised_ || due) return !(raised_ = false);
      if (until <= now) return false;
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool raised_ = false;
  Steady::time_point soon_ = Steady::time_point::max();
};

}  // namespace berth::reconciler
