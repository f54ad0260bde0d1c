// What to do about one session. Internal to planning.
#pragma once

#include <optional>
#include <string>

#include "planning/planning.hpp"

namespace berth::planning {

manifests::SessionSpec spec_of(const Desired& desired, const DesiredSession& wanted,
                               const Observed& observed);

/// Nothing when the session is as it should be.
std::optional<SessionWork> plan_session(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed);

/// The part for a session that is to end or is ending.
std::optional<SessionWork> plan_stopping(const Desired& desired, const DesiredSession& wanted,
                                         const Observed& observed);

/// The part for a session that is on its way up: the steps in their order.
std::optional<SessionWork> plan_starting(const Desired& desired, const DesiredSession& wanted,
                                         const Observed& observed);

/// The part for one that is up: what drifted is put back, its phase follows the workspace.
std::optional<SessionWork> plan_running(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed);

/// Why the session must stop now, if it must; `failed` when that makes the reservation FAILED.
struct StopReason {
  std::string sentence;
  bool failed = false;
  bool unseen = false;  // all that says so is that the namespace is not in the watch's picture
  bool over = false;    // its time ran out: true only as long as nobody extends it
};
std::optional<StopReason> must_stop(const Desired& desired, const DesiredSession& wanted,
                                    const Observed& observed);

// Small looks at what was seen.
ObjectKey key_of(const manifests::Object& object);
const json::value* seen_namespace(const std::string& name, const Observed& observed);
bool terminating(const json::value& object);
/// Those of `objects` that are missing or differ. One that is being deleted is left until it is gone.
std::vector<manifests::Object> drifted(const std::vector<manifests::Object>& objects,
                                       const Observed& observed);
/// As `drifted`, for a session that is up: what it was started with and cannot be changed under its work is
/// no difference, and goes into the objects as it stands.
std::vector<manifests::Object> drifted_while_up(const std::vector<manifests::Object>& objects,
                                                bool workspace_may_live, const Observed& observed);
const PodSeen* workspace_pod(const std::string& namespace_name, const Observed& observed);
const model::Step* find_step(const model::Session& session, model::StepName name);

}  // namespace berth::planning
