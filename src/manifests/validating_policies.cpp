// The fence that Kubernetes' own rules leave open, as ValidatingAdmissionPolicies over all session
// namespaces. They hold for whoever makes an object, so also for the controllers that make pods for a tenant.
//
// Whoever holds the permission "bypass" on guards.berth.dev passes: Berth, and an admin who repairs by hand.
// It is asked for last, since each question costs a look at the authorizer.
//
// What admission cannot see: variables in the image itself, and what an `envFrom` source will hold. The
// second is closed from both ends (`berth-variables` and the prefix rule of `berth-pods`); the first does
// nothing as long as no pod runs under the NVIDIA runtime class.
#include <utility>

#include "manifests/names_and_labels.hpp"
#include "manifests/steps.hpp"

namespace berth::manifests {
namespace {

constexpr KindName kPolicies{"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies",
                             "ValidatingAdmissionPolicy", false};
constexpr KindName kBindings{"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings",
                             "ValidatingAdmissionPolicyBinding", false};

using Names = std::vector<std::string>;

struct Matched {
  Names groups;
  Names resources;
  Names operations;
};

/// A sentence about the object, and what a user reads when it is not true.
struct Demand {
  std::string expression;
  std::string message;
};

struct Variable {
  std::string name;
  std::string expression;
};

struct Policy {
  std::string name;
  std::vector<Matched> matched;
  std::vector<Variable> variables;
  std::vector<Demand> demands;
};

constexpr std::string_view kBypass =
    "authorizer.group('berth.dev').resource('guards').check('bypass').allowed()";

json::object policy_spec(const Policy& policy) {
  json::array rules;
  for (const auto& matched : policy.matched) {
    rules.emplace_back(json::object{{"apiGroups", strings(matched.groups)},
                                    {"apiVersions", strings({"*"})},
                                    {"operations", strings(matched.operations)},
                                    {"resources", strings(matched.resources)},
                                    {"scope", "Namespaced"}});
  }
  json::array variables{json::object{{"name", "bypass"}, {"expression", kBypass}}};
  for (const auto& variable : policy.variables) {
    variables.emplace_back(json::object{{"name", variable.name}, {"expression", variable.expression}});
  }
  json::array validations;
  for (const auto& demand : policy.demands) {
    validations.emplace_back(json::object{{"expression", "(" + demand.expression + ") || variables.bypass"},
                                          {"message", demand.message},
                                          {"reason", "Forbidden"}});
  }
  return json::object{
      {"failurePolicy", "Fail"},
      {"matchConstraints", json::object{{"matchPolicy", "Equivalent"}, {"resourceRules", std::move(rules)}}},
      {"variables", std::move(variables)},
      {"validations", std::move(validations)}};
}

json::object binding_spec(const std::string& policy) {
  json::object session{{"key", kSessionLabel}, {"operator", "Exists"}};
  json::object selector{{"matchExpressions", json::array{std::move(session)}}};
  return json::object{{"policyName", policy},
                      {"validationActions", strings({"Deny"})},
                      {"matchResources", json::object{{"matchPolicy", "Equivalent"},
                                                      {"namespaceSelector", std::move(selector)}}}};
}

/// Guard objects are the platform's, one by one and by collection (where the request has no name, but the old
/// object its labels). The namespace controller and the garbage collector must pass, or no session would ever
/// be gone; OpenShift's own controllers add pull secrets to service accounts.
Policy guards() {
  const std::string key = "'" + std::string(kGuardLabel) + "'";
  return {
      .name = "berth-guards",
      .matched = {{{"*"}, {"*"}, {"CREATE", "UPDATE", "DELETE"}}},
      .variables =
          {{"was_guard", "oldObject != null && has(oldObject.metadata.labels) && " + key +
                             " in oldObject.metadata.labels"},
           {"is_guard",
            "object != null && has(object.metadata.labels) && " + key + " in object.metadata.labels"},
           {"by_the_cluster",
            "request.userInfo.username in ['system:serviceaccount:kube-system:namespace-controller', "
            "'system:serviceaccount:kube-system:generic-garbage-collector'] || "
            "(has(request.userInfo.groups) && 'system:serviceaccounts:openshift-infra' in "
            "request.userInfo.groups)"},
           // The session's own service accounts and people, not the controllers of the cluster.
           {"by_a_tenant",
            "request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':') || "
            "!request.userInfo.username.startsWith('system:')"},
           {"finalizers",
            "object != null && has(object.metadata.finalizers) ? object.metadata.finalizers : []"},
           {"old_finalizers",
            "oldObject != null && has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers : []"}},
      .demands = {
          {"!variables.was_guard || variables.by_the_cluster",
           "this object fences the session: it can neither be changed nor deleted from inside"},
          {"!variables.is_guard || variables.was_guard",
           "the label berth.dev/guard is reserved for the objects that fence the session"},
          // The API server itself puts that one on new claims.
          {"!variables.by_a_tenant || variables.finalizers.all(f, f in variables.old_finalizers || "
           "(f == 'kubernetes.io/pvc-protection' && request.resource.resource == 'persistentvolumeclaims'))",
           "finalizers cannot be added from inside a session: they would keep it from ending"}}};
}

/// Devices only through what the session booked. The resource names it owns stand on its namespace, so a name
/// that a node begins to advertise later is refused as well; the quota lists only names known when the
/// session began.
Policy pods() {
  const std::string owned =
      "namespaceObject.metadata.annotations['" + std::string(kResourceNamesAnnotation) + "']";
  const std::string has_annotations = "has(namespaceObject.metadata.annotations)";
  const std::string node_key = "'" + std::string(kNodeAnnotation) + "'";
  return {
      .name = "berth-pods",
      .matched = {{{""}, {"pods"}, {"CREATE"}}, {{""}, {"pods/ephemeralcontainers"}, {"UPDATE"}}},
      .variables = {{"pod", "dyn(object.spec)"},
                    {"containers",
                     "variables.pod.containers + (has(variables.pod.initContainers) ? "
                     "variables.pod.initContainers : []) + "
                     "(has(variables.pod.ephemeralContainers) ? variables.pod.ephemeralContainers : [])"},
                    {"owned", has_annotations + " && '" + std::string(kResourceNamesAnnotation) +
                                  "' in namespaceObject.metadata.annotations ? " + owned +
                                  ".split(',') : []"},
                    {"node", has_annotations + " && " + node_key +
                                 " in namespaceObject.metadata.annotations ? "
                                 "namespaceObject.metadata.annotations[" +
                                 node_key + "] : ''"}},
      .demands = {
          {"!has(variables.pod.runtimeClassName) || !variables.pod.runtimeClassName.startsWith('nvidia')",
           "the runtime classes nvidia* are not for sessions: they reach devices of others"},
          {"variables.containers.all(c, !has(c.env) || c.env.all(e, e.name != 'NVIDIA_VISIBLE_DEVICES'))",
           "the variable NVIDIA_VISIBLE_DEVICES cannot be set in a session: it reaches devices of others"},
          {"variables.containers.all(c, !has(c.envFrom) || c.envFrom.all(e, !has(e.prefix) || e.prefix == '' "
           "|| "
           "!'NVIDIA_VISIBLE_DEVICES'.startsWith(e.prefix)))",
           "an envFrom prefix may not begin the name NVIDIA_VISIBLE_DEVICES"},
          {"variables.containers.all(c, !has(c.volumeMounts) || c.volumeMounts.all(m, "
           "!m.mountPath.startsWith('/var/run/nvidia-container-devices')))",
           "nothing can be mounted at /var/run/nvidia-container-devices in a session"},
          {"!has(object.metadata.annotations) || object.metadata.annotations.all(k, "
           "!k.contains('cdi.k8s.io/'))",
           "annotations of cdi.k8s.io are not for sessions: they reach devices of others"},
          {"variables.containers.all(c, !has(c.resources) || "
           "((!has(c.resources.limits) || c.resources.limits.all(k, k in variables.owned || "
           "!(k.startsWith('nvidia.com/') || k.startsWith('deviceclass.resource.kubernetes.io/')))) && "
           "(!has(c.resources.requests) || c.resources.requests.all(k, k in variables.owned || "
           "!(k.startsWith('nvidia.com/') || k.startsWith('deviceclass.resource.kubernetes.io/'))))))",
           "the pod asks for a GPU resource that the session did not book"},
          {"!has(variables.pod.resourceClaims) || variables.pod.resourceClaims.size() == 0",
           "resource claims are not for sessions: they take devices past the quota"},
          {"!has(variables.pod.volumes) || variables.pod.volumes.all(v, has(v.configMap) || has(v.csi) || "
           "has(v.downwardAPI) || has(v.emptyDir) || has(v.ephemeral) || has(v.image) || "
           "has(v.persistentVolumeClaim) || has(v.projected) || has(v.secret))",
           "the pod mounts a kind of volume that the node, not the session, would reach out for"},
          // Higher than the usual nothing: it would push out pods of others.
          {"!has(variables.pod.priority) || variables.pod.priority <= 0",
           "priority classes above 0 are not for sessions"},
          {"request.operation != 'CREATE' || !has(variables.pod.nodeName) || variables.pod.nodeName == ''",
           "nodeName cannot be set in a session: the scheduler places its pods"},
          {"request.operation != 'CREATE' || variables.node == '' || (has(variables.pod.nodeSelector) && '" +
               std::string(kHostnameLabel) +
               "' in variables.pod.nodeSelector && variables.pod.nodeSelector['" +
               std::string(kHostnameLabel) + "'] == variables.node)",
           "the session's pods run on its own node: see the annotation berth.dev/node of the namespace for "
           "the "
           "nodeSelector kubernetes.io/hostname"}}};
}

/// `envFrom` takes every key: with this and the prefix rule no key can become the variable.
Policy variables() {
  return {.name = "berth-variables",
          .matched = {{{""}, {"configmaps", "secrets"}, {"CREATE", "UPDATE"}}},
          .variables = {},
          .demands = {
              {"!has(object.data) || !('NVIDIA_VISIBLE_DEVICES' in object.data)",
               "the key NVIDIA_VISIBLE_DEVICES cannot be used in a session: it reaches devices of others"}}};
}

/// Network policies only ever add, so one of the tenant's could open what ours leave shut.
Policy network_policies() {
  const auto plain = [](const std::string& rules, const std::string& peers) {
    return "!has(object.spec." + rules + ") || object.spec." + rules + ".all(r, has(r." + peers + ") && r." +
           peers + ".size() > 0 && r." + peers +
           ".all(p, has(p.podSelector) && !has(p.namespaceSelector) && !has(p.ipBlock)))";
  };
  const std::string message =
      "a session's own network policies may name pods of the session only: every rule needs peers, and every "
      "peer a "
      "plain podSelector";
  return {.name = "berth-network-policies",
          .matched = {{{"networking.k8s.io"}, {"networkpolicies"}, {"CREATE", "UPDATE"}}},
          .variables = {},
          .demands = {{plain("ingress", "from"), message}, {plain("egress", "to"), message}}};
}

/// Addresses outside are the quota's and the cluster's; a Service that is a mere name would lead the router
/// anywhere.
Policy services() {
  return {.name = "berth-services",
          .matched = {{{""}, {"services"}, {"CREATE", "UPDATE"}}},
          .variables = {},
          .demands = {{"!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0",
                       "externalIPs are not for sessions: they take over addresses of others"},
                      {"!has(object.spec.type) || object.spec.type != 'ExternalName'",
                       "Services of type ExternalName are not for sessions"}}};
}

/// A host belongs to whoever claims it first, so a session may claim only hosts that carry its own name, as
/// OpenShift makes them by itself: <anything>-<namespace>.<apps domain>.
Policy hosts() {
  const std::string message =
      "a session's own hosts must be <name>-<namespace>.<apps domain>: others could belong to someone else";
  const auto own = [](const std::string& host) {
    return host + ".split('.')[0].endsWith('-' + request.namespace)";
  };
  return {
      .name = "berth-hosts",
      .matched = {{{"networking.k8s.io"}, {"ingresses"}, {"CREATE", "UPDATE"}},
                  {{"route.openshift.io"}, {"routes"}, {"CREATE", "UPDATE"}}},
      .variables = {{"it", "dyn(object.spec)"}, {"is_route", "request.resource.resource == 'routes'"}},
      .demands = {
          {"variables.is_route || (has(variables.it.rules) && variables.it.rules.size() > 0 && "
           "variables.it.rules.all(r, has(r.host) && " +
               own("r.host") + "))",
           message},
          {"variables.is_route || !has(variables.it.tls) || variables.it.tls.all(t, !has(t.hosts) || "
           "t.hosts.all(h, " +
               own("h") + "))",
           message},
          {"variables.is_route || !has(object.metadata.annotations) || object.metadata.annotations.all(k, "
           "!k.contains('snippet') && !k.contains('alias'))",
           "annotations that add hosts or text to the ingress controller's configuration are not for "
           "sessions"},
          {"!variables.is_route || !has(variables.it.host) || variables.it.host == '' || " +
               own("variables.it.host"),
           message},
          {"!variables.is_route || !has(variables.it.subdomain) || variables.it.subdomain == '' || " +
               own("variables.it.subdomain"),
           message},
          {"!variables.is_route || !has(variables.it.wildcardPolicy) || variables.it.wildcardPolicy in ['', "
           "'None']",
           "wildcard routes are not for sessions"}}};
}

}  // namespace

std::vector<Object> validating_policies() {
  std::vector<Object> objects;
  for (const auto& policy : {guards(), pods(), variables(), network_policies(), services(), hosts()}) {
    objects.push_back(shared_object(kPolicies, policy.name, json::object{{"spec", policy_spec(policy)}}));
    objects.push_back(
        shared_object(kBindings, policy.name, json::object{{"spec", binding_spec(policy.name)}}));
  }
  return objects;
}

}  // namespace berth::manifests
