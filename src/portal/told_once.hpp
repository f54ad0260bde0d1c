// What goes wrong for hours is one line of the log, not one for each time that it is looked at.
#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace berth::portal {

/// Safe to use from several threads.
class ToldOnce {
 public:
  /// True when this is another trouble than the last one; "" is none.
  bool is_news(std::string trouble) {
    const std::lock_guard lock(mutex_);
    return std::exchange(told_, trouble) != trouble;
  }

 private:
  std::mutex mutex_;
  std::string told_;
};

}  // namespace berth::portal
