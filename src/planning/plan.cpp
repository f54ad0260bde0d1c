#include <fmt/format.h>

#include <algorithm>

#include "planning/planning.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

/// Nothing while it should begin and cannot.
std::optional<Action> plan_due(const Desired& desired, const Due& due, const Observed& observed) {
  const auto& reservation = due.booked.reservation;
  if (reservation.state == model::ReservationState::kApproved) {
    const auto deadline =
        std::min(reservation.window.start + due.booked.start_deadline, reservation.window.end);
    if (desired.now >= deadline) {
      return CloseReservation{
          reservation.id, true,
          fmt::format("Could not start by {}: {}.", format_rfc3339(deadline),
                      observed.watch_trouble.empty() ? "the controller was not there in time"
                                                     : "the controller could not watch the cluster")};
    }
  } else if (reservation.end_requested_at || desired.now >= reservation.window.end) {
    return CloseReservation{reservation.id, false, "It ended while it had no session."};
  }
  if (!observed.watch_trouble.empty()) return std::nullopt;
  return BeginSession{
      reservation.id, due.attempts + 1,
      due.attempts == 0 ? "its window has begun" : "its session was lost, its window goes on"};
}

bool ends(const SessionWork& work) {
  return std::any_of(work.effects.begin(), work.effects.end(), [](const SessionEffect& effect) {
    const auto* phase = std::get_if<SetPhase>(&effect);
    return std::holds_alternative<DeleteNamespace>(effect) || std::holds_alternative<FinishSession>(effect) ||
           (phase != nullptr && phase->phase == model::SessionPhase::kStopping);
  });
}

}  // namespace

std::vector<Action> plan(const Desired& desired, const Observed& observed) {
  std::vector<Action> stops;
  std::vector<Action> repairs;
  std::vector<Action> starts;
  for (const auto& wanted : desired.sessions) {
    auto work = plan_session(desired, wanted, observed);
    if (!work) continue;
    if (wanted.session.phase == model::SessionPhase::kStopping || ends(*work)) {
      stops.emplace_back(std::move(*work));
    } else if (wanted.session.phase == model::SessionPhase::kStarting) {
      if (!observed.watch_trouble.empty()) continue;
      work->brings_up = true;
      starts.emplace_back(std::move(*work));
    } else {
      repairs.emplace_back(std::move(*work));
    }
  }

  std::vector<Action> actions;
  for (auto& object : drifted(manifests::cluster_objects(observed.facts), observed)) {
    actions.emplace_back(ApplyObject{std::move(object)});
  }
  const auto append = [&](std::vector<Action>& part) {
    std::move(part.begin(), part.end(), std::back_inserter(actions));
  };
  append(stops);
  append(repairs);
  append(starts);
  for (const auto& due : desired.due) {
    if (auto action = plan_due(desired, due, observed)) actions.push_back(std::move(*action));
  }
  return actions;
}

seconds retry_delay(int tries) {
  constexpr int kLongestSeconds = 60;
  if (tries >= 6) return seconds(kLongestSeconds);
  return seconds(std::min(kLongestSeconds, 1 << std::max(0, tries)));
}

seconds cluster_retry_delay(int tries) {
  constexpr int kFirstSeconds = 10;
  constexpr int kLongestSeconds = 300;
  if (tries >= 6) return seconds(kLongestSeconds);
  return seconds(std::min(kLongestSeconds, kFirstSeconds << std::max(0, tries - 1)));
}

}  // namespace berth::planning
