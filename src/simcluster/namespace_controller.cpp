#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "simcluster/controllers.hpp"
#include "simcluster/removal.hpp"
#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kUidRange = "openshift.io/sa.scc.uid-range";
constexpr int kFirstUid = 1'000'000'000;
constexpr int kUidsPerNamespace = 10'000;

/// Nobody can verify anything with it, which is the point.
constexpr std::string_view kRootCertificate =
    "-----BEGIN CERTIFICATE-----\nU0lNVUxBVEVEIENMVVNURVI6IE5PVCBBIENFUlRJRklDQVRF\n-----END "
    "CERTIFICATE-----\n";

void create_if_absent(World& world, std::string_view kind, const std::string& ns, json::object object) {
  const auto* type = world.table().by_kind("v1", kind);
  if (world.store().contains({type->storage, ns, name_of(object)})) return;
  const auto made =
      create_object(world, *type, ns, std::move(object), {.manager = "kube-controller-manager"});
  if (!made)
    world.log().warning("namespace controller", {{"namespace", ns}, {"error", made.error().message}});
}

/// Blocks are counted from the annotations alone, so those of deleted namespaces are given again, as
/// OpenShift does.
int free_block(const World& world) {
  std::set<int> taken;
  for (const auto& ns : world.store().list("namespaces")) {
    const auto range = annotation(*ns, kUidRange);
    int first = 0;
    std::from_chars(range.data(), range.data() + range.size(), first);
    if (first >= kFirstUid) taken.insert((first - kFirstUid) / kUidsPerNamespace);
  }
  int block = 0;
  while (taken.contains(block)) ++block;
  return block;
}

/// Each block its own pair of categories: (1,0) (2,0) (2,1) (3,0) ...
std::string categories(int block) {
  int high = 1;
  while (block >= high) block -= high++;
  return fmt::format("s0:c{},c{}", high, block);
}

void give_range(World& world, const ObjectPtr& ns) {
  if (!annotation(*ns, kUidRange).empty()) return;
  const int block = free_block(world);
  const auto range = fmt::format("{}/{}", kFirstUid + block * kUidsPerNamespace, kUidsPerNamespace);
  auto fresh = *ns;
  auto& annotations = child(fresh, {"metadata", "annotations"});
  annotations[kUidRange] = range;
  annotations["openshift.io/sa.scc.supplemental-groups"] = range;
  annotations["openshift.io/sa.scc.mcs"] = categories(block);
  world.put({"namespaces", "", name_of(*ns)}, std::move(fresh));
}

void equip(World& world, const ObjectPtr& ns) {
  const auto name = name_of(*ns);
  if (!world.waited(uid_of(*ns), "equip", world.settings().delays.service_account, name)) return;
  create_if_absent(world, "ServiceAccount", name, {{"metadata", json::object{{"name", "default"}}}});
  create_if_absent(world, "ConfigMap", name,
                   {{"metadata", json::object{{"name", "kube-root-ca.crt"}}},
                    {"data", json::object{{"ca.crt", kRootCertificate}}}});
  if (world.settings().flavour == Flavour::kOpenshift)
    give_range(world, world.store().get({"namespaces", "", name}));
}

/// Deletes everything of one kind in the namespace; how many are still there.
std::size_t clear(World& world, const ResourceType& type, const std::string& ns) {
  for (const auto& object : world.store().list(type.storage, ns)) {
    if (deleting(*object)) continue;
    const auto removed = remove_object(world, type, {type.storage, ns, name_of(*object)},
                                       {.propagation = Propagation::kBackground});
    if (!removed)
      world.log().warning("namespace deletion", {{"namespace", ns}, {"error", removed.error().message}});
  }
  return world.store().list(type.storage, ns).size();
}

struct Remains {
  std::string resources;  // "pods. has 1 resource instances"
  std::string finalizers;
};

Remains remains_of(const World& world, const std::string& ns) {
  Remains out;
  std::map<std::string, int> finalizers;
  for (const auto& storage : world.store().storages()) {
    const auto left = world.store().list(storage, ns);
    const auto* type = world.table().by_storage(storage);
    if (left.empty() || type == nullptr || !type->namespaced) continue;
    out.resources += fmt::format("{}{}.{} has {} resource instances", out.resources.empty() ? "" : ", ",
                                 type->plural, type->group, left.size());
    for (const auto& object : left) {
      for (const auto& finalizer : finalizers_of(*object)) ++finalizers[finalizer];
    }
  }
  for (const auto& [finalizer, count] : finalizers) {
    out.finalizers +=
        fmt::format("{}{} in {} resource instances", out.finalizers.empty() ? "" : ", ", finalizer, count);
  }
  return out;
}

void report(World& world, const std::string& ns, const Remains& remains) {
  const Key key{"namespaces", "", ns};
  const auto before = world.store().get(key);
  auto fresh = *before;
  const auto now = world.timestamp();
  set_condition(fresh,
                {"NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
                 "All resources successfully discovered"},
                now);
  set_condition(fresh,
                {"NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                 "All legacy kube types successfully parsed"},
                now);
  set_condition(fresh,
                {"NamespaceDeletionContentFailure", false, "ContentDeleted",
                 "All content successfully deleted, may be waiting on finalization"},
                now);
  const bool some = !remains.resources.empty();
  set_condition(fresh,
                {"NamespaceContentRemaining", some, some ? "SomeResourcesRemain" : "ContentRemoved",
                 some ? "Some resources are remaining: " + remains.resources
                      : std::string("All content successfully removed")},
                now);
  const bool held = !remains.finalizers.empty();
  set_condition(
      fresh,
      {"NamespaceFinalizersRemaining", held, held ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
       held ? "Some content in the namespace has finalizers remaining: " + remains.finalizers
            : std::string("All content-preserving finalizers finished")},
      now);
  world.put(key, std::move(fresh));
}

void let_go(World& world, const std::string& ns) {
  const Key key{"namespaces", "", ns};
  const auto before = world.store().get(key);
  auto fresh = *before;
  auto& finalizers = child(fresh, {"spec"})["finalizers"];
  if (auto* list = finalizers.if_array()) {
    json::array rest;
    for (auto& one : *list) {
      if (one != json::value("kubernetes")) rest.push_back(one);
    }
    *list = std::move(rest);
  }
  store_change(world, key, std::move(fresh));
}

void take_down(World& world, const ObjectPtr& ns) {
  const auto name = name_of(*ns);
  const auto uid = uid_of(*ns);
  const auto& delays = world.settings().delays;
  if (!world.waited(uid, "pods go", delays.namespace_step, name)) return;
  // Pods first. While one is left nothing else is deleted, and the conditions are not refreshed.
  if (clear(world, *world.table().by_kind("v1", "Pod"), name) > 0) return;
  if (!world.waited(uid, "content goes", delays.namespace_step, name)) return;
  for (const auto& storage : world.store().storages()) {
    const auto* type = world.table().by_storage(storage);
    if (type != nullptr && type->namespaced && type->kind != "Pod") clear(world, *type, name);
  }
  const auto remains = remains_of(world, name);
  report(world, name, remains);
  if (!remains.resources.empty()) return;
  if (world.faults().lasting(FaultKind::kNamespaceStuck, name, name)) return;
  if (!world.waited(uid, "goes", delays.namespace_step, name)) return;
  let_go(world, name);
}

}  // namespace

void run_namespace(World& world, const std::string& ns) {
  const auto object = world.store().get({"namespaces", "", ns});
  if (object == nullptr) return;
  if (deleting(*object)) {
    take_down(world, object);
  } else {
    equip(world, object);
  }
}

}  // namespace berth::simcluster
