// How long the reconciler may rest when nothing wakes it. Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "planning/planning.hpp"

namespace berth::reconciler {

/// The first wait after a cycle in which something failed.
inline constexpr std::chrono::milliseconds kAfterFailure{1'000};

inline std::chrono::milliseconds until(Instant at, Instant now) {
  return std::chrono::ceil<std::chrono::milliseconds>(std::max(at - now, Duration(0)));
}

/// Until the next start or end, the next try of a step, or the next regular cycle. What lies in the past was
/// this cycle's to do, and counting it again would be a loop without rest.
inline std::chrono::milliseconds next_wait(const planning::Desired& desired,
                                           std::chrono::milliseconds cycle_every) {
  auto wait = cycle_every;
  const auto consider = [&](Instant at) {
    if (at > desired.now) wait = std::min(wait, until(at, desired.now));
  };
  if (desired.next_edge) consider(*desired.next_edge);
  for (const auto& wanted : desired.sessions) {
    if (wanted.session.phase != model::SessionPhase::kStarting) continue;
    for (const auto& step : wanted.session.steps) {
      if (step.next_try_at && step.state != model::StepState::kDone) consider(*step.next_try_at);
    }
  }
  return std::max(wait, std::chrono::milliseconds(1));
}

/// After `in_a_row` cycles with a failure in each: doubling, for what fails again and again has no step that
/// counts its tries. Never past the next regular cycle.
inline std::chrono::milliseconds wait_after_failures(int in_a_row, std::chrono::milliseconds cycle_every) {
  constexpr int kMostDoublings = 10;
  return std::min(cycle_every, kAfterFailure * (1 << std::clamp(in_a_row - 1, 0, kMostDoublings)));
}

}  // namespace berth::reconciler
