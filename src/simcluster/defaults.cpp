#include "simcluster/defaults.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "simcluster/kube_quantity.hpp"
#include "simcluster/objects.hpp"
#include "simcluster/pod_spec.hpp"

namespace berth::simcluster {
namespace {

void set_if_absent(json::object& object, std::string_view name, json::value value) {
  auto& slot = object[name];
  if (slot.is_null()) slot = std::move(value);
}

json::object* object_at(json::object& object, std::string_view name) {
  auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

template <typename Visit>
void each_object(json::object& object, std::string_view list, Visit visit) {
  auto* value = object.if_contains(list);
  if (value == nullptr || !value->is_array()) return;
  for (auto& item : value->get_array()) {
    if (item.is_object()) visit(item.get_object());
  }
}

Outcome<void> normalize_map(json::object& parent, std::string_view name, const std::string& path) {
  auto* amounts = object_at(parent, name);
  if (amounts == nullptr) return {};
  for (auto& [resource, value] : *amounts) {
    const auto amount = read_quantity(value);
    if (!amount) {
      return refuse(bad_request(fmt::format("unable to decode: {}.{}[{}]: {}", path, name,
                                            std::string_view(resource), amount.error().message)));
    }
    value = format_quantity(*amount);
  }
  return {};
}

Outcome<void> normalize_maps(json::object& parent, std::initializer_list<std::string_view> names,
                             const std::string& path) {
  for (const auto name : names) {
    if (auto ok = normalize_map(parent, name, path); !ok) return ok;
  }
  return {};
}

Outcome<void> normalize_pod_spec(json::object& spec) {
  for (const auto* list : {"containers", "initContainers"}) {
    Outcome<void> ok;
    each_object(spec, list, [&](json::object& container) {
      auto* resources = object_at(container, "resources");
      if (ok && resources != nullptr) ok = normalize_maps(*resources, {"limits", "requests"}, "resources");
    });
    if (!ok) return ok;
  }
  Outcome<void> ok;
  each_object(spec, "volumes", [&](json::object& volume) {
    auto* memory = object_at(volume, "emptyDir");
    auto* limit = memory == nullptr ? nullptr : memory->if_contains("sizeLimit");
    if (!ok || limit == nullptr) return;
    const auto amount = read_quantity(*limit);
    if (amount) {
      *limit = format_quantity(*amount);
    } else {
      ok = refuse(bad_request("unable to decode: emptyDir.sizeLimit: " + amount.error().message));
    }
  });
  return ok;
}

void default_probe(json::object& container, std::string_view name) {
  auto* probe = object_at(container, name);
  if (probe == nullptr) return;
  set_if_absent(*probe, "timeoutSeconds", 1);
  set_if_absent(*probe, "periodSeconds", 10);
  set_if_absent(*probe, "successThreshold", 1);
  set_if_absent(*probe, "failureThreshold", 3);
  if (auto* get = object_at(*probe, "httpGet")) {
    set_if_absent(*get, "path", "/");
    set_if_absent(*get, "scheme", "HTTP");
  }
}

/// Images without a tag, or with ":latest", are asked for each time.
std::string_view pull_policy(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return "IfNotPresent";
  const auto name = image.substr(image.rfind('/') + 1);  // npos + 1 is 0
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos || name.substr(colon) == ":latest" ? "Always" : "IfNotPresent";
}

void default_container(json::object& container) {
  set_if_absent(container, "imagePullPolicy", json::value(pull_policy(text(container, {"image"}))));
  set_if_absent(container, "terminationMessagePath", "/dev/termination-log");
  set_if_absent(container, "terminationMessagePolicy", "File");
  set_if_absent(container, "resources", json::object{});
  each_object(container, "ports", [](json::object& port) { set_if_absent(port, "protocol", "TCP"); });
  each_object(container, "env", [](json::object& env) {
    auto* from = object_at(env, "valueFrom");
    if (auto* field = from == nullptr ? nullptr : object_at(*from, "fieldRef"))
      set_if_absent(*field, "apiVersion", "v1");
  });
  for (const auto* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    default_probe(container, probe);
}

void default_volume(json::object& volume) {
  if (volume.size() == 1) volume["emptyDir"] = json::object{};
  for (const auto* source : {"configMap", "secret", "projected", "downwardAPI"}) {
    if (auto* part = object_at(volume, source)) set_if_absent(*part, "defaultMode", 420);
  }
  if (auto* projected = object_at(volume, "projected")) {
    each_object(*projected, "sources", [](json::object& source) {
      if (auto* token = object_at(source, "serviceAccountToken"))
        set_if_absent(*token, "expirationSeconds", 3600);
    });
  }
}

void default_pod_spec(json::object& spec) {
  set_if_absent(spec, "restartPolicy", "Always");
  set_if_absent(spec, "dnsPolicy", "ClusterFirst");
  set_if_absent(spec, "schedulerName", "default-scheduler");
  set_if_absent(spec, "terminationGracePeriodSeconds", 30);
  set_if_absent(spec, "securityContext", json::object{});
  if (auto account = text(spec, {"serviceAccountName"}); !account.empty()) spec["serviceAccount"] = account;
  each_object(spec, "containers", default_container);
  each_object(spec, "initContainers", default_container);
  each_object(spec, "volumes", default_volume);
}

void default_workload(json::object& object, bool deployment) {
  auto& spec = child(object, {"spec"});
  set_if_absent(spec, "replicas", 1);
  default_pod_spec(child(spec, {"template", "spec"}));
  if (!deployment) return;
  auto& strategy = child(spec, {"strategy"});
  set_if_absent(strategy, "type", "RollingUpdate");
  if (text(strategy, {"type"}) == "RollingUpdate") {
    auto& rolling = child(strategy, {"rollingUpdate"});
    set_if_absent(rolling, "maxUnavailable", "25%");
    set_if_absent(rolling, "maxSurge", "25%");
  }
  set_if_absent(spec, "revisionHistoryLimit", 10);
  set_if_absent(spec, "progressDeadlineSeconds", 600);
}

void default_service(json::object& spec) {
  set_if_absent(spec, "type", "ClusterIP");
  set_if_absent(spec, "sessionAffinity", "None");
  if (text(spec, {"type"}) != "ExternalName") {
    set_if_absent(spec, "internalTrafficPolicy", "Cluster");
    set_if_absent(spec, "ipFamilies", json::array{"IPv4"});
    set_if_absent(spec, "ipFamilyPolicy", "SingleStack");
  }
  if (text(spec, {"type"}) == "LoadBalancer") {
    set_if_absent(spec, "allocateLoadBalancerNodePorts", true);
    set_if_absent(spec, "externalTrafficPolicy", "Cluster");
  }
  if (text(spec, {"type"}) == "NodePort") set_if_absent(spec, "externalTrafficPolicy", "Cluster");
  each_object(spec, "ports", [](json::object& port) {
    set_if_absent(port, "protocol", "TCP");
    if (const auto* number = port.if_contains("port")) {
      const json::value same = *number;
      set_if_absent(port, "targetPort", same);
    }
  });
}

void default_secret(json::object& secret) {
  set_if_absent(secret, "type", "Opaque");
  auto* plain = object_at(secret, "stringData");
  if (plain == nullptr) return;
  const json::object moved = std::move(*plain);
  secret.erase("stringData");
  auto& data = child(secret, {"data"});
  for (const auto& [name, value] : moved) {
    if (value.is_string()) data[name] = base64_encode(value.get_string());
  }
}

void default_network_policy(json::object& spec) {
  if (!spec.contains("policyTypes")) {
    json::array types{"Ingress"};
    const auto* egress = spec.if_contains("egress");
    if (egress != nullptr && egress->is_array() && !egress->get_array().empty()) types.push_back("Egress");
    spec["policyTypes"] = std::move(types);
  }
  for (const auto* direction : {"ingress", "egress"}) {
    each_object(spec, direction, [](json::object& rule) {
      each_object(rule, "ports", [](json::object& port) { set_if_absent(port, "protocol", "TCP"); });
    });
  }
}

void default_binding(json::object& binding) {
  constexpr std::string_view kGroup = "rbac.authorization.k8s.io";
  set_if_absent(child(binding, {"roleRef"}), "apiGroup", json::value(kGroup));
  each_object(binding, "subjects", [&](json::object& subject) {
    if (text(subject, {"kind"}) != "ServiceAccount") set_if_absent(subject, "apiGroup", json::value(kGroup));
  });
}

void default_match(json::object& match) {
  set_if_absent(match, "matchPolicy", "Equivalent");
  set_if_absent(match, "namespaceSelector", json::object{});
  set_if_absent(match, "objectSelector", json::object{});
  for (const auto* rules : {"resourceRules", "excludeResourceRules"}) {
    each_object(match, rules, [](json::object& rule) { set_if_absent(rule, "scope", "*"); });
  }
}

void default_policy(json::object& spec) {
  set_if_absent(spec, "failurePolicy", "Fail");
  if (auto* match = object_at(spec, "matchConstraints")) default_match(*match);
}

/// What a container limit leaves unsaid: the limit follows the maximum, the request the limit or else the
/// minimum. (So a maximum alone gives every container that request.)
void default_limit(json::object& limit) {
  if (text(limit, {"type"}) != "Container") return;
  const auto follow = [&](std::string_view to, std::string_view from) {
    const auto* source = object_at(limit, from);
    if (source == nullptr) return;
    const json::object given = *source;
    auto& target = child(limit, {to});
    for (const auto& [resource, amount] : given) set_if_absent(target, resource, amount);
  };
  follow("default", "max");
  follow("defaultRequest", "default");
  follow("defaultRequest", "min");
}

void default_namespace(json::object& ns) {
  auto& spec = child(ns, {"spec"});
  if (!deleting(ns)) set_if_absent(spec, "finalizers", json::array{"kubernetes"});
  child(ns, {"metadata", "labels"})["kubernetes.io/metadata.name"] = name_of(ns);
  set_if_absent(child(ns, {"status"}), "phase", "Active");
}

}  // namespace

Outcome<void> normalize_quantities(json::object& object, std::string_view kind) {
  if (auto* spec = pod_spec_of(object, kind)) return normalize_pod_spec(*spec);
  if (kind == "ResourceQuota") {
    if (auto ok = normalize_maps(child(object, {"spec"}), {"hard"}, "spec"); !ok) return ok;
    if (auto* status = object_at(object, "status"))
      return normalize_maps(*status, {"hard", "used"}, "status");
  } else if (kind == "LimitRange") {
    Outcome<void> ok;
    each_object(child(object, {"spec"}), "limits", [&](json::object& limit) {
      if (ok)
        ok = normalize_maps(limit, {"max", "min", "default", "defaultRequest", "maxLimitRequestRatio"},
                            "spec.limits");
    });
    return ok;
  } else if (kind == "PersistentVolumeClaim") {
    if (auto ok =
            normalize_maps(child(object, {"spec", "resources"}), {"requests", "limits"}, "spec.resources");
        !ok)
      return ok;
    if (auto* status = object_at(object, "status")) return normalize_maps(*status, {"capacity"}, "status");
  } else if (kind == "PersistentVolume") {
    return normalize_maps(child(object, {"spec"}), {"capacity"}, "spec");
  } else if (kind == "Node") {
    if (auto* status = object_at(object, "status"))
      return normalize_maps(*status, {"capacity", "allocatable"}, "status");
  }
  return {};
}

void set_pod_requests(json::object& pod) {
  auto& spec = child(pod, {"spec"});
  set_if_absent(spec, "enableServiceLinks", true);
  for (const auto* list : {"containers", "initContainers"}) {
    each_object(spec, list, [](json::object& container) {
      auto* resources = object_at(container, "resources");
      const auto* limits = resources == nullptr ? nullptr : object_at(*resources, "limits");
      if (limits == nullptr) return;
      const json::object given = *limits;
      auto& requests = child(*resources, {"requests"});
      for (const auto& [resource, amount] : given) set_if_absent(requests, resource, amount);
    });
  }
}

void set_defaults(json::object& object, std::string_view kind) {
  if (kind == "Pod") {
    default_pod_spec(child(object, {"spec"}));
    set_pod_requests(object);
    set_if_absent(child(object, {"status"}), "phase", "Pending");
  } else if (kind == "Deployment" || kind == "ReplicaSet") {
    default_workload(object, kind == "Deployment");
  } else if (kind == "Service") {
    default_service(child(object, {"spec"}));
    child(object, {"status", "loadBalancer"});
  } else if (kind == "Ingress") {
    child(object, {"status", "loadBalancer"});
  } else if (kind == "Secret") {
    default_secret(object);
  } else if (kind == "Namespace") {
    default_namespace(object);
  } else if (kind == "PersistentVolumeClaim") {
    set_if_absent(child(object, {"spec"}), "volumeMode", "Filesystem");
    set_if_absent(child(object, {"status"}), "phase", "Pending");
  } else if (kind == "LimitRange") {
    each_object(child(object, {"spec"}), "limits", default_limit);
  } else if (kind == "NetworkPolicy") {
    default_network_policy(child(object, {"spec"}));
  } else if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
    default_binding(object);
  } else if (kind == "StorageClass") {
    set_if_absent(object, "reclaimPolicy", "Delete");
    set_if_absent(object, "volumeBindingMode", "Immediate");
  } else if (kind == "ValidatingAdmissionPolicy") {
    default_policy(child(object, {"spec"}));
  } else if (kind == "MutatingAdmissionPolicy") {
    default_policy(child(object, {"spec"}));
    set_if_absent(child(object, {"spec"}), "reinvocationPolicy", "Never");
  } else if (kind == "ValidatingAdmissionPolicyBinding" || kind == "MutatingAdmissionPolicyBinding") {
    if (auto* match = object_at(child(object, {"spec"}), "matchResources")) default_match(*match);
  } else if (kind == "Route") {
    auto& to = child(object, {"spec", "to"});
    set_if_absent(to, "kind", "Service");
    set_if_absent(to, "weight", 100);
    set_if_absent(child(object, {"spec"}), "wildcardPolicy", "None");
  }
}

}  // namespace berth::simcluster
