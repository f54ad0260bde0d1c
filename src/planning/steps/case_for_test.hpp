// A session of the reference machine in front of one step, as test data.
#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/reference_session_for_test.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {

/// What a step is made from and judged by: the parts are the test's to change before it asks for the view.
struct Case {
  explicit Case(model::Flavour flavour = model::Flavour::kKubernetes)
      : spec(manifests::reference_session(flavour, false, model::Mode::kInteractiveMl)) {}

  View view() {
    wanted.session = spec.session;
    wanted.booked.reservation = spec.reservation;
    wanted.booked.device_class = spec.device_class;
    wanted.booked.node = spec.node;
    wanted.booked.units = spec.units;
    wanted.booked.cluster = spec.cluster;
    wanted.apps = spec.apps;
    return {.spec = spec, .wanted = wanted, .observed = observed};
  }
  void see(const manifests::Object& object, const json::object& more = {}) {
    auto body = object.body;
    for (const auto& field : more) body.insert_or_assign(field.key(), field.value());
    observed.objects[key_of(object)] = std::make_shared<const json::value>(std::move(body));
  }
  /// A pod of the app, that runs and is Ready.
  PodSeen& see_pod(const std::string& app = "workspace") {
    PodSeen pod;
    pod.namespace_name = spec.session.namespace_name;
    pod.name = app + "-1";
    pod.app = app;
    pod.node = spec.node.kubernetes_name;
    pod.running = pod.ready = true;
    observed.pods.push_back(pod);
    return observed.pods.back();
  }

  manifests::SessionSpec spec;
  DesiredSession wanted;
  Observed observed;
};

inline manifests::SessionSpec slice() {
  return manifests::reference_session(model::Flavour::kKubernetes, false, model::Mode::kInteractiveMl);
}

inline const manifests::Object& find_object(const std::vector<manifests::Object>& objects,
                                            std::string_view kind, std::string_view name) {
  const auto found = std::ranges::find_if(objects, [&](const manifests::Object& object) {
    return object.kind.kind == kind && object.name == name;
  });
  if (found == objects.end()) throw std::out_of_range(std::string(kind) + " " + std::string(name));
  return *found;
}

}  // namespace berth::planning
