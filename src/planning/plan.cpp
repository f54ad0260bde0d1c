#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "planning/devices.hpp"
#include "planning/homes.hpp"
#include "planning/kubeconfigs.hpp"
#include "planning/layouts.hpp"
#include "planning/outages.hpp"
#include "planning/planning.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

/// So long after the cluster is back everything that was due meanwhile has been begun.
constexpr Duration kSoonAfter = std::chrono::minutes(1);

model::Waiting nothing_is_started(const Desired& desired, const Observed& observed) {
  auto why = model::not_heard(desired.now - observed.unheard_for);
  why.reason += " (" + observed.watch_trouble + ")";
  return why;
}

/// Of what was not even begun by `deadline`.
std::string why_not_begun(Instant deadline, const Observed& observed) {
  if (!observed.starts_wait.empty()) return observed.starts_wait;
  if (observed.away && observed.away->from <= deadline && deadline <= observed.away->until + kSoonAfter) {
    return fmt::format("the cluster did not answer from {} to {}.",
                       format_rfc3339(std::chrono::floor<seconds>(observed.away->from)),
                       format_rfc3339(std::chrono::floor<seconds>(observed.away->until)));
  }
  return observed.watch_trouble.empty() ? "the controller was not there in time."
                                        : "the controller could not watch the cluster.";
}

/// Without its fences nothing is brought up: none is planned either while the last look found that they
/// cannot be put right, and they are still not as wanted.
bool held_by_fences(const Plan& plan, const Observed& observed) {
  return !plan.fences.empty() && !observed.starts_wait.empty();
}

std::variant<Action, NotActed> plan_due(const Desired& desired, const Due& due, const Observed& observed,
                                        bool held) {
  const auto& reservation = due.booked.reservation;
  const auto layout = layout_wait(due.booked, desired, observed);
  if (reservation.state == model::ReservationState::kApproved) {
    // Late by a change of layout is better than lost by one.
    const auto deadline = layout && layout->is_coming
                              ? reservation.window.end
                              : std::min(may_start_from(due.booked, desired) + due.booked.start_deadline,
                                         reservation.window.end);
    if (desired.now >= deadline) {
      return CloseReservation{
          .reservation = reservation.id,
          .failed = true,
          .reason =
              fmt::format("Could not start by {}: {}", format_rfc3339(std::chrono::floor<seconds>(deadline)),
                          layout ? layout->why : why_not_begun(deadline, observed))};
    }
  } else if (reservation.end_requested_at || desired.now >= reservation.window.end) {
    return CloseReservation{
        .reservation = reservation.id, .failed = false, .reason = "It ended while it had no session."};
  }
  if (!observed.watch_trouble.empty()) {
    return NotActed{
        .reservation = reservation.id, .namespace_name = {}, .why = nothing_is_started(desired, observed)};
  }
  if (held) {
    return NotActed{.reservation = reservation.id,
                    .namespace_name = {},
                    .why = model::nothing_starts(observed.starts_wait)};
  }
  // It may have its units on another card, for which it needs a session.
  const bool moves =
      layout && !layout->is_coming && due.attempts == 0 && may_move_for_layout(due.booked, desired, observed);
  if (layout && !moves) {
    return NotActed{.reservation = reservation.id,
                    .namespace_name = {},
                    .why = {.reason = layout->why, .until = layout->until}};
  }
  if (waits_for_files(desired, due, observed))
    return NotActed{.reservation = reservation.id, .namespace_name = {}, .why = model::waiting_for_files()};
  return BeginSession{
      .reservation = reservation.id,
      .attempt = due.attempts + 1,
      .apps_domain = due.booked.cluster.apps_domain,
      .reason = due.attempts == 0 ? "its window has begun" : "its session was lost, its window goes on"};
}

NotActed not_acted(const Desired& desired, const DesiredSession& wanted) {
  auto why = model::waiting_for(wanted.session, desired.now);
  return {.reservation = wanted.booked.reservation.id,
          .namespace_name = wanted.session.namespace_name,
          .why = why ? std::move(*why)
                     : model::Waiting{"It is as it was booked.", wanted.booked.reservation.window.end}};
}

