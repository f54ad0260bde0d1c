// Resources that tests read and write, besides those that Berth itself asks for.
#pragma once

#include "kube/resource.hpp"

namespace berth::kube::resources {

inline Resource services() {
  return {"", "v1", "services", "Service", true};
}
inline Resource secrets() {
  return {"", "v1", "secrets", "Secret", true};
}
inline Resource config_maps() {
  return {"", "v1", "configmaps", "ConfigMap", true};
}
inline Resource persistent_volume_claims() {
  return {"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true};
}
inline Resource resource_quotas() {
  return {"", "v1", "resourcequotas", "ResourceQuota", true};
}
inline Resource limit_ranges() {
  return {"", "v1", "limitranges", "LimitRange", true};
}
inline Resource deployments() {
  return {"apps", "v1", "deployments", "Deployment", true};
}
inline Resource network_policies() {
  return {"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true};
}
inline Resource ingresses() {
  return {"networking.k8s.io", "v1", "ingresses", "Ingress", true};
}
inline Resource role_bindings() {
  return {"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true};
}
inline Resource cluster_roles() {
  return {"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false};
}
inline Resource storage_classes() {
  return {"storage.k8s.io", "v1", "storageclasses", "StorageClass", false};
}
inline Resource validating_admission_policies() {
  return {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy",
          false};
}
inline Resource validating_admission_policy_bindings() {
  return {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings",
          "ValidatingAdmissionPolicyBinding", false};
}
inline Resource custom_resource_definitions() {
  return {"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false};
}
inline Resource self_subject_access_reviews() {
  return {"authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false};
}

}  // namespace berth::kube::resources
