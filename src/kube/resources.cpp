#include "kube/resource.hpp"

namespace berth::kube {

namespace resources {

namespace {

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";
constexpr std::string_view kAdmission = "admissionregistration.k8s.io";

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
Resource service_accounts() {
  return in_namespace("", "v1", "serviceaccounts", "ServiceAccount");
}
Resource leases() {
  return in_namespace("coordination.k8s.io", "v1", "leases", "Lease");
}
Resource cluster_role_bindings() {
  return in_cluster(kRbac, "v1", "clusterrolebindings", "ClusterRoleBinding");
}
Resource mutating_admission_policies(std::string version) {
  return in_cluster(kAdmission, version, "mutatingadmissionpolicies", "MutatingAdmissionPolicy");
}
Resource routes() {
  return in_namespace("route.openshift.io", "v1", "routes", "Route");
}
Resource security_context_constraints() {
  return in_cluster("security.openshift.io", "v1", "securitycontextconstraints",
                    "SecurityContextConstraints");
}

}  // namespace resources

}  // namespace berth::kube
