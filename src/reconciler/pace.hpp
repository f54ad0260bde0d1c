// How long the reconciler rests between cycles when nothing wakes it.
#pragma once

#include <chrono>

#include "reconciler/cycle.hpp"

namespace berth::reconciler {

/// The first wait after a cycle in which something failed.
inline constexpr std::chrono::milliseconds kAfterFailure{1'000};

/// How long to rest between cycles when nothing wakes the reconciler before.
class Pace {
 public:
  explicit Pace(std::chrono::milliseconds cycle_every) : cycle_every_(cycle_every) {}

  /// None where something was written: there may be more to do. Else until the next start or end, the next
  /// try of a step or the next regular cycle, whichever is first; after failures doubling from kAfterFailure,
  /// for what fails again and again has no step that counts its tries. Where one session fails and another
  /// goes on, that one is not kept waiting.
  std::chrono::milliseconds after(const Cycle& cycle);

 private:
  std::chrono::milliseconds cycle_every_;
  int failures_in_a_row_ = 0;  // cycles with a failure in each
};

}  // namespace berth::reconciler
