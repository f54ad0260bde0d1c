// What a tenant may do inside its session. No wildcard: an operator that is installed later widens nothing.
#include <utility>

#include "manifests/names_and_labels.hpp"
#include "manifests/steps.hpp"

namespace berth::manifests {
namespace {

using Names = std::vector<std::string>;

Names every_verb() {
  return {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"};
}

Names reading() {
  return {"get", "list", "watch"};
}

json::object rule(const std::string& group, const Names& resources, const Names& verbs) {
  return json::object{
      {"apiGroups", strings({group})}, {"resources", strings(resources)}, {"verbs", strings(verbs)}};
}

}  // namespace

// Left out on purpose:
//   resource claims, snapshots, builds   take devices, storage or node rights past the quota
//   endpoints, endpoint slices           a Service that points anywhere would lead the router there
//   routes/custom-host                   claims the host of a later session or of the portal
//   daemon sets                          one pod on every node
//   impersonate, bind, escalate          rights beyond the role's own
//   the namespace and the project        the end of a session is the reconciler's
// Roles and bindings stay in: the API server grants no more through them than the one who writes them holds.
Object session_admin_role() {
  json::array rules{
      rule("",
           {"pods", "pods/attach", "pods/ephemeralcontainers", "pods/exec", "pods/portforward", "pods/proxy",
            "pods/resize", "services", "services/proxy", "configmaps", "secrets", "serviceaccounts",
            "persistentvolumeclaims", "events"},
           every_verb()),
      rule("", {"pods/eviction", "serviceaccounts/token"}, {"create"}),
      rule("",
           {"pods/log", "pods/status", "services/status", "persistentvolumeclaims/status", "endpoints",
            "resourcequotas", "resourcequotas/status", "limitranges", "namespaces"},
           reading()),
      rule("apps",
           {"deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets",
            "statefulsets/scale"},
           every_verb()),
      rule("apps",
           {"deployments/status", "replicasets/status", "statefulsets/status", "daemonsets",
            "controllerrevisions"},
           reading()),
      rule("batch", {"jobs", "cronjobs"}, every_verb()),
      rule("batch", {"jobs/status", "cronjobs/status"}, reading()),
      rule("autoscaling", {"horizontalpodautoscalers"}, every_verb()),
      rule("autoscaling", {"horizontalpodautoscalers/status"}, reading()),
      rule("policy", {"poddisruptionbudgets"}, every_verb()),
      rule("policy", {"poddisruptionbudgets/status"}, reading()),
      rule("networking.k8s.io", {"ingresses", "networkpolicies"}, every_verb()),
      rule("networking.k8s.io", {"ingresses/status"}, reading()),
      rule("route.openshift.io", {"routes"}, every_verb()),
      rule("route.openshift.io", {"routes/status"}, reading()),
      rule("rbac.authorization.k8s.io", {"roles", "rolebindings"}, every_verb()),
      rule("coordination.k8s.io", {"leases"}, every_verb()),
      rule("events.k8s.io", {"events"}, every_verb()),
      rule("discovery.k8s.io", {"endpointslices"}, reading()),
      rule("metrics.k8s.io", {"pods"}, reading()),
      rule("project.openshift.io", {"projects"}, {"get"}),
  };
  return shared_object(kClusterRoles, kSessionAdminName, json::object{{"rules", std::move(rules)}});
}

}  // namespace berth::manifests
