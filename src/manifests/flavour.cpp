#include "manifests/flavour.hpp"

#include <utility>

namespace berth::manifests {
namespace {

// The workspace is idle on the wire while a model thinks or a notebook runs; the routers' own limits are 30 s
// and 1 h.
constexpr std::string_view kRequestTimeout = "1h";
constexpr std::string_view kTunnelTimeout = "12h";
constexpr std::string_view kNginxTimeoutSeconds = "43200";

// Files of the claims belong to it. OpenShift gives each namespace its own range instead and refuses fixed
// numbers.
constexpr int kPlainUserId = 1000;

bool openshift(model::Flavour flavour) {
  return flavour == model::Flavour::kOpenshift;
}

json::object match_label(std::string_view key, std::string_view value) {
  return json::object{{"matchLabels", json::object{{key, value}}}};
}

json::object namespace_peer(std::string_view key, std::string_view value) {
  return json::object{{"namespaceSelector", match_label(key, value)}};
}

json::array port_of_both_protocols(int port) {
  return json::array{json::object{{"protocol", "UDP"}, {"port", port}},
                     json::object{{"protocol", "TCP"}, {"port", port}}};
}

Object route(const SessionSpec& spec, const App& app) {
  json::object tls{{"termination", "edge"}, {"insecureEdgeTerminationPolicy", "Redirect"}};
  json::object route_spec{
      {"host", spec.session.host},
      {"to", json::object{{"kind", "Service"}, {"name", app.name}, {"weight", 100}}},
      {"port", json::object{{"targetPort", kWorkspacePortName}}},
      {"tls", std::move(tls)},
      {"wildcardPolicy", "None"},
  };
  return session_object(spec, kRoutes, app.name, Guard::kNo, json::object{{"spec", std::move(route_spec)}},
                        json::object{{"haproxy.router.openshift.io/timeout", kRequestTimeout},
                                     {"haproxy.router.openshift.io/timeout-tunnel", kTunnelTimeout}});
}

Object ingress(const SessionSpec& spec, const App& app) {
  json::object backend{
      {"service", json::object{{"name", app.name}, {"port", json::object{{"name", kWorkspacePortName}}}}}};
  json::object path{{"path", "/"}, {"pathType", "Prefix"}, {"backend", std::move(backend)}};
  json::object rule{{"host", spec.session.host},
                    {"http", json::object{{"paths", json::array{std::move(path)}}}}};
  json::object ingress_spec{{"rules", json::array{std::move(rule)}}};
  if (!spec.cluster.ingress_class.empty())
    ingress_spec.emplace("ingressClassName", spec.cluster.ingress_class);
  if (spec.cluster.url_scheme == "https") {
    // No Secret is named: the ingress controller's own certificate covers the apps domain.
    ingress_spec.emplace("tls", json::array{json::object{{"hosts", strings({spec.session.host})}}});
  }
  return session_object(spec, kIngresses, app.name, Guard::kNo,
                        json::object{{"spec", std::move(ingress_spec)}},
                        json::object{{"nginx.ingress.kubernetes.io/proxy-read-timeout", kNginxTimeoutSeconds},
                                     {"nginx.ingress.kubernetes.io/proxy-send-timeout", kNginxTimeoutSeconds},
                                     {"nginx.ingress.kubernetes.io/proxy-body-size", "0"}});
}

}  // namespace

const KnownResource& endpoint_kind(model::Flavour flavour) {
  return openshift(flavour) ? kRoutes : kIngresses;
}

Object endpoint_object(const SessionSpec& spec, const App& app) {
  return openshift(spec.cluster.flavour) ? route(spec, app) : ingress(spec, app);
}

void add_namespace_labels(model::Flavour flavour, json::object& labels) {
  // Else OpenShift derives the pod security labels from the constraints and overwrites ours.
  if (openshift(flavour)) labels.emplace("security.openshift.io/scc.podSecurityLabelSync", "false");
}

void add_namespace_annotations(const SessionSpec& spec, json::object& annotations) {
  if (!openshift(spec.cluster.flavour)) return;
  annotations.emplace("openshift.io/display-name", spec.reservation.name);
  if (held_to_node(spec)) {
    annotations.emplace("openshift.io/node-selector",
                        std::string(kHostnameLabel) + "=" + node_hostname(spec));
  }
}

json::array router_peers(model::Flavour flavour) {
  if (openshift(flavour)) {
    return json::array{namespace_peer("policy-group.network.openshift.io/ingress", ""),
                       namespace_peer("network.openshift.io/policy-group", "ingress"),
                       namespace_peer("policy-group.network.openshift.io/host-network", "")};
  }
  // Plain Kubernetes has no label for it: the usual name, or whichever namespace an admin points out.
  return json::array{namespace_peer("kubernetes.io/metadata.name", "ingress-nginx"),
                     namespace_peer(kRouterLabel, "true")};
}

json::object dns_rule(model::Flavour flavour) {
  const bool on_openshift = openshift(flavour);
  json::object peer =
      namespace_peer("kubernetes.io/metadata.name", on_openshift ? "openshift-dns" : "kube-system");
  peer.emplace("podSelector", on_openshift ? match_label("dns.operator.openshift.io/daemonset-dns", "default")
                                           : match_label("k8s-app", "kube-dns"));
  return json::object{{"to", json::array{std::move(peer)}},
                      {"ports", port_of_both_protocols(on_openshift ? 5353 : 53)}};
}

std::vector<Object> security_context_bindings(const SessionSpec& spec) {
  if (!openshift(spec.cluster.flavour) || spec.cluster.scc.empty()) return {};
  // A RoleBinding dies with the namespace; the `users` list of the constraints is shared and would not.
  json::object role{{"apiGroup", kClusterRoles.group},
                    {"kind", kClusterRoles.kind},
                    {"name", "system:openshift:scc:" + spec.cluster.scc}};
  json::object subject{{"kind", kServiceAccounts.kind},
                       {"name", kServiceAccountName},
                       {"namespace", spec.session.namespace_name}};
  return {session_object(
      spec, kRoleBindings, "berth-security-context", Guard::kYes,
      json::object{{"roleRef", std::move(role)}, {"subjects", json::array{std::move(subject)}}})};
}

json::object pod_security_context(model::Flavour flavour) {
  json::object context{
      {"runAsNonRoot", true},
      {"seccompProfile", json::object{{"type", "RuntimeDefault"}}},
      {"fsGroupChangePolicy", "OnRootMismatch"}};  // else a large volume takes minutes to start
  if (!openshift(flavour)) {
    context.emplace("runAsUser", kPlainUserId);
    context.emplace("fsGroup", kPlainUserId);
  }
  return context;
}

}  // namespace berth::manifests
