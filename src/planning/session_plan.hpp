// What to do about one session. Internal to planning.
#pragma once

#include <optional>
#include <string>

#include "planning/planning.hpp"

namespace berth::planning {

manifests::SessionSpec spec_of(const Desired& desired, const DesiredSession& wanted,
                               const Observed& observed);

/// Work on that session, without any effect yet.
SessionWork work_on(const model::Session& session, std::string reason);

/// Nothing when the session is as it should be.
std::optional<SessionWork> plan_session(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed);

/// The part for a session that is to end or is ending.
std::optional<SessionWork> plan_stopping(const Desired& desired, const DesiredSession& wanted,
                                         const Observed& observed);

/// The part for a session that is on its way up: the steps in their order.
std::optional<SessionWork> plan_starting(const Desired& desired, const DesiredSession& wanted,
                                         const Observed& observed);

/// The part for one that is up: what drifted is put back, its phase follows its apps.
std::optional<SessionWork> plan_running(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed);

/// What its workspace wishes and was not heard to, and from when on it may be.
struct NewWish {
  said::Wish wish;
  Instant from;
};
std::optional<NewWish> new_wish(const DesiredSession& wanted, const Observed& observed, Instant now);

/// When it was last used, where its workspace says so anew and may be heard.
std::optional<NewActivity> new_activity(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed);

/// Why the session must stop now, if it must; `failed` when that makes the reservation FAILED.
struct StopReason {
  std::string sentence;
  bool failed = false;
  OnlyIf only_if = OnlyIf::kAnyway;  // what must still be so when it is written
};
/// Whether a session of its owner in its pool ends, or is being taken away, and leaves files that the due one
/// is to have.
bool waits_for_files(const Desired& desired, const Due& due, const Observed& observed);

std::optional<StopReason> must_stop(const Desired& desired, const DesiredSession& wanted,
                                    const Observed& observed);

// Small looks at what was seen.
ObservedKey key_of(const manifests::Object& object);
const json::value* seen_namespace(const std::string& name, const Observed& observed);
bool terminating(const json::value& object);
/// What is on its way out and has nothing running in it, and stays: somebody else's finalizer, or an API that
/// does not answer. `stopping_at` is when its end was begun.
bool held_up(const json::value& place, std::optional<Instant> stopping_at, Instant now);
/// Those of `objects` that are missing or differ. One that is being deleted is left until it is gone; a claim
/// that is there keeps its spec, which cannot be changed.
std::vector<manifests::Object> drifted(const std::vector<manifests::Object>& objects,
                                       const Observed& observed);
/// As `drifted`, for a session that is up: what cannot be changed under its work is
/// no difference, and goes into the objects as it stands.
std::vector<manifests::Object> drifted_while_up(const std::vector<manifests::Object>& objects,
                                                const Observed& observed);
/// What lets the session's pods or accounts do something (network policies, role bindings) and is not among
/// `wanted`, as objects that let nothing: what was allowed once ends with the rule, for running sessions too.
std::vector<manifests::Object> no_longer_wanted(const std::vector<manifests::Object>& wanted,
                                                const manifests::SessionSpec& spec, const Observed& observed);
const model::Step* find_step(const model::Session& session, model::StepName name);

}  // namespace berth::planning
