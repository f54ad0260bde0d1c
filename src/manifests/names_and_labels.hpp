// Names, labels and the frame that every object shares. For what makes objects: this module and
// planning/steps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifests/manifests.hpp"

namespace berth::manifests {

using kubeschema::KnownResource;

inline constexpr KnownResource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr KnownResource kResourceQuotas{"", "v1", "resourcequotas", "ResourceQuota"};
inline constexpr KnownResource kLimitRanges{"", "v1", "limitranges", "LimitRange"};
inline constexpr KnownResource kNetworkPolicies{"networking.k8s.io", "v1", "networkpolicies",
                                                "NetworkPolicy"};
inline constexpr KnownResource kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount"};
inline constexpr KnownResource kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings",
                                             "RoleBinding"};
inline constexpr KnownResource kVolumeClaims{"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"};
inline constexpr KnownResource kVolumes{"", "v1", "persistentvolumes", "PersistentVolume", false};
inline constexpr KnownResource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr KnownResource kSecrets{"", "v1", "secrets", "Secret"};
inline constexpr KnownResource kDeployments{"apps", "v1", "deployments", "Deployment"};
inline constexpr KnownResource kServices{"", "v1", "services", "Service"};
inline constexpr KnownResource kRoutes{"route.openshift.io", "v1", "routes", "Route"};
inline constexpr KnownResource kIngresses{"networking.k8s.io", "v1", "ingresses", "Ingress"};
inline constexpr KnownResource kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole",
                                             false};

/// "v1" or "apps/v1".
std::string api_version(const KnownResource& name);

// Names are fixed: the namespace is the session's alone.
inline constexpr std::string_view kQuotaName = "berth-quota";
inline constexpr std::string_view kLimitsName = "berth-limits";
inline constexpr std::string_view kServiceAccountName = "workspace";
inline constexpr std::string_view kSessionAdminName = "berth-session-admin";
inline constexpr std::string_view kHomeClaimName = "home";
inline constexpr std::string_view kModelCacheClaimName = "model-cache";
inline constexpr std::string_view kProxyConfigName = "berth-proxy";
inline constexpr std::string_view kSessionConfigName = "berth-session";
inline constexpr std::string_view kKubeconfigGuardName = "berth-kubeconfig";
inline constexpr std::string_view kWorkspaceName = "workspace";
inline constexpr std::string_view kWorkspacePortName = "http";
/// Of its gate. Not the ports of what is behind it (images/workspace): they share the loopback address.
inline constexpr int kWorkspacePort = 8081;

/// Pods that carry it are left out of "pods of a session may talk to each other"; a tenant's own label.
inline constexpr std::string_view kIsolatedLabel = "berth.dev/isolated";
/// An admin's label on the namespace of the ingress controller, plain Kubernetes only.
inline constexpr std::string_view kRouterLabel = "berth.dev/router";
inline constexpr std::string_view kHostnameLabel = "kubernetes.io/hostname";

// Read by the admission policies (deploy/policies says them again, and a test holds the two together); on the
// namespace, which a tenant cannot write.
inline constexpr std::string_view kResourceNamesAnnotation = "berth.dev/resource-names";  // joined by ","
inline constexpr std::string_view kNodeAnnotation = "berth.dev/node";  // only where pods are held to a node
inline constexpr std::string_view kStorageClassAnnotation = "berth.dev/storage-class";  // of its claims
inline constexpr std::string_view kIngressClassAnnotation = "berth.dev/ingress-class";  // of its Ingresses
inline constexpr std::string_view kAppsDomainAnnotation = "berth.dev/apps-domain";      // of its hosts
inline constexpr std::string_view kOwnerAnnotation = "berth.dev/owner";
inline constexpr std::string_view kKubeconfigsOfAnnotation = "berth.dev/kubeconfigs-of";

/// The longest that a pod of a session may take to end. It holds its devices meanwhile, and the next session
/// waits. deploy/policies/pods.yaml says it again.
inline constexpr int kMaxGraceSeconds = 120;

/// The labels of every object of a session.
json::object session_labels(const SessionSpec& spec);

/// Guard objects fence a session: its tenant can neither change nor delete them.
enum class Guard { kNo, kYes };

/// An object in the session's namespace. `rest` holds all but apiVersion, kind and metadata.
Object session_object(const SessionSpec& spec, const KnownResource& kind, std::string_view name, Guard guard,
                      json::object rest, json::object annotations = {});

/// Each text as a JSON string.
json::array strings(const std::vector<std::string>& texts);

/// References to the cluster's pull secrets, as pods and service accounts hold them.
json::array image_pull_secrets(const model::Cluster& cluster);

/// The resource names of the session's units, each once, in the order of the units.
std::vector<std::string> resource_names(const SessionSpec& spec);

/// Ephemeral storage of all units together.
Gib session_ephemeral(const SessionSpec& spec);

/// True where the session's pods must be held to the node of its units.
bool held_to_node(const SessionSpec& spec);
/// What that node is selected by, under kHostnameLabel: the label as the node carries it.
std::string node_hostname(const SessionSpec& spec);

/// The one class that claims of the session may have; empty while it is not known.
const std::string& storage_class(const SessionSpec& spec);

}  // namespace berth::manifests
