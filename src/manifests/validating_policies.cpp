// The fence that Kubernetes' own rules leave open, as ValidatingAdmissionPolicies over all session
// namespaces. They hold for whoever makes an object, so also for the controllers that make pods for a tenant.
//
// Whoever holds the permission "bypass" on guards.berth.dev passes: Berth, and an admin who repairs by hand.
// It is asked for last, since each question costs a look at the authorizer.
//
// What admission cannot see: variables in the image itself, and what an `envFrom` source will hold. The
// second is closed from both ends (`berth-variables` and the prefix rule of `berth-pods`); the first does
// nothing as long as no pod runs under the NVIDIA runtime class.
#include <algorithm>
#include <iterator>
#include <utility>

#include "manifests/names_and_labels.hpp"
#include "manifests/policy.hpp"
#include "manifests/steps.hpp"

namespace berth::manifests {
namespace {

constexpr KindName kPolicies{"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies",
                             "ValidatingAdmissionPolicy", false};
constexpr KindName kBindings{"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings",
                             "ValidatingAdmissionPolicyBinding", false};

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

// Finalizers keep a namespace from ending, for ever if nobody takes them away again.
//
// A tenant adds none. Tenants are told by their rights: what adds finalizers as its work (a storage driver, a
// cloud's load balancers) holds its right in every namespace, by a ClusterRoleBinding, which no tenant can
// write; a tenant holds it here. Names would not tell them apart: a tenant's RoleBinding lets in service
// accounts of any namespace, and drivers live in namespaces of any name.
//
// The cluster's own controllers would add them for a tenant, out of its templates.
//
// To pods, from every kind of template: refused where the pod is made, whoever asks. That is one place, for
// kinds to come too, and no controller makes pods with finalizers of its own but the one of Jobs. That one
// takes `job-tracking` away again, unless another controller than a Job owns the pod by then: such an owner
// is refused, on changes too.
//
// To claims, from StatefulSets alone (other templates of claims take labels and annotations only): refused in
// the StatefulSet. A driver's webhook may put its own finalizer (`topolvm.io/pvc`) on each claim that is
// made, and that could not be told from one out of the template.
//
// Only what is added counts, so whatever is there already can be changed, freed and deleted.
std::vector<Variable> finalizer_variables() {
  // CREATE takes the one right, UPDATE one of two.
  const auto may = [](const std::string& verb) {
    return "authorizer.group(request.resource.group).resource(request.resource.resource).check(" + verb +
           ").allowed()";
  };
  return {
      {"is_pod", "request.resource.group == '' && request.resource.resource == 'pods'"},
      {"is_stateful_set", "request.resource.group == 'apps' && request.resource.resource == 'statefulsets'"},
      {"by_right_everywhere", may("request.operation == 'CREATE' ? 'create' : 'update'") +
                                  " || (request.operation != 'CREATE' && " + may("'patch'") + ")"},
      {"finalizers", "object != null && has(object.metadata.finalizers) ? object.metadata.finalizers : []"},
      {"old_finalizers",
       "oldObject != null && has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers : []"},
      {"added_finalizers", "variables.finalizers.filter(f, !(f in variables.old_finalizers))"}};
}

std::vector<Demand> finalizer_demands() {
  return {
      // The API server itself puts that one on new claims.
      {"variables.added_finalizers.all(f, f == 'kubernetes.io/pvc-protection' && "
       "request.resource.resource == 'persistentvolumeclaims') || variables.by_right_everywhere",
       "finalizers cannot be added from inside a session: they would keep it from ending"},
      {"!variables.is_pod || request.operation != 'CREATE' || "
       "variables.added_finalizers.all(f, f == 'batch.kubernetes.io/job-tracking')",
       "pods cannot be made with finalizers in a session, from a template neither: they would keep it from "
       "ending"},
      {"!variables.is_pod || !('batch.kubernetes.io/job-tracking' in variables.finalizers) || "
       "!has(object.metadata.ownerReferences) || object.metadata.ownerReferences.all(o, !has(o.controller) "
       "|| "
       "!o.controller || (o.kind == 'Job' && o.apiVersion == 'batch/v1'))",
       "a pod with the finalizer batch.kubernetes.io/job-tracking can be controlled by a Job only: nobody "
       "else "
       "would take it away"},
      {"!variables.is_stateful_set || object == null || "
       "!has(object.spec.volumeClaimTemplates) || "
       "(oldObject != null && has(oldObject.spec.volumeClaimTemplates) && "
       "object.spec.volumeClaimTemplates == oldObject.spec.volumeClaimTemplates) || "
       "object.spec.volumeClaimTemplates.all(c, !has(c.metadata.finalizers) || c.metadata.finalizers.size() "
       "== "
       "0)",
       "the claims of a session's StatefulSets cannot have finalizers: they would keep it from ending"}};
}

/// Guard objects are the platform's, one by one and by collection (where the request has no name, but the old
/// object its labels). The namespace controller and the garbage collector must pass, or no session would ever
/// be gone; OpenShift's own controllers add pull secrets to service accounts.
Policy guards() {
  const std::string key = "'" + std::string(kGuardLabel) + "'";
  Policy policy{
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
            "request.userInfo.groups)"}},
      .demands = {{"!variables.was_guard || variables.by_the_cluster",
                   "this object fences the session: it can neither be changed nor deleted from inside"},
                  {"!variables.is_guard || variables.was_guard",
                   "the label berth.dev/guard is reserved for the objects that fence the session"}}};
  std::ranges::move(finalizer_variables(), std::back_inserter(policy.variables));
  std::ranges::move(finalizer_demands(), std::back_inserter(policy.demands));
  return policy;
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
  for (const auto& policy : {guards(), pod_policy(), variables(), network_policies(), services(), hosts()}) {
    objects.push_back(shared_object(kPolicies, policy.name, json::object{{"spec", policy_spec(policy)}}));
    objects.push_back(
        shared_object(kBindings, policy.name, json::object{{"spec", binding_spec(policy.name)}}));
  }
  return objects;
}

}  // namespace berth::manifests
