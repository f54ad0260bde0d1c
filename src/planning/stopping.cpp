#include <fmt/format.h>

#include <algorithm>

#include "model/cleaning.hpp"
#include "planning/devices.hpp"
#include "planning/homes.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

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

/// A pod that is not seen may run where its watch is not heard.
bool anything_runs(const std::string& namespace_name, const Observed& observed) {
  return !observed.watch_trouble.empty() || std::ranges::any_of(observed.pods, [&](const PodSeen& pod) {
    return pod.namespace_name == namespace_name && !pod.finished;
  });
}

/// The list of who may enter with nobody on it; nothing where it is so, or not there any more.
std::optional<manifests::Object> closed_door(manifests::SessionSpec spec, const Observed& observed) {
  spec.may_enter.clear();
  auto list = access_list_object(spec);
  const auto* kept = observed.find(key_of(list));
  if (kept == nullptr || terminating(*kept) || manifests::matches(list.body, *kept)) return std::nullopt;
  return list;
}

/// Long beyond what the controllers of a healthy cluster take for their own finalizers.
constexpr seconds kOfItself{15};
/// ... and for all the rest, where the namespace does not say what holds it up.
constexpr seconds kWithoutAWord{120};

}  // namespace

bool held_up(const json::value& place, std::optional<Instant> stopping_at, Instant now) {
  if (!terminating(place)) return false;
  if (stopping_at && now - *stopping_at >= kWithoutAWord) return true;
  const auto* conditions = find(place, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return false;
  return std::ranges::any_of(conditions->get_array(), [&](const json::value& condition) {
    const auto type = string_at(condition, {"type"});
    const auto since = parse_rfc3339(string_at(condition, {"lastTransitionTime"}));
    return string_at(condition, {"status"}) == "True" && type != "NamespaceContentRemaining" &&
           type.starts_with("Namespace") && since && now - *since >= kOfItself;
  });
}

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
  const bool stays = place != nullptr && session.phase == model::SessionPhase::kStopping &&
                     held_up(*place, session.stopping_at, desired.now) &&
                     !anything_runs(session.namespace_name, observed);
  if (place == nullptr || stays) {
    auto finish = outcome_of(desired, wanted, failed);
    finish.reason = work.reason;
    if (stays) finish.its_namespace = FinishSession::Namespace::kHeldUp;
    work.effects.emplace_back(std::move(finish));
    return work;
  }
  if (!terminating(*place)) {
    for (auto& effect : last_home_effects(wanted, observed, desired.now))
      work.effects.push_back({std::move(effect)});
    work.effects.emplace_back(
        DeleteNamespace{session.namespace_name, string_at(*place, {"metadata", "uid"})});
  }
  // The claim ended with the window, or soon after its owner's word; a device that pods still use from then
  // on is a hold, never a longer claim.
  if (desired.now >= model::free_by(wanted.booked.reservation) &&
      holds_device(session.namespace_name, observed)) {
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
  // The cluster comes to the pods seconds later, and until then they serve on. Last: a list that cannot be
  // written keeps nothing from ending.
  if (auto closed = closed_door(spec_of(desired, wanted, observed), observed))
    work.effects.emplace_back(PutBack{std::move(*closed)});
  if (work.effects.empty()) return std::nullopt;
  return work;
}

}  // namespace berth::planning
