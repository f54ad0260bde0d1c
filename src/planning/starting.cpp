#include <fmt/format.h>

#include <algorithm>

#include "planning/devices.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

using model::StepName;
using model::StepState;

/// Whether a step whose objects are in place is done, and if not, what it waits for.
struct Standing {
  bool done = false;
  std::string detail;
  bool trouble = false;  // it will not come right by waiting alone
  bool retried = false;  // as PodSeen has them
  bool between_tries = false;
};

Standing quota_standing(const manifests::Object& quota, const Observed& observed) {
  // Admission reads status.hard: until it equals spec.hard nothing is enforced, and nobody may enter.
  const auto* actual = observed.find(key_of(quota));
  const auto* spec = actual == nullptr ? nullptr : find(*actual, {"spec", "hard"});
  const auto* hard = actual == nullptr ? nullptr : find(*actual, {"status", "hard"});
  const auto* used = actual == nullptr ? nullptr : find(*actual, {"status", "used"});
  // A key that no evaluator of this cluster counts is missing from `used` for ever, so `used` need only be
  // there.
  if (spec == nullptr || hard == nullptr || used == nullptr || !manifests::matches(*spec, *hard) ||
      !manifests::matches(*hard, *spec)) {
    return {false, "Waiting until the cluster enforces the quota.", false};
  }
  return {true, {}, false};
}

Standing namespace_standing(const DesiredSession& wanted, const Observed& observed) {
  const auto* place = seen_namespace(wanted.session.namespace_name, observed);
  if (place == nullptr) return {false, "Making the namespace.", false};
  if (wanted.booked.site.flavour != model::Flavour::kOpenshift) return {true, {}, false};
  // A pod that is made before the range of user ids is allotted would be refused.
  const auto* annotations = find(*place, {"metadata", "annotations"});
  const bool allotted = annotations != nullptr && annotations->is_object() &&
                        annotations->get_object().contains("openshift.io/sa.scc.uid-range");
  if (!allotted) return {false, "Waiting for the project's range of user ids.", false};
  return {true, {}, false};
}

Standing workspace_standing(const std::string& namespace_name, const Observed& observed) {
  const auto* pod = workspace_pod(namespace_name, observed);
  if (pod == nullptr) return {false, "Waiting for the workspace's pod.", false};
  if (!pod->trouble.empty()) {
    const auto words = pod->raw_trouble.empty() ? pod->trouble : pod->trouble + "\n" + pod->raw_trouble;
    return {false, words, true, pod->retried, pod->between_tries};
  }
  if (!pod->running) return {false, "Getting the workspace image and starting it.", false};
  return {true, {}, false};
}

Standing endpoint_standing(const DesiredSession& wanted, const Observed& observed) {
  if (wanted.booked.site.flavour != model::Flavour::kOpenshift) return {true, {}, false};
  for (const auto& [key, object] : observed.objects) {
    if (key.plural != "routes" || key.namespace_name != wanted.session.namespace_name) continue;
    const auto* ingress = find(*object, {"status", "ingress"});
    if (ingress == nullptr || !ingress->is_array()) continue;
    for (const auto& router : ingress->get_array()) {
      const auto* conditions = find(router, {"conditions"});
      if (conditions == nullptr || !conditions->is_array()) continue;
      for (const auto& condition : conditions->get_array()) {
        if (string_at(condition, {"type"}) != "Admitted") continue;
        if (string_at(condition, {"status"}) == "True") return {true, {}, false};
        return {false, fmt::format("The router refused the address: {}.", string_at(condition, {"reason"})),
                true};
      }
    }
  }
  return {false, "Waiting until the router publishes the address.", false};
}

Standing ready_standing(const std::string& namespace_name, const Observed& observed) {
  const auto* pod = workspace_pod(namespace_name, observed);
  if (pod == nullptr) return {false, "Waiting for the workspace's pod.", false};
  if (!pod->ready) return {false, "Waiting until the workspace answers.", false};
  return {true, {}, false};
}

