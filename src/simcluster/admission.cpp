#include "simcluster/admission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "simcluster/limit_range.hpp"
#include "simcluster/pod_security.hpp"
#include "simcluster/quota.hpp"

namespace berth::simcluster {
namespace {

constexpr int kFirstNodePort = 30000;
constexpr int kLastNodePort = 32767;
constexpr std::string_view kNodeSelector = "openshift.io/node-selector";

Outcome<void> fill_pod(World& world, json::object& pod, const ResourceType& type, const std::string& ns) {
  auto& spec = child(pod, {"spec"});
  auto account = text(spec, {"serviceAccountName"});
  if (account.empty()) account = "default";
  if (!world.store().contains({"serviceaccounts", ns, account})) {
    return refuse(
        forbidden(type.subject(name_of(pod)),
                  fmt::format("error looking up service account {}/{}: serviceaccount \"{}\" not found", ns,
                              account, account)));
  }
  spec["serviceAccountName"] = account;
  spec["serviceAccount"] = account;
  for (const auto& limit_range : world.store().list("limitranges", ns)) fill_limits(pod, *limit_range);

  const auto owner = world.store().get({"namespaces", "", ns});
  auto pins = owner == nullptr ? std::string() : annotation(*owner, kNodeSelector);
  while (!pins.empty()) {
    const auto comma = pins.find(',');
    const auto one = pins.substr(0, comma);
    const auto equals = one.find('=');
    if (equals != std::string::npos)
      child(spec, {"nodeSelector"})[one.substr(0, equals)] = one.substr(equals + 1);
    pins = comma == std::string::npos ? "" : pins.substr(comma + 1);
  }
  return {};
}

void fill_claim(World& world, json::object& claim) {
  auto finalizers = finalizers_of(claim);
  if (std::ranges::find(finalizers, "kubernetes.io/pvc-protection") == finalizers.end()) {
    finalizers.emplace_back("kubernetes.io/pvc-protection");
    set_finalizers(claim, finalizers);
  }
  auto& spec = child(claim, {"spec"});
  if (spec.contains("storageClassName")) return;
  for (const auto& storage_class : world.store().list("storageclasses.storage.k8s.io")) {
    if (annotation(*storage_class, "storageclass.kubernetes.io/is-default-class") == "true") {
      spec["storageClassName"] = name_of(*storage_class);
    }
  }
}

std::string free_cluster_ip(const World& world) {
  std::set<std::string> taken;
  for (const auto& service : world.store().list("services"))
    taken.insert(text(*service, {"spec", "clusterIP"}));
  const auto* range = world.settings().flavour == Flavour::kOpenshift ? "172.30" : "10.96";
  for (int high = 0; high < 256; ++high) {
    for (int low = high == 0 ? 10 : 1; low < 255; ++low) {
      auto address = fmt::format("{}.{}.{}", range, high, low);
      if (!taken.contains(address)) return address;
    }
  }
  return {};
}

Outcome<void> fill_service(World& world, json::object& service, const ResourceType& type) {
  auto& spec = child(service, {"spec"});
  const auto kind = text(spec, {"type"});
  if (kind == "ExternalName") return {};
  if (text(spec, {"clusterIP"}).empty()) {
    const auto address = free_cluster_ip(world);
    if (address.empty()) {
      return refuse(invalid(type.subject(name_of(service)),
                            {invalid_value("spec.clusterIP", "", "the range is full")}));
    }
    spec["clusterIP"] = address;
  }
  spec["clusterIPs"] = json::array{spec["clusterIP"]};
  if (kind != "NodePort" && kind != "LoadBalancer") return {};
  if (find(service, {"spec", "allocateLoadBalancerNodePorts"}) != nullptr &&
      *find(service, {"spec", "allocateLoadBalancerNodePorts"}) == json::value(false)) {
    return {};
  }
  std::set<std::int64_t> taken;
  for (const auto& other : world.store().list("services")) {
    for (const auto& port : items(*other, {"spec", "ports"}))
      taken.insert(find_int(port, {"nodePort"}).value_or(0));
  }
  auto* ports = spec["ports"].if_array();
  if (ports == nullptr) return {};
  for (auto& port : *ports) {
    if (!port.is_object()) continue;
    if (find_int(port, {"nodePort"}).value_or(0) != 0) continue;
    int number = kFirstNodePort;
    while (number <= kLastNodePort && taken.contains(number)) ++number;
    taken.insert(number);
    port.get_object()["nodePort"] = number;
  }
  return {};
}

}  // namespace

Outcome<void> admit_namespace(const World& world, const ResourceType& type, const std::string& ns,
                              std::string_view name) {
  const auto owner = world.store().get({"namespaces", "", ns});
  if (owner == nullptr) return refuse(not_found({"", "namespaces", "Namespace", ns}));
  if (!deleting(*owner)) return {};
  auto refusal = forbidden(
      type.subject(name),
      fmt::format("unable to create new content in namespace {} because it is being terminated", ns));
  refusal.causes.push_back(
      {"NamespaceTerminating", fmt::format("namespace {} is being terminated", ns), "metadata.namespace"});
  return refuse(std::move(refusal));
}

Outcome<void> fill_in(World& world, json::object& object, const ResourceType& type) {
  if (type.kind == "Pod") return fill_pod(world, object, type, namespace_of(object));
  if (type.kind == "PersistentVolumeClaim") fill_claim(world, object);
  if (type.kind == "Service") return fill_service(world, object, type);
  return {};
}

Outcome<void> admit(World& world, const json::object* before, const json::object& object,
                    const ResourceType& type, bool dry_run) {
  if (!type.namespaced) return {};
  const auto ns = namespace_of(object);
  const auto refused = [&](const std::string& why) {
    return refuse(forbidden(type.subject(name_of(object)), why));
  };
  for (const auto& limit_range : world.store().list("limitranges", ns)) {
    if (before != nullptr && type.kind == "Pod") break;
    if (const auto problem = limit_problem(object, type.kind, *limit_range); !problem.empty())
      return refused(problem);
  }
  if (type.kind == "Pod" && before == nullptr) {
    const auto owner = world.store().get({"namespaces", "", ns});
    const auto problem = owner == nullptr ? std::string() : pod_security_problem(object, *owner);
    if (!problem.empty()) return refused(problem);
  }
  if (before != nullptr && type.kind != "Service" && type.kind != "PersistentVolumeClaim") return {};

  auto delta = quota_usage(object, type, world.now());
  if (before != nullptr) {
    for (const auto& [key, amount] : quota_usage(*before, type, world.now()))
      delta[key] = delta[key] - amount;
  }
  std::vector<std::pair<Key, json::object>> charged;
  for (const auto& quota : world.store().list("resourcequotas", ns)) {
    auto answer = charge(*quota, object, type, delta);
    if (!answer) return refuse(std::move(answer.error()));
    if (!*answer) continue;
    auto fresh = *quota;
    child(fresh, {"status"})["used"] = to_json((*answer)->used);
    charged.emplace_back(Key{"resourcequotas", ns, name_of(*quota)}, std::move(fresh));
  }
  if (dry_run) return {};
  for (auto& [key, quota] : charged) world.put(key, std::move(quota));
  return {};
}

}  // namespace berth::simcluster
