#include <fmt/format.h>

#include "planning/situations_for_test.hpp"

namespace berth::planning {
namespace {

using model::Flavour;
using model::Mode;
using model::ReservationState;
using model::SessionPhase;
using model::StepName;
using model::StepState;

/// Somebody else's pod, on the node of the device.
void occupy(Situation& it, const std::string& resource) {
  auto& pod = it.pod("");
  pod.namespace_name = "berth-s-before";
  pod.name = "train";
  pod.gpus = {{resource, 1}};
}

/// A binding tells and does not deny, and the last look could not put it right.
void open_fence(Situation& it) {
  auto& binding = it.observed.objects.at({"validatingadmissionpolicybindings", "", "berth-pods"});
  json::value body = *binding;
  body.at("spec").as_object()["validationActions"] = json::array{"Audit"};
  binding = std::make_shared<const json::value>(std::move(body));
  it.observed.starts_wait =
      "ValidatingAdmissionPolicyBinding berth-pods does not fence sessions as this version of Berth has it, "
      "and the cluster keeps it so whatever the reconciler writes: spec.validationActions[Deny] is missing "
      "(field manager eve).";
}

void pull_fails(Situation& it) {
  auto& pod = it.pod();
  pod.running = pod.ready = false;
  pod.trouble = "The workspace image could not be pulled. The cluster tries again.";
  pod.raw_trouble = "ErrImagePull: manifest unknown";
  pod.retried = true;
}

manifests::AppKind echo() {
  return {
      .word = "echo",
      .objects =
          [](const manifests::SessionSpec& spec, const manifests::App& app) {
            auto objects = manifests::kWorkspaceKind.objects(spec, app);
            return objects;
          },
      .readiness = manifests::Readiness::kEveryPod,
      .endpoint_objects = [](const manifests::SessionSpec&,
                             const manifests::App&) { return std::vector<manifests::Object>{}; },
      .url = [](const manifests::SessionSpec& spec,
                const manifests::App& app) { return "https://" + app.name + "." + spec.session.host + "/"; }};
}
const manifests::AppKind kEcho = echo();

/// A second app is a matter of data.
Situation with_echo(SessionPhase phase) {
  Situation it;
  it.session(phase);
  it.wanted().apps.push_back({"echo", &kEcho});
  it.up_to(StepName::kReady);
  it.pod();
  it.pod("echo");
  return it;
}

Situation ready_for(Flavour flavour, Mode mode) {
  Situation it(flavour, mode);
  it.up();
  return it;
}
Situation starting_at(StepName step, Flavour flavour = Flavour::kKubernetes,
                      Mode mode = Mode::kInteractiveMl) {
  Situation it(flavour, mode);
  it.session().up_to(step);
  return it;
}
/// Its finding was opened so long ago.
Situation without_device(Duration since) {
  Situation it;
  it.offered();
  it.observed.node_gpus.begin()->second.clear();
  it.desired.findings = {{"devices_missing",
                          fmt::format("nodes/{}/{}", it.desired.units.front().node, it.unit().resource_name),
                          it.desired.now - since}};
  return it;
}
Situation stopping() {
  Situation it;
  it.up(SessionPhase::kStopping);
  it.wanted().session.reason = "The reservation ended.";
  it.at(it.end() + 1min).terminating();
  it.observed.pods.clear();
  return it;
}
Situation gone() {
  auto it = stopping();
  it.lose("namespaces", it.space());
  return it;
}

}  // namespace

std::vector<Told> situations() {
  return {
      {"nothing_booked", [] { return Situation(); }},

      // Reservations without a session.
      {"due_in_a_cluster_without_policies",
       [] {
         Situation it;
         it.observed.objects.clear();
         return it.due();
       }},
      {"due_again_after_its_session_was_lost", [] { return Situation().due(ReservationState::kActive, 1); }},
      {"due_and_not_begun_in_time",
       [] {
         Situation it;
         return it.due().at(it.start() + 15min);
       }},
      {"due_and_never_seen_in_time",
       [] {
         Situation it;
         return it.due().unheard().at(it.start() + 15min);
       }},
      {"due_while_a_watch_is_not_heard", [] { return Situation().due().unheard(); }},
      {"due_and_over_between_two_sessions",
       [] {
         Situation it;
         return it.due(ReservationState::kActive, 1).at(it.end());
       }},

      // On the way up.
      {"starting_first_on_kubernetes", [] { return Situation().session(); }},
      {"starting_first_on_openshift", [] { return Situation(Flavour::kOpenshift).session(); }},
      {"starting_with_the_device_in_use",
       [] {
         Situation it;
         it.session();
         occupy(it, it.unit().resource_name);
         return it;
       }},
      {"starting_with_the_device_in_use_told_already",
       [] {
         Situation it;
         it.session();
         occupy(it, it.unit().resource_name);
         it.step(StepName::kDeviceFree).state = StepState::kRunning;
         it.step(StepName::kDeviceFree).detail =
             "The device is still in use: pods outside this session hold nvidia.com/mig-1g.24gb-me.";
         return it;
       }},
      {"starting_moved_to_a_spare_unit",
       [] {
         Situation it;
         it.session();
         occupy(it, it.unit().resource_name);
         auto spare = it.unit();
         spare.id = {3};
         spare.name = "gpu0-slice2";
         spare.resource_name = "nvidia.com/mig-1g.24gb";
         it.wanted().spare_units = {spare};
         it.observed.node_gpus.begin()->second[spare.resource_name] = 2;
         return it;
       }},
      {"starting_on_openshift_before_user_ids_are_allotted",
       [] {
         auto it = starting_at(StepName::kQuota, Flavour::kOpenshift);
         it.step(StepName::kNamespace).state = StepState::kRunning;
         it.change("namespaces", it.space(), [](json::object& space) {
           space.at("metadata").at("annotations").as_object().erase("openshift.io/sa.scc.uid-range");
         });
         return it;
       }},
      {"starting_before_the_quota_is_enforced",
       [] {
         auto it = starting_at(StepName::kLimits);
         it.step(StepName::kQuota).state = StepState::kRunning;
         it.change("resourcequotas", "berth-quota", [](json::object& quota) { quota.erase("status"); });
         return it;
       }},
      {"starting_once_the_quota_is_enforced_on_kubernetes", [] { return starting_at(StepName::kLimits); }},
      {"starting_once_the_quota_is_enforced_on_openshift",
       [] { return starting_at(StepName::kLimits, Flavour::kOpenshift, Mode::kInferenceContainers); }},
      {"starting_with_the_image_on_its_way",
       [] {
         auto it = starting_at(StepName::kReady);
         for (const auto name : {StepName::kWorkspace, StepName::kEndpoint})
           it.step(name).state = StepState::kPending;
         auto& pod = it.pod();
         pod.running = pod.ready = false;
         return it;
       }},
      {"starting_with_a_pull_that_fails",
       [] {
         auto it = starting_at(StepName::kEndpoint);
         it.step(StepName::kWorkspace).state = StepState::kRunning;
         pull_fails(it);
         return it;
       }},
      {"starting_with_a_pull_that_failed_and_is_tried_again",
       [] {
         auto it = starting_at(StepName::kReady);
         it.step(StepName::kEndpoint).state = StepState::kPending;
         pull_fails(it);
         it.failed(StepName::kWorkspace,
                   "The workspace image could not be pulled. The cluster tries again.\nErrImagePull: "
                   "manifest unknown",
                   20s);
         return it;
       }},
      {"starting_pulled_before_the_next_try_was_due",
       [] {
         auto it = starting_at(StepName::kReady);
         it.step(StepName::kEndpoint).state = StepState::kPending;
         it.failed(StepName::kWorkspace, "The workspace image could not be pulled.", 20s);
         it.pod().ready = false;
         return it;
       }},
      {"starting_without_its_deployment_waits_for_its_own_try",
       [] {
         auto it = starting_at(StepName::kWorkspace);
         return it.failed(StepName::kWorkspace, "apply deployments workspace: refused", 8s);
       }},
      {"starting_while_a_step_backs_off",
       [] {
         return starting_at(StepName::kLimits).failed(StepName::kLimits, "refused\nby the webhook", 8s);
       }},
      {"starting_while_a_step_backs_off_and_what_is_before_it_drifted",
       [] {
         auto it = starting_at(StepName::kLimits);
         return it.failed(StepName::kLimits, "refused", 8s).lose("resourcequotas", "berth-quota");
       }},
      {"starting_when_the_try_is_due",
       [] { return starting_at(StepName::kLimits).failed(StepName::kLimits, "refused", 0s); }},
      {"starting_with_an_address_that_the_router_refused",
       [] {
         auto it = starting_at(StepName::kReady, Flavour::kOpenshift);
         it.step(StepName::kEndpoint).state = StepState::kRunning;
         it.pod();
         return it.change("routes", "workspace", [](json::object& route) {
           const json::value refused = {
               {"type", "Admitted"}, {"status", "False"}, {"reason", "HostAlreadyClaimed"}};
           route["status"] = {{"ingress", json::array{{{"conditions", json::array{refused}}}}}};
         });
       }},
      {"starting_and_answering",
       [] {
         auto it = starting_at(StepName::kReady);
         it.pod();
         return it;
       }},
      {"starting_with_the_last_word_unsaid", [] { return Situation().up(SessionPhase::kStarting); }},
      {"starting_for_too_long",
       [] {
         auto it = starting_at(StepName::kLimits).failed(StepName::kLimits, "refused\nby the webhook", 8s);
         return it.at(it.start() + 15min);
       }},
      {"starting_for_too_long_and_up_when_looked_at",
       [] {
         auto it = starting_at(StepName::kReady);
         it.pod();
         return it.at(it.start() + 20min);
       }},
      {"starting_while_a_watch_is_not_heard", [] { return starting_at(StepName::kLimits).unheard(); }},

      // Up.
      {"ready_on_kubernetes", [] { return ready_for(Flavour::kKubernetes, Mode::kInteractiveMl); }},
      {"ready_on_openshift", [] { return ready_for(Flavour::kOpenshift, Mode::kInferenceContainers); }},
      {"ready_with_drift",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         it.lose("secrets", "berth-kubeconfig").lose("networkpolicies", "berth-deny");
         it.change("deployments", "workspace",
                   [](json::object& deployment) { deployment.at("spec").as_object()["replicas"] = 0; });
         return it.change("limitranges", "berth-limits", [](json::object& limits) { limits.erase("spec"); });
       }},
      {"ready_with_drift_while_a_watch_is_not_heard",
       [] {
         return ready_for(Flavour::kKubernetes, Mode::kInteractiveMl).unheard().lose("services", "workspace");
       }},
      {"ready_with_rules_that_are_wanted_no_longer",
       [] {
         auto it = ready_for(Flavour::kOpenshift, Mode::kInteractiveMl);
         it.wanted().booked.cluster.api_servers = {};
         it.wanted().booked.cluster.scc = "";
         return it;
       }},
      {"ready_when_a_second_node_joins",
       [] {
         auto it = ready_for(Flavour::kOpenshift, Mode::kInteractiveMl);
         it.observed.facts.several_nodes = true;
         return it;
       }},
      {"ready_without_a_pod",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         it.observed.pods.front().deleting = true;
         return it;
       }},
      {"degraded_and_told",
       [] {
         Situation it;
         it.up(SessionPhase::kDegraded);
         it.wanted().session.reason = "The workspace does not answer.";
         it.observed.pods.front().ready = false;
         return it;
       }},
      {"degraded_and_answering_again",
       [] {
         Situation it;
         it.up(SessionPhase::kDegraded);
         return it;
       }},

