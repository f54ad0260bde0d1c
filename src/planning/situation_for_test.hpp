// A session of the reference machine and the cluster around it, as test data: rows and what is seen, which a
// test brings to where it wants them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "manifests/reference_session_for_test.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {

using namespace std::chrono_literals;

class Situation {
 public:
  /// A node that offers the device, the shared policies in place, nothing booked; a minute into the window.
  explicit Situation(model::Flavour flavour = model::Flavour::kKubernetes,
                     model::Mode mode = model::Mode::kInteractiveMl)
      : spec_(manifests::reference_session(flavour, false, mode)) {
    desired.installation = spec_.installation;
    desired.now = start() + 1min;
    desired.gate_keys = spec_.gate_keys;
    spec_.session.created_at = start();
    spec_.session.attempt = 1;
    for (const auto name : model::kSteps) {
      model::Step step;
      step.name = name;
      spec_.session.steps.push_back(step);
    }
    observed.facts = spec_.facts;
    observed.node_gpus[spec_.node.kubernetes_name] = {{unit().resource_name, unit().replicas}};
    observed.nodes[spec_.node.kubernetes_name] = true;
    for (const auto& object : manifests::cluster_objects(observed.facts)) see(object);
  }

  Desired desired;
  Observed observed;

  Instant start() const { return spec_.reservation.window.start; }
  Instant end() const { return spec_.reservation.window.end; }
  const model::Unit& unit() const { return spec_.units.front(); }
  const std::string& space() const { return spec_.session.namespace_name; }

  Booked booked(model::ReservationState state) const {
    Booked out;
    out.reservation = spec_.reservation;
    out.reservation.state = state;
    out.device_class = spec_.device_class;
    out.node = spec_.node;
    out.units = spec_.units;
    out.cluster = spec_.cluster;
    out.time_zone = spec_.time_zone;
    out.owner_email = spec_.owner_email;
    out.may_enter = spec_.may_enter;
    return out;
  }
  Situation& due(model::ReservationState state = model::ReservationState::kApproved, int attempts = 0) {
    desired.due.push_back({booked(state), attempts});
    return *this;
  }
  /// The one session, with nothing of it in the cluster.
  Situation& session(model::SessionPhase phase = model::SessionPhase::kStarting) {
    DesiredSession wanted{booked(model::ReservationState::kActive), spec_.session, {}};
    wanted.session.phase = phase;
    desired.sessions.push_back(std::move(wanted));
    return *this;
  }
  DesiredSession& wanted() { return desired.sessions.front(); }
  model::Step& step(model::StepName name) {
    for (auto& step : wanted().session.steps) {
      if (step.name == name) return step;
    }
    throw std::out_of_range(std::string(to_string(name)));
  }
  manifests::SessionSpec spec() { return spec_of(desired, wanted(), observed); }

  void see(const manifests::Object& object) {
    json::value body = object.body;
    auto& fields = body.as_object();
    if (object.kind.plural == "resourcequotas") {
      fields["status"] = {{"hard", body.at("spec").at("hard")}, {"used", json::object{}}};
    }
    if (object.kind.plural == "namespaces") {
      auto& metadata = fields["metadata"].as_object();
      metadata["uid"] = "u-1";
      metadata["annotations"].as_object()["openshift.io/sa.scc.uid-range"] = "1000/1000";
    }
    if (object.kind.plural == "routes") {
      const json::value admitted = {{"type", "Admitted"}, {"status", "True"}};
      fields["status"] = {{"ingress", json::array{{{"conditions", json::array{admitted}}}}}};
    }
    observed.objects[key_of(object)] = std::make_shared<const json::value>(std::move(body));
  }
  /// A copy of what is seen, put back when `change` has changed it.
  template <typename Change>
  Situation& change(const std::string& plural, const std::string& name, Change&& change) {
    auto& object = observed.objects.at({plural, plural == "namespaces" ? "" : space(), name});
    auto copy = *object;
    change(copy.as_object());
    object = std::make_shared<const json::value>(std::move(copy));
    return *this;
  }
  Situation& lose(const std::string& plural, const std::string& name) {
    if (observed.objects.erase({plural, plural == "namespaces" ? "" : space(), name}) != 1)
      throw std::out_of_range(plural + " " + name);
    return *this;
  }
  Situation& terminating() {
    return change("namespaces", space(), [](json::object& space) {
      space.at("metadata").as_object()["deletionTimestamp"] = "2026-11-24T15:00:00Z";
    });
  }
  PodSeen& pod(const std::string& app = "workspace") {
    PodSeen pod;
    pod.namespace_name = space();
    pod.name = app + "-1";
    pod.app = app;
    pod.node = spec_.node.kubernetes_name;
    pod.running = pod.ready = true;
    pod.gpus = {{unit().resource_name, 1}};
    observed.pods.push_back(pod);
    return observed.pods.back();
  }
  /// Everything before that step stands and is done.
  Situation& up_to(model::StepName name) {
    for (const auto& start_step : kStartSteps) {
      if (start_step.name == name) break;
      step(start_step.name).state = model::StepState::kDone;
      for (const auto& object : start_step.objects(spec())) see(object);
    }
    return *this;
  }
  /// All that was booked stands and answers.
  Situation& up(model::SessionPhase phase = model::SessionPhase::kReady) {
    session(phase).up_to(model::StepName::kReady);
    step(model::StepName::kReady).state = model::StepState::kDone;
    wanted().session.endpoints = {{"workspace", manifests::workspace_url(spec())}};
    pod();
    return *this;
  }
  Situation& failed(model::StepName name, const std::string& detail, Duration next_try) {
    auto& failed = step(name);
    failed.state = model::StepState::kFailed;
    failed.detail = detail;
    failed.tries = 3;
    failed.next_try_at = desired.now + next_try;
    return *this;
  }
  Situation& unheard() {
    observed.watch_trouble = "what is known of pods may be long past: no route to host";
    observed.unheard_for = 3min;
    return *this;
  }
  /// The unit is among those that the node should offer.
  Situation& offered() {
    desired.units.push_back(
        {unit().id, unit().name, spec_.node.kubernetes_name, unit().resource_name, unit().replicas});
    return *this;
  }
  Situation& at(Instant now) {
    desired.now = now;
    return *this;
  }

 private:
  manifests::SessionSpec spec_;
};

}  // namespace berth::planning