Standing standing_of(StepName name, const std::vector<manifests::Object>& objects,
                     const DesiredSession& wanted, const Observed& observed) {
  const auto& space = wanted.session.namespace_name;
  switch (name) {
    case StepName::kDeviceFree: {
      auto trouble = device_trouble(wanted.booked, space, observed);
      return trouble ? Standing{false, *trouble, false} : Standing{true, {}, false};
    }
    case StepName::kNamespace:
      return namespace_standing(wanted, observed);
    case StepName::kQuota:
      return quota_standing(objects.front(), observed);
    case StepName::kWorkspace:
      return workspace_standing(space, observed);
    case StepName::kEndpoint:
      return endpoint_standing(wanted, observed);
    case StepName::kReady:
      return ready_standing(space, observed);
    default:
      return {true, {}, false};  // done as soon as its objects are applied
  }
}

bool has_access_secret(const manifests::SessionSpec& spec, const Observed& observed) {
  return observed.find(key_of(manifests::access_secret(spec, ""))) != nullptr;
}

void record(SessionWork& work, const model::Step& stored, StepState state, const std::string& detail) {
  if (stored.state == state && stored.detail == detail) return;  // a settled wait writes nothing
  work.effects.emplace_back(RecordStep{.step = stored.name, .state = state, .detail = detail});
}

void record(SessionWork& work, const model::Step& stored, const Standing& standing) {
  const auto state = standing.trouble ? StepState::kFailed : StepState::kRunning;
  if (stored.state == state && stored.detail == standing.detail) return;
  work.effects.emplace_back(RecordStep{.step = stored.name,
                                       .state = state,
                                       .detail = standing.detail,
                                       .retried = standing.retried,
                                       .between_tries = standing.between_tries});
}

/// Applies what is missing of one step. True when anything had to be.
bool apply_missing(SessionWork& work, StepName name, const std::vector<manifests::Object>& objects,
                   const manifests::SessionSpec& spec, const Observed& observed) {
  bool any = false;
  for (auto& object : drifted(objects, observed)) {
    any = true;
    const bool fresh_namespace =
        name == StepName::kNamespace && seen_namespace(object.name, observed) == nullptr;
    if (fresh_namespace) {
      work.effects.emplace_back(MakeNamespace{std::move(object)});
    } else {
      work.effects.emplace_back(ApplyObject{std::move(object)});
    }
  }
  if (name == StepName::kConfig && !has_access_secret(spec, observed)) {
    any = true;
    work.effects.emplace_back(MakeAccessSecret{});
  }
  return any;
}

/// Its objects do not wait for it to be done: the address is set up while the image is still being pulled.
bool may_overtake(StepName name) {
  return name == StepName::kWorkspace;
}

bool lacks_anything(StepName name, const manifests::SessionSpec& spec, const Observed& observed) {
  SessionWork unused{};
  return apply_missing(unused, name, manifests::objects_of(name, spec), spec, observed);
}

/// The step that is at work failed and waits. What drifted before it waits too: a failure there counts as its
/// own, and would else be met again in every cycle. A try that is the cluster's (an image pull) is no reason
/// to wait: then there is nothing to write, only to look.
bool backs_off(const model::Session& session, const manifests::SessionSpec& spec, const Observed& observed,
               Instant now) {
  const auto at_work = std::ranges::find_if(
      session.steps, [](const model::Step& step) { return step.state != StepState::kDone; });
  if (at_work == session.steps.end() || !at_work->next_try_at || now >= *at_work->next_try_at) return false;
  if (at_work->name != StepName::kWorkspace) return true;
  return std::any_of(session.steps.begin(), std::next(at_work),
                     [&](const model::Step& step) { return lacks_anything(step.name, spec, observed); });
}

/// Seen by the watch only after the apply of this very plan, so the plan ends here and the next one judges.
bool judged_by_status(StepName name, const DesiredSession& wanted) {
  switch (name) {
    case StepName::kQuota:
    case StepName::kWorkspace:
      return true;
    case StepName::kNamespace:
    case StepName::kEndpoint:
      return wanted.booked.site.flavour == model::Flavour::kOpenshift;
    default:
      return false;
  }
}

}  // namespace

