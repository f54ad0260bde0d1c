#include "simcluster/seed.hpp"

#include <set>

#include "simcluster/kube_quantity.hpp"
#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

void make(World& world, std::string_view api_version, std::string_view kind, const std::string& ns,
          json::object object) {
  const auto* type = world.table().by_kind(api_version, kind);
  if (type == nullptr || world.store().contains({type->storage, ns, name_of(object)})) return;
  const auto made = create_object(world, *type, ns, std::move(object), {.manager = "simulation"});
  if (!made) world.log().error("seed", {{"kind", kind}, {"error", made.error().message}});
}

/// Nodes of the settings; those that were and are no longer go at the next start.
constexpr std::string_view kDescribed = "simulated.berth.dev/described";

json::object named(const std::string& name) {
  return {{"metadata", json::object{{"name", name}}}};
}

json::object quantities(const std::map<std::string, std::string>& amounts) {
  json::object out;
  for (const auto& [resource, amount] : amounts) {
    if (const auto parsed = parse_quantity(amount)) out[resource] = format_quantity(*parsed);
  }
  return out;
}

void make_node(World& world, const NodeDescription& node) {
  auto capacity = node.capacity;
  capacity.try_emplace("pods", "250");
  capacity.try_emplace("ephemeral-storage", "400Gi");
  auto allocatable = capacity;
  for (const auto& [resource, amount] : node.allocatable) allocatable[resource] = amount;

  auto object = named(node.name);
  auto& labels = child(object, {"metadata", "labels"});
  labels["kubernetes.io/hostname"] = node.name;
  labels["kubernetes.io/os"] = "linux";
  labels["kubernetes.io/arch"] = "amd64";
  for (const auto& [key, value] : node.labels) labels[key] = value;
  json::array taints;
  for (const auto& taint : node.taints) {
    taints.push_back(json::object{{"key", taint.key}, {"value", taint.value}, {"effect", taint.effect}});
  }
  if (!taints.empty()) child(object, {"spec"})["taints"] = std::move(taints);
  child(object, {"metadata", "annotations"})[kDescribed] = "true";
  make(world, "v1", "Node", "", std::move(object));

  const Key key{"nodes", "", node.name};
  auto fresh = *world.store().get(key);
  auto& status = child(fresh, {"status"});
  status["capacity"] = quantities(capacity);
  status["allocatable"] = quantities(allocatable);
  status["addresses"] = json::array{json::object{{"type", "InternalIP"}, {"address", node.internal_ip}},
                                    json::object{{"type", "Hostname"}, {"address", node.name}}};
  status["nodeInfo"] = json::object{{"kubeletVersion", "v1.34.4+simulated"},
                                    {"osImage", "simulated"},
                                    {"architecture", "amd64"},
                                    {"operatingSystem", "linux"},
                                    {"containerRuntimeVersion", "simulated://1.0"}};
  world.put(key, std::move(fresh));
}

void make_roles(World& world) {
  const json::array everything{json::object{
      {"apiGroups", json::array{"*"}}, {"resources", json::array{"*"}}, {"verbs", json::array{"*"}}}};
  for (const auto* name : {"admin", "edit", "view", "cluster-admin"}) {
    auto role = named(name);
    role["rules"] = everything;
    make(world, "rbac.authorization.k8s.io/v1", "ClusterRole", "", std::move(role));
  }
}

void make_openshift(World& world) {
  for (const auto* name : {"openshift-dns", "openshift-ingress"}) {
    auto ns = named(name);
    if (std::string_view(name) == "openshift-ingress") {
      auto& labels = child(ns, {"metadata", "labels"});
      labels["policy-group.network.openshift.io/ingress"] = "";
      labels["network.openshift.io/policy-group"] = "ingress";
    }
    make(world, "v1", "Namespace", "", std::move(ns));
  }
  for (const auto* name : {"restricted-v2", "nonroot-v2", "anyuid", "privileged"}) {
    auto scc = named(name);
    const bool any = std::string_view(name) == "anyuid" || std::string_view(name) == "privileged";
    scc["allowPrivilegedContainer"] = std::string_view(name) == "privileged";
    scc["runAsUser"] = json::object{{"type", any ? "RunAsAny" : "MustRunAsRange"}};
    scc["users"] = json::array{};
    scc["groups"] = json::array{};
    make(world, "security.openshift.io/v1", "SecurityContextConstraints", "", std::move(scc));
    auto role = named(std::string("system:openshift:scc:") + name);
    role["rules"] = json::array{json::object{{"apiGroups", json::array{"security.openshift.io"}},
                                             {"resources", json::array{"securitycontextconstraints"}},
                                             {"resourceNames", json::array{name}},
                                             {"verbs", json::array{"use"}}}};
    make(world, "rbac.authorization.k8s.io/v1", "ClusterRole", "", std::move(role));
  }
}

}  // namespace

void seed(World& world) {
  for (const auto* name : {"default", "kube-system", "kube-public", "kube-node-lease"})
    make(world, "v1", "Namespace", "", named(name));
  std::set<std::string> described;
  for (const auto& node : world.settings().nodes) {
    described.insert(node.name);
    make_node(world, node);
  }
  for (const auto& node : world.store().list("nodes")) {
    if (annotation(*node, kDescribed) == "true" && !described.contains(name_of(*node))) {
      world.erase({"nodes", "", name_of(*node)});
    }
  }
  for (const auto& storage_class : world.settings().storage_classes) {
    auto object = named(storage_class.name);
    object["provisioner"] = "simulated.berth.dev";
    object["volumeBindingMode"] =
        storage_class.wait_for_first_consumer ? "WaitForFirstConsumer" : "Immediate";
    object["allowVolumeExpansion"] = true;
    if (storage_class.is_default) {
      child(object, {"metadata", "annotations"})["storageclass.kubernetes.io/is-default-class"] = "true";
    }
    make(world, "storage.k8s.io/v1", "StorageClass", "", std::move(object));
  }
  make_roles(world);
  if (world.settings().flavour == Flavour::kOpenshift) make_openshift(world);
  auto service = named("kubernetes");
  service["spec"] = json::object{
      {"ports", json::array{json::object{{"name", "https"}, {"port", 443}, {"targetPort", 6443}}}}};
  make(world, "v1", "Service", "default", std::move(service));
  world.touch("");
  settle(world);
}

}  // namespace berth::simcluster
