// All in which a session on OpenShift differs from one on plain Kubernetes. For what makes objects: this
// module and planning/steps.
#pragma once

#include <vector>

#include "manifests/manifests.hpp"
#include "manifests/names_and_labels.hpp"

namespace berth::manifests {

/// Route or Ingress.
const KnownResource& endpoint_kind(model::Flavour flavour);
/// What publishes an app's Service under the session's host.
Object endpoint_object(const SessionSpec& spec, const App& app);

void add_namespace_labels(model::Flavour flavour, json::object& labels);
void add_namespace_annotations(const SessionSpec& spec, json::object& annotations);

/// Network policy peers from which the router reaches pods.
json::array router_peers(model::Flavour flavour);
/// The egress rule that lets pods ask the cluster's DNS, as seen after address translation.
json::object dns_rule(model::Flavour flavour);

/// What lets the workspace's ServiceAccount run under the cluster's security context constraints; none on
/// plain Kubernetes.
std::vector<Object> security_context_bindings(const SessionSpec& spec);
/// The security context of the workspace pod, fit for `restricted`.
json::object pod_security_context(model::Flavour flavour);

}  // namespace berth::manifests
