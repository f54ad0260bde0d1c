// Ctrl-C and SIGTERM as values.
#pragma once

#include <chrono>

namespace berth::app {

/// Blocks SIGINT and SIGTERM for this thread and all that it starts from now on, so that `Signals::wait`
/// alone hears them. Made first thing, before any thread.
class Signals {
 public:
  Signals();
  /// Until one of them comes, or `patience` is over. True when one came.
  bool wait(std::chrono::milliseconds patience) const;
  /// Until one of them comes.
  void wait() const;
};

}  // namespace berth::app
