// Devices only through what the session booked, and no pod longer than the session.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "manifests/names_and_labels.hpp"
#include "manifests/policy.hpp"

namespace berth::manifests {
namespace {

std::string longest_grace() {
  return std::to_string(kMaxGraceSeconds);
}

// The resource names that the session owns stand on its namespace, so a name that a node begins to advertise
// later is refused as well; the quota lists only names known when the session began.
std::vector<Variable> variables() {
  const std::string owned =
      "namespaceObject.metadata.annotations['" + std::string(kResourceNamesAnnotation) + "']";
  const std::string has_annotations = "has(namespaceObject.metadata.annotations)";
  const std::string node_key = "'" + std::string(kNodeAnnotation) + "'";
  return {
      {"is_made",
       "has(request.subResource) && request.subResource != '' ? request.subResource == "
       "'ephemeralcontainers' : request.operation == 'CREATE'"},
      {"pod", "dyn(object.spec)"},
      {"containers",
       "variables.pod.containers + (has(variables.pod.initContainers) ? "
       "variables.pod.initContainers : []) + "
       "(has(variables.pod.ephemeralContainers) ? variables.pod.ephemeralContainers : [])"},
      {"owned", has_annotations + " && '" + std::string(kResourceNamesAnnotation) +
                    "' in namespaceObject.metadata.annotations ? " + owned + ".split(',') : []"},
      {"node", has_annotations + " && " + node_key +
                   " in namespaceObject.metadata.annotations ? namespaceObject.metadata.annotations[" +
                   node_key + "] : ''"},
      {"old_annotations",
       "oldObject != null && has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}"},
      {"delete_options",
       "request.operation == 'DELETE' && has(request.options) ? request.options : has(request.subResource) "
       "&& "
       "request.subResource == 'eviction' && has(dyn(object).deleteOptions) ? dyn(object).deleteOptions : "
       "dyn({})"}};
}

/// On the spec of what is made: a pod, or a debugging container in one. None of it can change afterwards, and
/// a pod that was there before the policy must not become one that nobody can change.
std::vector<Demand> demands_on_the_spec() {
  const std::string too_long =
      "the grace of a session's pods is at most " + longest_grace() +
      " seconds (terminationGracePeriodSeconds): they would keep their devices when the session is over";
  std::vector<Demand> demands{
      {"!has(variables.pod.runtimeClassName) || !variables.pod.runtimeClassName.startsWith('nvidia')",
       "the runtime classes nvidia* are not for sessions: they reach devices of others"},
      {"variables.containers.all(c, !has(c.env) || c.env.all(e, e.name != 'NVIDIA_VISIBLE_DEVICES'))",
       "the variable NVIDIA_VISIBLE_DEVICES cannot be set in a session: it reaches devices of others"},
      {"variables.containers.all(c, !has(c.envFrom) || c.envFrom.all(e, !has(e.prefix) || e.prefix == '' || "
       "!'NVIDIA_VISIBLE_DEVICES'.startsWith(e.prefix)))",
       "an envFrom prefix may not begin the name NVIDIA_VISIBLE_DEVICES"},
      {"variables.containers.all(c, !has(c.volumeMounts) || c.volumeMounts.all(m, "
       "!m.mountPath.startsWith('/var/run/nvidia-container-devices')))",
       "nothing can be mounted at /var/run/nvidia-container-devices in a session"},
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
           std::string(kHostnameLabel) + "' in variables.pod.nodeSelector && variables.pod.nodeSelector['" +
           std::string(kHostnameLabel) + "'] == variables.node)",
       "the session's pods run on its own node: see the annotation berth.dev/node of the namespace for the "
       "nodeSelector kubernetes.io/hostname"},
      {"request.operation != 'CREATE' || !has(variables.pod.terminationGracePeriodSeconds) || "
       "variables.pod.terminationGracePeriodSeconds <= " +
           longest_grace(),
       too_long},
      // A probe that fails first ends its container with a grace of its own.
      {"request.operation != 'CREATE' || variables.containers.all(c, "
       "(!has(c.livenessProbe) || !has(c.livenessProbe.terminationGracePeriodSeconds) || "
       "c.livenessProbe.terminationGracePeriodSeconds <= " +
           longest_grace() +
           ") && (!has(c.startupProbe) || !has(c.startupProbe.terminationGracePeriodSeconds) || "
           "c.startupProbe.terminationGracePeriodSeconds <= " +
           longest_grace() + "))",
       too_long}};
  for (auto& demand : demands) demand.expression = "!variables.is_made || (" + demand.expression + ")";
  return demands;
}

/// On every request: annotations can change at any time, and whoever deletes a pod first sets its grace,
/// which the deletion of the namespace later on leaves as it is.
std::vector<Demand> demands_at_any_time() {
  return {
      {"request.operation == 'DELETE' || !has(object.metadata.annotations) || "
       "object.metadata.annotations.all(k, !k.contains('cdi.k8s.io/') || (k in variables.old_annotations && "
       "object.metadata.annotations[k] == variables.old_annotations[k]))",
       "annotations of cdi.k8s.io are not for sessions: they reach devices of others"},
      {"!has(variables.delete_options.gracePeriodSeconds) || variables.delete_options.gracePeriodSeconds "
       "<= " +
           longest_grace(),
       "pods of a session are deleted with a grace of at most " + longest_grace() +
           " seconds (gracePeriodSeconds): they would keep their devices when the session is over"}};
}

}  // namespace

Policy pod_policy() {
  auto demands = demands_on_the_spec();
  std::ranges::move(demands_at_any_time(), std::back_inserter(demands));
  return {.name = "berth-pods",
          .matched = {{{""}, {"pods"}, {"CREATE", "UPDATE", "DELETE"}},
                      {{""}, {"pods/ephemeralcontainers"}, {"UPDATE"}},
                      {{""}, {"pods/eviction"}, {"CREATE"}}},
          .variables = variables(),
          .demands = std::move(demands)};
}

}  // namespace berth::manifests
