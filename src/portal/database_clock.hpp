// The database's clock without a question for each answer: starts, ends and "now" are by it, so what answers
// tell of the time must be as well, whatever the clock of this machine says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace berth::portal {

/// Safe to use from several threads.
class DatabaseClock final : public Clock {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kReadEvery{30};
  /// A reading is as exact as half of what it took: one that took longer tells nothing.
  static constexpr std::chrono::milliseconds kLongestReading{1'000};

  /// Until the first reading, this machine's clock.
  DatabaseClock();

  Instant now() const override { return at(Steady::now()); }
  Instant at(Steady::time_point moment) const;

  /// The database said `told` at some time between the question and the answer.
  void note(Instant told, Steady::time_point asked, Steady::time_point answered);

 private:
  // From the steady clock, which nobody sets, to the database's.
  std::atomic<std::int64_t> offset_micros_;
};

}  // namespace berth::portal