      // On the way down.
      {"ready_and_over",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         return it.at(it.end());
       }},
      {"ready_and_ended_as_asked",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         it.wanted().booked.reservation.end_requested_at = it.desired.now;
         return it;
       }},
      {"ready_and_its_namespace_is_not_seen",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         return it.lose("namespaces", it.space());
       }},
      {"ready_and_its_namespace_is_not_seen_while_a_watch_is_not_heard",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         return it.lose("namespaces", it.space()).unheard();
       }},
      {"ready_and_its_node_is_not_ready",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         it.observed.nodes.begin()->second = false;
         it.observed.node_gpus.clear();
         it.offered();
         return it;
       }},
      {"ready_and_its_device_is_no_longer_offered",
       [] {
         auto it = ready_for(Flavour::kKubernetes, Mode::kInteractiveMl);
         it.observed.node_gpus.begin()->second.begin()->second = 0;
         it.offered();
         return it;
       }},
      {"nothing_booked_and_a_device_missing_for_a_moment", [] { return without_device(kOutageGrace - 1s); }},
      {"nothing_booked_and_a_device_missing_for_a_minute", [] { return without_device(kOutageGrace); }},
      {"nothing_booked_and_a_node_away_for_a_moment",
       [] {
         auto it = without_device(kOutageGrace);  // the wait of another trouble does not count
         it.observed.nodes.begin()->second = false;
         return it;
       }},
      {"nothing_booked_and_a_device_is_back",
       [] {
         Situation it;
         it.offered();
         it.desired.units.front().out = true;
         it.desired.findings = {{"devices_missing", "nodes/gpu-node-1/nvidia.com/gpu"}};
         return it;
       }},
      {"ready_and_its_namespace_was_deleted",
       [] { return ready_for(Flavour::kKubernetes, Mode::kInteractiveMl).terminating(); }},
      {"stopping_and_waiting", [] { return stopping(); }},
      {"stopping_with_pods_past_the_end",
       [] {
         auto it = stopping();
         it.pod();
         return it;
       }},
      {"stopping_with_a_hold_that_is_known",
       [] {
         auto it = stopping();
         it.pod();
         it.desired.holds.push_back({it.unit().id, it.wanted().session.id});
         return it;
       }},
      {"stopping_with_a_hold_and_a_pod_that_waits_for_a_node",
       [] {
         auto it = stopping();
         it.pod().node.clear();
         it.desired.holds.push_back({it.unit().id, it.wanted().session.id});
         return it;
       }},
      {"stopping_with_a_hold_to_release",
       [] {
         auto it = stopping();
         it.desired.holds.push_back({it.unit().id, it.wanted().session.id});
         it.desired.holds.push_back({{7}, {"44444444-4444-4444-8444-444444444444"}});
         return it;
       }},
      {"stopping_with_a_hold_while_new_pods_may_be_made",
       [] {
         auto it = stopping();
         it.desired.holds.push_back({it.unit().id, it.wanted().session.id});
         return it.change("namespaces", it.space(), [](json::object& space) {
           space.at("metadata").as_object().erase("deletionTimestamp");
         });
       }},
      {"stopping_while_others_hold_its_namespace_up",
       [] {
         auto it = stopping();
         it.wanted().session.stopping_at = it.end();
         return it.change("namespaces", it.space(), [&](json::object& space) {
           const json::value held = {{"type", "NamespaceFinalizersRemaining"},
                                     {"status", "True"},
                                     {"lastTransitionTime", format_rfc3339(it.end() + 10s)}};
           space["status"] = {{"conditions", json::array{held}}};
         });
       }},
      {"stopping_and_held_up_while_a_pod_runs",
       [] {
         auto it = stopping();
         it.pod().gpus.clear();
         it.wanted().session.stopping_at = it.end() - 10min;
         return it;
       }},
      {"nothing_booked_and_a_hold_forgotten",
       [] {
         Situation it;
         it.desired.holds.push_back({{7}, {"44444444-4444-4444-8444-444444444444"}, "berth-s-before"});
         return it;
       }},
      {"due_and_not_begun_in_time_since_a_fence_is_missing",
       [] {
         Situation it;
         it.observed.starts_wait =
             "ClusterRole berth-session-admin is missing, and the reconciler may not write it.";
         return it.due().at(it.start() + 15min);
       }},
      {"due_and_starting_behind_a_fence_that_stays_open",
       [] {
         auto it = starting_at(StepName::kLimits);
         it.due();
         open_fence(it);
         return it;
       }},
      {"due_behind_a_fence_that_is_open_and_may_be_put_right",
       [] {
         Situation it;
         open_fence(it.due());
         it.observed.starts_wait.clear();
         return it;
       }},
      {"ready_behind_a_fence_that_stays_open",
       [] {
         Situation it;
         open_fence(it.up());
         return it;
       }},
      {"due_and_the_fence_is_right_again",
       [] {
         Situation it;
         it.observed.starts_wait = "what the last look said.";
         return it.due();
       }},
      {"due_and_not_begun_in_time_since_the_cluster_was_away",
       [] {
         Situation it;
         it.observed.away = Away{it.start() + 1min, it.start() + 20min};
         return it.due().at(it.start() + 20min + 1s);
       }},
      {"gone_and_completed", [] { return gone(); }},
      {"gone_and_failed",
       [] {
         auto it = gone();
         it.wanted().session.failed = true;
         return it;
       }},
      {"gone_in_the_middle_of_its_window",
       [] {
         auto it = gone();
         return it.at(it.start() + 1h);
       }},
      {"gone_too_often",
       [] {
         auto it = gone();
         it.wanted().session.attempt = kMaxAttempts;
         return it.at(it.start() + 1h);
       }},

      {"ready_and_two_kubeconfigs_are_asked_for",
       [] {
         Situation it;
         it.up();
         auto& reservation = it.wanted().booked.reservation;
         const auto now = it.desired.now;
         it.desired.kubeconfigs = {
             {"request-1", reservation.id, reservation.owner, {}, now - 2s, false},
             {"request-2", reservation.id, model::UserId{"guest"}, {}, now - 1s, false}};
         return it;
       }},

      // Of two apps.
      {"two_apps_of_which_one_is_being_started",
       [] {
         auto it = with_echo(SessionPhase::kStarting);
         for (const auto name : {StepName::kWorkspace, StepName::kEndpoint})
           it.step(name).state = StepState::kRunning;
         it.observed.pods.back().running = it.observed.pods.back().ready = false;
         return it;
       }},
      {"two_apps_of_which_one_does_not_answer_yet",
       [] {
         auto it = with_echo(SessionPhase::kStarting);
         it.pod("echo").ready = false;  // every pod of it is to answer
         return it;
       }},
      {"two_apps_that_answer", [] { return with_echo(SessionPhase::kStarting); }},
      {"two_apps_of_which_one_fell_silent",
       [] {
         auto it = with_echo(SessionPhase::kReady);
         it.observed.pods.back().ready = false;
         return it;
       }},
      {"two_apps_that_fell_silent",
       [] {
         auto it = with_echo(SessionPhase::kReady);
         it.observed.pods.clear();
         return it;
       }},
  };
}

}  // namespace berth::planning
