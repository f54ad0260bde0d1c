// Ctrl-C and SIGTERM as values.
#pragma once

#include <chrono>

namespace berth::app {

/// A reader that went away is an error of one write, not the end of the program.
void ignore_lost_readers();

/// Blocks SIGINT and SIGTERM for this thread and all that it starts from now on, so that `Signals::wait`
/// alone hears them. Made by a role, before any thread.
class Signals {
 public:
  Signals();
  /// Until one of them comes, or `patience` is over. True when one came.
  bool wait(std::chrono::milliseconds patience) const;
  /// Until one of them comes.
  void wait() const;
  /// Whether one came that no wait has heard yet; the next one will. On the thread that made this.
  bool pending() const;
};

}  // namespace berth::app