std::optional<SessionWork> plan_starting(const Desired& desired, const DesiredSession& wanted,
                                         const Observed& observed) {
  const auto spec = spec_of(desired, wanted, observed);
  const auto& session = wanted.session;
  if (backs_off(session, spec, observed, desired.now)) return std::nullopt;
  SessionWork work{.session = session.id,
                   .namespace_name = session.namespace_name,
                   .step = std::nullopt,
                   .effects = {},
                   .reason = "the session is starting"};

  bool all_done = true;
  bool waiting = false;  // an earlier step is not done: later ones may apply, but are not done either
  for (const auto name : model::kSteps) {
    const auto* stored = find_step(session, name);
    if (stored == nullptr) continue;
    const auto objects = manifests::objects_of(name, spec);
    if (stored->state == StepState::kDone) {
      apply_missing(work, name, objects, spec, observed);
      continue;
    }
    if (!waiting) work.step = name;
    if (stored->next_try_at && desired.now < *stored->next_try_at &&
        (name != StepName::kWorkspace || lacks_anything(name, spec, observed))) {
      all_done = false;
      break;
    }

    if (name == StepName::kDeviceFree) {
      const auto standing = standing_of(name, objects, wanted, observed);
      if (standing.done) {
        record(work, *stored, StepState::kDone, {});
        continue;
      }
      all_done = false;
      auto move = move_to_spare_units(wanted, observed);
      record(work, *stored, StepState::kRunning, move ? move->reason : standing.detail);
      if (move) work.effects.emplace_back(std::move(*move));
      break;
    }

    const bool applied = apply_missing(work, name, objects, spec, observed);
    if (waiting) continue;  // overtaken: its turn to be judged comes when the earlier step is done

    auto standing = applied && judged_by_status(name, wanted) ? Standing{false, {}, false}
                    : applied                                 ? Standing{true, {}, false}
                                                              : standing_of(name, objects, wanted, observed);
    if (standing.done) {
      if (name == StepName::kReady) {
        // Only when it is news: an effect that is repeated for ever would keep a reconciler that dies after
        // each one from ever reaching the next.
        const std::vector<model::Endpoint> endpoints{{"workspace", manifests::workspace_url(spec)}};
        if (session.endpoints != endpoints) work.effects.emplace_back(PublishEndpoints{endpoints});
      }
      record(work, *stored, StepState::kDone, {});
      continue;
    }
    all_done = false;
    record(work, *stored, standing);
    if (!may_overtake(name)) break;
    waiting = true;
  }
  // Judged by the steps and not beside the last one: the phase may be all that a reconciler that died had
  // left to write.
  if (all_done) work.effects.emplace_back(SetPhase{model::SessionPhase::kReady, "", false});
  if (work.effects.empty()) return std::nullopt;
  return work;
}

std::optional<SessionWork> plan_running(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed) {
  const auto spec = spec_of(desired, wanted, observed);
  const auto& session = wanted.session;
  SessionWork work{.session = session.id,
                   .namespace_name = session.namespace_name,
                   .step = std::nullopt,
                   .effects = {},
                   .reason = "it differed from what was booked",
                   .independent = true};
  const auto* pod = workspace_pod(session.namespace_name, observed);
  // Where a watch is not heard, one may live that is not seen.
  const bool may_live = pod != nullptr || !observed.watch_trouble.empty();
  for (auto& object : drifted_while_up(manifests::all_objects(spec), may_live, observed))
    work.effects.emplace_back(ApplyObject{std::move(object)});
  if (!has_access_secret(spec, observed)) work.effects.emplace_back(MakeAccessSecret{});

  const bool answers = pod != nullptr && pod->ready;
  if (answers && session.phase == model::SessionPhase::kDegraded) {
    work.effects.emplace_back(SetPhase{model::SessionPhase::kReady, "", false});
  }
  if (!answers) {
    const std::string why = pod == nullptr          ? "The workspace has no pod."
                            : !pod->trouble.empty() ? pod->trouble
                                                    : "The workspace does not answer.";
    if (session.phase != model::SessionPhase::kDegraded || session.reason != why) {
      work.effects.emplace_back(SetPhase{model::SessionPhase::kDegraded, why, false});
    }
  }
  if (work.effects.empty()) return std::nullopt;
  return work;
}

}  // namespace berth::planning
