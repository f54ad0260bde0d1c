// What Berth puts into pods of a session, where the cluster serves MutatingAdmissionPolicies: the site's
// proxy settings, and the node they are held to. Without them a pod has to say both itself; the validating
// policies refuse one that names no node, and one without proxy settings merely stays inside.
#include <utility>

#include "manifests/names_and_labels.hpp"
#include "manifests/steps.hpp"

namespace berth::manifests {
namespace {

using Names = std::vector<std::string>;

/// The variables that a container does not set by itself, added to it.
std::string variables_of(const std::string& list) {
  return list + ".map(c, Object.spec." + list.substr(list.rfind('.') + 1) + "{name: c.name, env: " +
         "params.data.filter(k, !has(c.env) || !c.env.exists(e, e.name == k)).map(k, Object.spec." +
         list.substr(list.rfind('.') + 1) + ".env{name: k, value: params.data[k]})})";
}

json::object apply_to(const std::string& containers) {
  const std::string list = "object.spec." + containers;
  const std::string expression =
      "Object{spec: Object.spec{" + containers + ": has(" + list + ") ? " + variables_of(list) + " : []}}";
  return json::object{{"patchType", "ApplyConfiguration"},
                      {"applyConfiguration", json::object{{"expression", expression}}}};
}

json::object matched(std::string_view resource, std::string_view operation) {
  json::object rule{{"apiGroups", strings({""})},
                    {"apiVersions", strings({"v1"})},
                    {"operations", json::array{json::value(operation)}},
                    {"resources", json::array{json::value(resource)}},
                    {"scope", "Namespaced"}};
  return json::object{{"matchPolicy", "Equivalent"}, {"resourceRules", json::array{std::move(rule)}}};
}

json::object proxy_parameter() {
  return json::object{{"apiVersion", "v1"}, {"kind", "ConfigMap"}};
}

json::object proxy_spec() {
  return json::object{{"failurePolicy", "Fail"},
                      {"reinvocationPolicy", "IfNeeded"},
                      {"paramKind", proxy_parameter()},
                      {"matchConstraints", matched("pods", "CREATE")},
                      {"mutations", json::array{apply_to("containers"), apply_to("initContainers")}}};
}

/// Containers added for debugging come by another door, and are all that may change there.
json::object proxy_of_ephemeral_spec() {
  return json::object{{"failurePolicy", "Fail"},
                      {"reinvocationPolicy", "Never"},
                      {"paramKind", proxy_parameter()},
                      {"matchConstraints", matched("pods/ephemeralcontainers", "UPDATE")},
                      {"mutations", json::array{apply_to("ephemeralContainers")}}};
}

/// The selector is one map with one owner, so it is patched, not applied. A pod that names a node itself is
/// left as it is: the validating policy tells its maker, where a silent change would not.
json::object node_spec() {
  const std::string annotation = "'" + std::string(kNodeAnnotation) + "'";
  const std::string key = "'" + std::string(kHostnameLabel) + "'";
  // Not a match condition: those are given no namespace to look at.
  const std::string node =
      "has(namespaceObject.metadata.annotations) && " + annotation +
      " in namespaceObject.metadata.annotations ? namespaceObject.metadata.annotations[" + annotation +
      "] : ''";
  const std::string patch =
      "variables.node == '' ? [] : has(object.spec.nodeSelector) ? [JSONPatch{op: 'add', path: "
      "'/spec/nodeSelector/' + "
      "jsonpatch.escapeKey(" +
      key +
      "), value: variables.node}] : [JSONPatch{op: 'add', path: '/spec/nodeSelector', "
      "value: {" +
      key + ": variables.node}}]";
  json::object mutation{{"patchType", "JSONPatch"}, {"jsonPatch", json::object{{"expression", patch}}}};
  json::object condition{
      {"name", "names-no-node"},
      {"expression", "!has(object.spec.nodeSelector) || !(" + key + " in object.spec.nodeSelector)"}};
  return json::object{{"failurePolicy", "Fail"},
                      {"reinvocationPolicy", "Never"},
                      {"matchConstraints", matched("pods", "CREATE")},
                      {"matchConditions", json::array{std::move(condition)}},
                      {"variables", json::array{json::object{{"name", "node"}, {"expression", node}}}},
                      {"mutations", json::array{std::move(mutation)}}};
}

json::object binding_spec(std::string_view policy, bool with_proxy_settings) {
  json::object session{{"key", kSessionLabel}, {"operator", "Exists"}};
  json::object selector{{"matchExpressions", json::array{std::move(session)}}};
  json::object spec{{"policyName", policy},
                    {"matchResources", json::object{{"matchPolicy", "Equivalent"},
                                                    {"namespaceSelector", std::move(selector)}}}};
  if (with_proxy_settings) {
    // No namespace: the ConfigMap of the pod's own one. A site without a proxy has none.
    spec.emplace("paramRef", json::object{{"name", kProxyConfigName}, {"parameterNotFoundAction", "Allow"}});
  }
  return spec;
}

}  // namespace

std::vector<Object> mutating_policies(const ClusterFacts& cluster) {
  if (cluster.mutating_policy_version.empty()) return {};
  const KindName policy{"admissionregistration.k8s.io", cluster.mutating_policy_version,
                        "mutatingadmissionpolicies", "MutatingAdmissionPolicy", false};
  const KindName binding{"admissionregistration.k8s.io", cluster.mutating_policy_version,
                         "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", false};
  return {shared_object(policy, "berth-proxy", json::object{{"spec", proxy_spec()}}),
          shared_object(binding, "berth-proxy", json::object{{"spec", binding_spec("berth-proxy", true)}}),
          shared_object(policy, "berth-proxy-debug", json::object{{"spec", proxy_of_ephemeral_spec()}}),
          shared_object(binding, "berth-proxy-debug",
                        json::object{{"spec", binding_spec("berth-proxy-debug", true)}}),
          shared_object(policy, "berth-node", json::object{{"spec", node_spec()}}),
          shared_object(binding, "berth-node", json::object{{"spec", binding_spec("berth-node", false)}})};
}

}  // namespace berth::manifests
