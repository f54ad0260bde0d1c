#include <fmt/format.h>

#include <iterator>

#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

/// Of one Route: by the first router that says anything.
Standing judge_route(const json::value* route) {
  const auto* ingress = route == nullptr ? nullptr : find(*route, {"status", "ingress"});
  if (ingress != nullptr && ingress->is_array()) {
    for (const auto& router : ingress->get_array()) {
      const auto* conditions = find(router, {"conditions"});
      if (conditions == nullptr || !conditions->is_array()) continue;
      for (const auto& condition : conditions->get_array()) {
        if (string_at(condition, {"type"}) != "Admitted") continue;
        if (string_at(condition, {"status"}) == "True") return done();
        return trouble(fmt::format("The router refused the address: {}.", string_at(condition, {"reason"})));
      }
    }
  }
  return waiting("Waiting until the router publishes the address.");
}

}  // namespace

std::vector<manifests::Object> endpoint_objects(const manifests::SessionSpec& spec) {
  std::vector<manifests::Object> all;
  for (const auto& app : spec.apps) {
    auto objects = app.kind->endpoint_objects(spec, app);
    all.insert(all.end(), std::make_move_iterator(objects.begin()), std::make_move_iterator(objects.end()));
  }
  return all;
}

/// Plain Kubernetes does not say whether an Ingress is published.
Standing judge_endpoint(const View& view) {
  for (const auto& object : endpoint_objects(view.spec)) {
    if (object.kind.plural != "routes") continue;
    auto standing = judge_route(view.observed.find(key_of(object)));
    if (standing.state != Standing::State::kDone) return standing;
  }
  return done();
}

}  // namespace berth::planning
