#include "simcluster/resources.hpp"

#include <algorithm>
#include <sstream>

namespace berth::simcluster {
namespace {

constexpr unsigned kCluster = 1;  // not in a namespace
constexpr unsigned kStatus = 2;   // has a status subresource
constexpr unsigned kGeneration = 4;
constexpr unsigned kLabelName = 8;  // named by an RFC 1123 label
constexpr unsigned kAnyName = 16;   // named by any path segment
constexpr unsigned kCustom = 32;
constexpr unsigned kMatchVersion = 64;
constexpr unsigned kOpenshiftOnly = 128;

struct Row {
  std::string_view group;
  std::string_view version;
  std::string_view plural;
  std::string_view singular;
  std::string_view kind;
  std::string_view short_names;
  unsigned flags;
  std::string_view fields;
};

constexpr Row kRows[] = {
    {"", "v1", "configmaps", "configmap", "ConfigMap", "cm", 0, ""},
    {"", "v1", "limitranges", "limitrange", "LimitRange", "limits", 0, ""},
    {"", "v1", "namespaces", "namespace", "Namespace", "ns", kCluster | kStatus | kLabelName, "status.phase"},
    {"", "v1", "nodes", "node", "Node", "no", kCluster | kStatus, "spec.unschedulable"},
    {"", "v1", "persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim", "pvc", kStatus,
     ""},
    {"", "v1", "persistentvolumes", "persistentvolume", "PersistentVolume", "pv", kCluster | kStatus, ""},
    {"", "v1", "pods", "pod", "Pod", "po", kStatus | kGeneration,
     "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName status.phase status.podIP"},
    {"", "v1", "resourcequotas", "resourcequota", "ResourceQuota", "quota", kStatus, ""},
    {"", "v1", "secrets", "secret", "Secret", "", 0, "type"},
    {"", "v1", "serviceaccounts", "serviceaccount", "ServiceAccount", "sa", 0, ""},
    {"", "v1", "services", "service", "Service", "svc", kStatus | kLabelName, "spec.clusterIP spec.type"},
    {"apps", "v1", "deployments", "deployment", "Deployment", "deploy", kStatus | kGeneration, ""},
    {"apps", "v1", "replicasets", "replicaset", "ReplicaSet", "rs", kStatus | kGeneration, "status.replicas"},
    {"networking.k8s.io", "v1", "ingresses", "ingress", "Ingress", "ing", kStatus | kGeneration, ""},
    {"networking.k8s.io", "v1", "networkpolicies", "networkpolicy", "NetworkPolicy", "netpol", kGeneration,
     ""},
    {"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding", "",
     kCluster | kAnyName, ""},
    {"rbac.authorization.k8s.io", "v1", "clusterroles", "clusterrole", "ClusterRole", "", kCluster | kAnyName,
     ""},
    {"rbac.authorization.k8s.io", "v1", "rolebindings", "rolebinding", "RoleBinding", "", kAnyName, ""},
    {"storage.k8s.io", "v1", "storageclasses", "storageclass", "StorageClass", "sc", kCluster, ""},
    {"coordination.k8s.io", "v1", "leases", "lease", "Lease", "", kMatchVersion, ""},
    {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "validatingadmissionpolicy",
     "ValidatingAdmissionPolicy", "", kCluster | kStatus | kGeneration, ""},
    {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings",
     "validatingadmissionpolicybinding", "ValidatingAdmissionPolicyBinding", "", kCluster | kGeneration, ""},
    {"route.openshift.io", "v1", "routes", "route", "Route", "",
     kCustom | kStatus | kGeneration | kMatchVersion | kOpenshiftOnly, "spec.host spec.path spec.to.name"},
    {"security.openshift.io", "v1", "securitycontextconstraints", "securitycontextconstraints",
     "SecurityContextConstraints", "scc", kCustom | kCluster | kGeneration | kMatchVersion | kOpenshiftOnly,
     ""},
};

constexpr std::string_view kMutatingPolicies[][3] = {
    {"mutatingadmissionpolicies", "mutatingadmissionpolicy", "MutatingAdmissionPolicy"},
    {"mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding", "MutatingAdmissionPolicyBinding"},
};

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

ResourceType from_row(const Row& row) {
  ResourceType type;
  type.group = row.group;
  type.version = row.version;
  type.plural = row.plural;
  type.singular = row.singular;
  type.kind = row.kind;
  type.short_names = words(row.short_names);
  type.namespaced = (row.flags & kCluster) == 0;
  type.custom = (row.flags & kCustom) != 0;
  type.has_status = (row.flags & kStatus) != 0;
  type.counts_spec = (row.flags & kGeneration) != 0;
  type.must_match_version = (row.flags & kMatchVersion) != 0;
  if ((row.flags & kLabelName) != 0) type.name_rule = NameRule::kLabel;
  if ((row.flags & kAnyName) != 0) type.name_rule = NameRule::kPathSegment;
  type.fields = row.fields;
  type.storage = qualified(row.plural, row.group);
  type.schema = kubeschema::schema_of(row.kind);
  return type;
}

}  // namespace

ResourceTable::ResourceTable(Flavour flavour, const std::vector<std::string>& mutating_policies) {
  for (const auto& row : kRows) {
    if ((row.flags & kOpenshiftOnly) != 0 && flavour != Flavour::kOpenshift) continue;
    types_.push_back(from_row(row));
  }
  for (const auto& version : mutating_policies) {
    for (const auto& [plural, singular, kind] : kMutatingPolicies) {
      types_.push_back(from_row(
          {"admissionregistration.k8s.io", version, plural, singular, kind, "", kCluster | kGeneration, ""}));
    }
  }
}

const ResourceType* ResourceTable::find(std::string_view group, std::string_view version,
                                        std::string_view plural) const {
  const auto found = std::ranges::find_if(types_, [&](const ResourceType& type) {
    return type.plural == plural && type.group == group && type.version == version;
  });
  return found == types_.end() ? nullptr : &*found;
}

const ResourceType* ResourceTable::by_storage(std::string_view storage) const {
  const auto found = std::ranges::find(types_, storage, &ResourceType::storage);
  return found == types_.end() ? nullptr : &*found;
}

const ResourceType* ResourceTable::by_kind(std::string_view api_version, std::string_view kind) const {
  const auto found = std::ranges::find_if(types_, [&](const ResourceType& type) {
    return type.kind == kind && type.api_version() == api_version;
  });
  return found == types_.end() ? nullptr : &*found;
}

}  // namespace berth::simcluster
