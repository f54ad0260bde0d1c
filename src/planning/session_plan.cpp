#include "planning/session_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "manifests/names_and_labels.hpp"
#include "planning/homes.hpp"
#include "planning/layouts.hpp"

namespace berth::planning {
namespace {

/// Filled in by the API server where the claim left it to the cluster's default. The claim carries Berth's
/// labels, so Berth made it, and what it got can never be changed.
std::string class_of_claims(const std::string& namespace_name, const Observed& observed) {
  const auto* home =
      observed.find({"persistentvolumeclaims", namespace_name, std::string(manifests::kHomeClaimName)});
  return home == nullptr ? "" : string_at(*home, {"spec", "storageClassName"});
}

bool was_made(const model::Session& session) {
  const auto* made = find_step(session, model::StepName::kNamespace);
  return made != nullptr && made->state == model::StepState::kDone;
}

/// Longest part of the cluster's own words in a reason, in bytes.
constexpr std::size_t kMostRawBytes = 300;

/// Berth's sentence, and the cluster's own words where there are any: they alone say why.
std::string both_words(const std::string& detail) {
  const auto line = detail.find('\n');
  if (line == std::string::npos) return detail;
  auto raw = detail.substr(line + 1);
  const bool cut = raw.size() > kMostRawBytes;
  raw = std::string(first_bytes(raw, kMostRawBytes));
  std::ranges::replace(raw, '\n', ' ');
  return fmt::format("{} ({}{})", detail.substr(0, line), raw, cut ? " ..." : "");
}

bool ends_ready(const SessionWork& work) {
  const auto* phase = std::get_if<SetPhase>(&work.effects.back().what);
  return phase != nullptr && phase->phase == model::SessionPhase::kReady;
}

}  // namespace

const json::value* Observed::find(const ObservedKey& key) const {
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : found->second.get();
}

ObservedKey key_of(const manifests::Object& object) {
  return {object.kind.plural, object.namespace_name, object.name};
}

const json::value* seen_namespace(const std::string& name, const Observed& observed) {
  return observed.find({"namespaces", "", name});
}

bool terminating(const json::value& object) {
  return find(object, {"metadata", "deletionTimestamp"}) != nullptr;
}

const model::Step* find_step(const model::Session& session, model::StepName name) {
  const auto found = std::find_if(session.steps.begin(), session.steps.end(),
                                  [&](const model::Step& step) { return step.name == name; });
  return found == session.steps.end() ? nullptr : &*found;
}

SessionWork work_on(const model::Session& session, std::string reason) {
  return {.session = session.id,
          .namespace_name = session.namespace_name,
          .steps = session.steps,
          .effects = {},
          .reason = std::move(reason)};
}

/// Whether what is in the session's home outlives it, as its pool has it now.
int days_kept(const DesiredSession& wanted) {
  const auto size = wanted.home ? wanted.home->size : wanted.booked.device_class.home;
  return wanted.booked.homes.keeps(size) ? wanted.booked.homes.days : 0;
}

manifests::SessionSpec spec_of(const Desired& desired, const DesiredSession& wanted,
                               const Observed& observed) {
  const auto home = see_home(wanted, observed, desired.now).state;
  return {.installation = desired.installation,
          .session = wanted.session,
          .reservation = wanted.booked.reservation,
          .device_class = wanted.booked.device_class,
          .node = wanted.booked.node,
          .units = wanted.booked.units,
          .cluster = wanted.booked.cluster,
          .time_zone = wanted.booked.time_zone,
          .owner_email = wanted.booked.owner_email,
          .may_enter = wanted.booked.may_enter,
          .gate_keys = desired.gate_keys,
          .facts = observed.facts,
          .default_storage_class = class_of_claims(wanted.session.namespace_name, observed),
          .apps = wanted.apps,
          .home_size = wanted.home ? std::optional(wanted.home->size) : std::nullopt,
          .home_kept_days = days_kept(wanted),
          .home_waits = home != HomeSeen::State::kNone && home != HomeSeen::State::kReady,
          .identity = identity_for(wanted, observed),
          .answer = wanted.wish ? wanted.wish->answer : std::string()};
}

/// It has no device yet, and a layout with its units is on its way.
bool waits_for_layout(const Desired& desired, const DesiredSession& wanted, const Observed& observed) {
  const auto* free = find_step(wanted.session, model::StepName::kDeviceFree);
  if (free == nullptr || free->state == model::StepState::kDone) return false;
  const auto wait = layout_wait(wanted.booked, desired, observed);
  return wait && wait->is_coming;
}

std::optional<StopReason> must_stop(const Desired& desired, const DesiredSession& wanted,
                                    const Observed& observed) {
  const auto& reservation = wanted.booked.reservation;
  const auto& session = wanted.session;
  if (reservation.end_requested_at) return StopReason{"Ended before its time, as asked."};
  if (desired.now >= reservation.window.end) {
    return StopReason{.sentence = "The reservation ended.", .only_if = OnlyIf::kReservationOver};
  }

  const auto* place = seen_namespace(session.namespace_name, observed);
  if (place != nullptr && terminating(*place)) return StopReason{"Its namespace was deleted from outside."};
  // What is not seen in a picture that is long past may have been made since.
  if (place == nullptr && was_made(session) && observed.watch_trouble.empty()) {
    return StopReason{.sentence = "Its namespace was deleted from outside.",
                      .only_if = OnlyIf::kNamespaceGone};
  }

  const auto deadline =
      std::max(may_start_from(wanted.booked, desired), session.created_at) + wanted.booked.start_deadline;
  if (session.phase == model::SessionPhase::kStarting && desired.now >= deadline &&
      !waits_for_layout(desired, wanted, observed)) {
    if (!observed.starts_wait.empty()) {
      return StopReason{fmt::format("Could not start within {} minutes: {}",
                                    wanted.booked.start_deadline.count() / 60, observed.starts_wait),
                        true};
    }
    for (const auto& step : session.steps) {
      if (step.state == model::StepState::kDone) continue;
      return StopReason{fmt::format("Could not start within {} minutes. Failed at \"{}\": {}",
                                    wanted.booked.start_deadline.count() / 60, to_string(step.name),
                                    step.detail.empty() ? "it did not finish." : both_words(step.detail)),
                        true};
    }
    return StopReason{"Could not start in time.", true};
  }
  return std::nullopt;
}

std::optional<SessionWork> plan_session(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed) {
  if (wanted.session.phase == model::SessionPhase::kStopping) return plan_stopping(desired, wanted, observed);
  const auto stop = must_stop(desired, wanted, observed);
  if (stop && stop->failed) {
    // It did start in time where only nobody was there to see it come up.
    auto work = plan_starting(desired, wanted, observed);
    if (work && ends_ready(*work)) return work;
  }
  if (stop) return plan_stopping(desired, wanted, observed);
  // Neither ended nor made anew on a picture that may be past.
  if (was_made(wanted.session) && seen_namespace(wanted.session.namespace_name, observed) == nullptr)
    return std::nullopt;
  if (wanted.session.phase == model::SessionPhase::kStarting) return plan_starting(desired, wanted, observed);
  return plan_running(desired, wanted, observed);
}

}  // namespace berth::planning
