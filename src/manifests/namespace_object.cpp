#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/instant.hpp"
#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"
#include "manifests/steps.hpp"

namespace berth::manifests {

std::vector<Object> namespace_objects(const SessionSpec& spec) {
  json::object annotations{
      {kOwnerAnnotation, spec.owner_email},
      {kBegunAnnotation, format_rfc3339(spec.session.created_at)},
      {kResourceNamesAnnotation, fmt::format("{}", fmt::join(resource_names(spec), ","))},
  };
  if (held_to_node(spec)) annotations.emplace(kNodeAnnotation, spec.node.kubernetes_name);
  add_namespace_annotations(spec, annotations);

  auto object =
      session_object(spec, kNamespaces, spec.session.namespace_name, Guard::kNo, {}, std::move(annotations));

  auto& labels = object.body["metadata"].as_object()["labels"].as_object();
  labels.emplace("pod-security.kubernetes.io/enforce", spec.site.pod_security);
  labels.emplace("pod-security.kubernetes.io/enforce-version", "latest");
  // Restricted is the advice, not the rule: it refuses a plain `kubectl run`.
  labels.emplace("pod-security.kubernetes.io/warn", "restricted");
  labels.emplace("pod-security.kubernetes.io/warn-version", "latest");
  add_namespace_labels(spec.site.flavour, labels);
  return {std::move(object)};
}

}  // namespace berth::manifests
