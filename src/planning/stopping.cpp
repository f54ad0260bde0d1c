#include <fmt/format.h>

#include <algorithm>

#include "planning/devices.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

/// What becomes of the reservation when this session is Gone.
FinishSession outcome_of(const Desired& desired, const DesiredSession& wanted, bool failed) {
  using Outcome = FinishSession::Outcome;
  const auto& reservation = wanted.booked.reservation;
  const auto& reason = wanted.session.reason;
  if (failed) return {Outcome::kFailed, reason};
  if (reservation.end_requested_at || desired.now >= reservation.window.end)
    return {Outcome::kCompleted, reason};
  // Lost, not ended: its window goes on, so it gets another session, but not for ever.
  if (wanted.session.attempt >= kMaxAttempts) {
    return {Outcome::kFailed, fmt::format("{} That was attempt {}.", reason, wanted.session.attempt)};
  }
  return {Outcome::kAgain, reason};
}

bool has_holds(const Desired& desired, const model::SessionId& session) {
  return std::any_of(desired.holds.begin(), desired.holds.end(),
                     [&](const OpenHold& hold) { return hold.session == session; });
}

}  // namespace

std::optional<SessionWork> plan_stopping(const Desired& desired, const DesiredSession& wanted,
                                         const Observed& observed) {
  const auto& session = wanted.session;
  auto work = work_on(session, session.reason);

  bool failed = session.failed;
  if (session.phase != model::SessionPhase::kStopping) {
    const auto stop = must_stop(desired, wanted, observed);
    work.effects.emplace_back(SetPhase{.phase = model::SessionPhase::kStopping,
                                       .reason = stop->sentence,
                                       .failed = stop->failed,
                                       .only_if = stop->only_if});
    work.reason = stop->sentence;
    failed = stop->failed;
  }

  const auto* place = seen_namespace(session.namespace_name, observed);
  if (place == nullptr) {
    auto finish = outcome_of(desired, wanted, failed);
    finish.reason = work.reason;
    work.effects.emplace_back(std::move(finish));
    return work;
  }
  if (!terminating(*place)) {
    work.effects.emplace_back(
        DeleteNamespace{session.namespace_name, string_at(*place, {"metadata", "uid"})});
  }
  // The claim ended with the window; a device that pods still use from then on is a hold, never a longer
  // claim.
  if (desired.now >= wanted.booked.reservation.window.end && holds_device(session.namespace_name, observed)) {
    for (const auto& unit : wanted.booked.units) {
      const bool known = std::any_of(desired.holds.begin(), desired.holds.end(), [&](const OpenHold& hold) {
        return hold.unit == unit.id && hold.session == session.id;
      });
      if (!known)
        work.effects.emplace_back(AddHold{unit.id, "Pods of an ended session are still on the device."});
    }
  }
  // The namespace may take much longer to go than its pods. While it goes nothing new is made in it, so what
  // is released here is never held again.
  if (terminating(*place) && has_holds(desired, session.id) &&
      !may_use_device(session.namespace_name, observed)) {
    work.effects.emplace_back(ReleaseHolds{});
  }
  if (work.effects.empty()) return std::nullopt;
  return work;
}

}  // namespace berth::planning