/// Of sessions that are Gone. Nobody else looks at those any more.
void release_forgotten_holds(const Desired& desired, const Observed& observed, Plan& plan) {
  std::set<model::SessionId> done;
  for (const auto& hold : desired.holds) {
    if (hold.namespace_name.empty() || !observed.watch_trouble.empty() ||
        may_use_device(hold.namespace_name, observed) || !done.insert(hold.session).second) {
      continue;
    }
    SessionWork work{.session = hold.session,
                     .namespace_name = hold.namespace_name,
                     .steps = {},
                     .effects = {},
                     .reason = "no pod of it is on the device any more"};
    work.effects.emplace_back(ReleaseHolds{});
    plan.actions.emplace_back(std::move(work));
  }
}

bool ends(const SessionWork& work) {
  return std::ranges::any_of(work.effects, [](const Effect& effect) {
    const auto* phase = std::get_if<SetPhase>(&effect.what);
    return std::holds_alternative<DeleteNamespace>(effect.what) ||
           std::holds_alternative<FinishSession>(effect.what) ||
           (phase != nullptr && phase->phase == model::SessionPhase::kStopping);
  });
}

}  // namespace

Plan plan(const Desired& desired, const Observed& observed) {
  Plan plan{.now = desired.now, .fences = {}, .actions = {}, .findings = desired.findings, .idle = {}};
  std::vector<Action> repairs;
  std::vector<Action> starts;
  for (auto& object : drifted(manifests::cluster_objects(observed.facts), observed)) {
    plan.fences.push_back({std::move(object)});
  }
  const bool held = held_by_fences(plan, observed);
  for (const auto& wanted : desired.sessions) {
    if (auto said = new_activity(desired, wanted, observed)) plan.activity.push_back(*said);
    auto work = plan_session(desired, wanted, observed);
    if (!work) {
      plan.idle.push_back(not_acted(desired, wanted));
    } else if (wanted.session.phase == model::SessionPhase::kStopping || ends(*work)) {
      plan.actions.emplace_back(std::move(*work));
    } else if (wanted.session.phase != model::SessionPhase::kStarting) {
      repairs.emplace_back(std::move(*work));
    } else if (!observed.watch_trouble.empty()) {
      plan.idle.push_back({wanted.booked.reservation.id, wanted.session.namespace_name,
                           nothing_is_started(desired, observed)});
    } else if (held) {
      plan.idle.push_back({wanted.booked.reservation.id, wanted.session.namespace_name,
                           model::nothing_starts(observed.starts_wait)});
    } else {
      work->stage = Stage::kBringsUp;
      starts.emplace_back(std::move(*work));
    }
  }
  release_forgotten_holds(desired, observed, plan);
  if (auto outages = plan_outages(desired, observed)) plan.actions.emplace_back(std::move(*outages));
  std::ranges::move(plan_layouts(desired, observed), std::back_inserter(plan.actions));
  std::ranges::move(plan_homes(desired, observed), std::back_inserter(plan.actions));
  std::ranges::move(repairs, std::back_inserter(plan.actions));
  // After what fences sessions, and what those hang on; before starts, since somebody waits for them.
  std::ranges::move(plan_kubeconfigs(desired, observed), std::back_inserter(plan.actions));
  std::ranges::move(starts, std::back_inserter(plan.actions));
  for (const auto& due : desired.due) {
    auto planned = plan_due(desired, due, observed, held);
    if (auto* action = std::get_if<Action>(&planned)) {
      plan.actions.push_back(std::move(*action));
    } else {
      plan.idle.push_back(std::move(std::get<NotActed>(planned)));
    }
  }
  return plan;
}

Stage stage_of(const Action& action) {
  if (std::holds_alternative<BeginSession>(action)) return Stage::kBringsUp;
  const auto* work = std::get_if<SessionWork>(&action);
  return work == nullptr ? Stage::kAnyTime : work->stage;
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
