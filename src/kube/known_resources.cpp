#include <fmt/format.h>

#include <array>

#include "kube/resource.hpp"

namespace berth::kube {

namespace resources {

namespace {

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";
constexpr std::string_view kAdmission = "admissionregistration.k8s.io";
constexpr std::string_view kAuthorization = "authorization.k8s.io";

Resource in_namespace(std::string_view group, std::string_view version, std::string_view plural,
                      std::string_view kind) {
  return {std::string(group), std::string(version), std::string(plural), std::string(kind), true};
}

Resource in_cluster(std::string_view group, std::string_view version, std::string_view plural,
                    std::string_view kind) {
  return {std::string(group), std::string(version), std::string(plural), std::string(kind), false};
}

}  // namespace

Resource namespaces() {
  return in_cluster("", "v1", "namespaces", "Namespace");
}
Resource nodes() {
  return in_cluster("", "v1", "nodes", "Node");
}
Resource pods() {
  return in_namespace("", "v1", "pods", "Pod");
}
Resource services() {
  return in_namespace("", "v1", "services", "Service");
}
Resource secrets() {
  return in_namespace("", "v1", "secrets", "Secret");
}
Resource config_maps() {
  return in_namespace("", "v1", "configmaps", "ConfigMap");
}
Resource service_accounts() {
  return in_namespace("", "v1", "serviceaccounts", "ServiceAccount");
}
Resource persistent_volume_claims() {
  return in_namespace("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim");
}
Resource persistent_volumes() {
  return in_cluster("", "v1", "persistentvolumes", "PersistentVolume");
}
Resource resource_quotas() {
  return in_namespace("", "v1", "resourcequotas", "ResourceQuota");
}
Resource limit_ranges() {
  return in_namespace("", "v1", "limitranges", "LimitRange");
}
Resource deployments() {
  return in_namespace("apps", "v1", "deployments", "Deployment");
}
Resource leases() {
  return in_namespace("coordination.k8s.io", "v1", "leases", "Lease");
}
Resource network_policies() {
  return in_namespace("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy");
}
Resource ingresses() {
  return in_namespace("networking.k8s.io", "v1", "ingresses", "Ingress");
}
Resource roles() {
  return in_namespace(kRbac, "v1", "roles", "Role");
}
Resource role_bindings() {
  return in_namespace(kRbac, "v1", "rolebindings", "RoleBinding");
}
Resource cluster_roles() {
  return in_cluster(kRbac, "v1", "clusterroles", "ClusterRole");
}
Resource cluster_role_bindings() {
  return in_cluster(kRbac, "v1", "clusterrolebindings", "ClusterRoleBinding");
}
Resource storage_classes() {
  return in_cluster("storage.k8s.io", "v1", "storageclasses", "StorageClass");
}
Resource validating_admission_policies() {
  return in_cluster(kAdmission, "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy");
}
Resource validating_admission_policy_bindings() {
  return in_cluster(kAdmission, "v1", "validatingadmissionpolicybindings",
                    "ValidatingAdmissionPolicyBinding");
}
Resource mutating_admission_policies(std::string version) {
  return in_cluster(kAdmission, version, "mutatingadmissionpolicies", "MutatingAdmissionPolicy");
}
Resource mutating_admission_policy_bindings(std::string version) {
  return in_cluster(kAdmission, version, "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding");
}
Resource custom_resource_definitions() {
  return in_cluster("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition");
}
Resource subject_access_reviews() {
  return in_cluster(kAuthorization, "v1", "subjectaccessreviews", "SubjectAccessReview");
}
Resource self_subject_access_reviews() {
  return in_cluster(kAuthorization, "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview");
}
Resource routes() {
  return in_namespace("route.openshift.io", "v1", "routes", "Route");
}
Resource security_context_constraints() {
  return in_cluster("security.openshift.io", "v1", "securitycontextconstraints",
                    "SecurityContextConstraints");
}

}  // namespace resources

namespace {

constexpr std::size_t kWellKnownCount = 31;

std::array<Resource, kWellKnownCount> well_known() {
  using namespace resources;
  return {namespaces(),
          nodes(),
          pods(),
          services(),
          secrets(),
          config_maps(),
          service_accounts(),
          persistent_volume_claims(),
          persistent_volumes(),
          resource_quotas(),
          limit_ranges(),
          deployments(),
          leases(),
          network_policies(),
          ingresses(),
          roles(),
          role_bindings(),
          cluster_roles(),
          cluster_role_bindings(),
          storage_classes(),
          validating_admission_policies(),
          validating_admission_policy_bindings(),
          mutating_admission_policies("v1"),
          mutating_admission_policies("v1beta1"),
          mutating_admission_policy_bindings("v1"),
          mutating_admission_policy_bindings("v1beta1"),
          custom_resource_definitions(),
          subject_access_reviews(),
          self_subject_access_reviews(),
          routes(),
          security_context_constraints()};
}

}  // namespace

std::optional<Resource> known_resource(std::string_view api_version, std::string_view kind) {
  for (const auto& resource : well_known()) {
    if (resource.kind == kind && resource.api_version() == api_version) return resource;
  }
  return std::nullopt;
}

Result<ObjectRef> ref_of(const json::value& object) {
  const auto api_version = string_at(object, {"apiVersion"});
  const auto kind = string_at(object, {"kind"});
  const auto resource = known_resource(api_version, kind);
  if (!resource) {
    return fail(invalid_field(
        "kind", api_version + " " + kind, "a well-known kind",
        fmt::format("no resource is known for apiVersion \"{}\", kind \"{}\"", api_version, kind)));
  }
  ObjectRef ref{.resource = *resource, .ns = namespace_of(object), .name = name_of(object)};
  if (ref.name.empty()) {
    return fail(invalid_field("metadata.name", "", "not empty", fmt::format("a {} has no name", kind)));
  }
  if (!resource->namespaced) ref.ns.clear();
  return ref;
}

}  // namespace berth::kube
