#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/instant.hpp"
#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {

using namespace manifests;

std::vector<Object> namespace_objects(const SessionSpec& spec) {
  json::object annotations{
      {kOwnerAnnotation, spec.owner_email},
      {kBegunAnnotation, format_rfc3339(spec.session.created_at)},
      {kResourceNamesAnnotation, fmt::format("{}", fmt::join(resource_names(spec), ","))},
  };
  annotations.emplace(kAppsDomainAnnotation, spec.cluster.apps_domain);
  if (!spec.cluster.ingress_class.empty())
    annotations.emplace(kIngressClassAnnotation, spec.cluster.ingress_class);
  if (!storage_class(spec).empty()) annotations.emplace(kStorageClassAnnotation, storage_class(spec));
  if (held_to_node(spec)) annotations.emplace(kNodeAnnotation, node_hostname(spec));
  add_namespace_annotations(spec, annotations);
  for (const auto& [name, value] : spec.identity) annotations.emplace(name, value);

  auto object =
      session_object(spec, kNamespaces, spec.session.namespace_name, Guard::kNo, {}, std::move(annotations));

  auto& labels = object.body["metadata"].as_object()["labels"].as_object();
  labels.emplace("pod-security.kubernetes.io/enforce", spec.cluster.pod_security);
  labels.emplace("pod-security.kubernetes.io/enforce-version", "latest");
  // Restricted is the advice, not the rule: it refuses a plain `kubectl run`.
  labels.emplace("pod-security.kubernetes.io/warn", "restricted");
  labels.emplace("pod-security.kubernetes.io/warn-version", "latest");
  add_namespace_labels(spec.cluster.flavour, labels);
  return {std::move(object)};
}

Standing judge_namespace(const View& view) {
  const auto* place = seen_namespace(view.wanted.session.namespace_name, view.observed);
  if (place == nullptr) return waiting("Making the namespace.");
  if (view.spec.cluster.flavour != model::Flavour::kOpenshift) return done();
  // A pod that is made before the range of user ids is allotted would be refused.
  const auto* annotations = find(*place, {"metadata", "annotations"});
  const bool allotted = annotations != nullptr && annotations->is_object() &&
                        annotations->get_object().contains("openshift.io/sa.scc.uid-range");
  return allotted ? done() : waiting("Waiting for the project's range of user ids.");
}

}  // namespace berth::planning
