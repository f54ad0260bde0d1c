#include <fmt/format.h>

#include <algorithm>

#include "base/kube_quantity.hpp"
#include "simcluster/claims.hpp"
#include "simcluster/controllers.hpp"
#include "simcluster/removal.hpp"
#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kSelectedNode = "volume.kubernetes.io/selected-node";

bool waits_for_consumer(const json::object& storage_class) {
  return text(storage_class, {"volumeBindingMode"}) == "WaitForFirstConsumer";
}

ObjectPtr storage_class_of(const World& world, const json::object& claim) {
  return world.store().get({"storageclasses.storage.k8s.io", "", text(claim, {"spec", "storageClassName"})});
}

bool is_finished(const json::object& pod) {
  const auto phase = text(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

/// The pods that mount the claim and have not finished.
std::vector<ObjectPtr> users_of(const World& world, const json::object& claim) {
  std::vector<ObjectPtr> out;
  for (const auto& pod : world.store().list("pods", namespace_of(claim))) {
    if (is_finished(*pod)) continue;
    const auto names = claims_of(*pod);
    if (std::ranges::find(names, name_of(claim)) != names.end()) out.push_back(pod);
  }
  return out;
}

json::object volume_for(const World& world, const json::object& claim, const json::object& storage_class,
                        const std::string& name) {
  json::object spec{
      {"capacity", json::object{{"storage", claim.at("spec").at("resources").at("requests").at("storage")}}},
      {"accessModes", claim.at("spec").at("accessModes")},
      {"persistentVolumeReclaimPolicy", text(storage_class, {"reclaimPolicy"})},
      {"storageClassName", name_of(storage_class)},
      {"volumeMode", text(claim, {"spec", "volumeMode"})},
      {"claimRef", json::object{{"apiVersion", "v1"},
                                {"kind", "PersistentVolumeClaim"},
                                {"namespace", namespace_of(claim)},
                                {"name", name_of(claim)},
                                {"uid", uid_of(claim)}}},
      {"csi", json::object{{"driver", text(storage_class, {"provisioner"})}, {"volumeHandle", name}}}};
  json::object metadata{{"name", name},
                        {"annotations", json::object{{"pv.kubernetes.io/provisioned-by",
                                                      text(storage_class, {"provisioner"})}}},
                        {"finalizers", json::array{"kubernetes.io/pv-protection"}}};
  (void)world;
  return {{"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
}

/// A volume that was promised to a claim of that name, whichever it is, and that is as large; empty: none.
std::string promised_volume(const World& world, const json::object& claim) {
  const auto asked = parse_kube_quantity(text(claim, {"spec", "resources", "requests", "storage"}));
  for (const auto& volume : world.store().list("persistentvolumes")) {
    const auto has = parse_kube_quantity(text(*volume, {"spec", "capacity", "storage"}));
    if (!deleting(*volume) && text(*volume, {"spec", "claimRef", "namespace"}) == namespace_of(claim) &&
        text(*volume, {"spec", "claimRef", "name"}) == name_of(claim) &&
        text(*volume, {"spec", "claimRef", "uid"}).empty() &&
        text(*volume, {"spec", "storageClassName"}) == text(claim, {"spec", "storageClassName"}) && asked &&
        has && asked->nano <= has->nano) {
      return name_of(*volume);
    }
  }
  return {};
}

void keep_promise(World& world, const std::string& name, const json::object& claim) {
  const Key key{"persistentvolumes", "", name};
  auto bound = *world.store().get(key);
  child(bound, {"spec", "claimRef"})["uid"] = uid_of(claim);
  child(bound, {"status"})["phase"] = "Bound";
  world.put(key, std::move(bound));
}

void bind_claim(World& world, const ObjectPtr& claim, const json::object& storage_class,
                const std::string& node) {
  const auto promised = promised_volume(world, *claim);
  if (!promised.empty()) keep_promise(world, promised, *claim);
  const auto volume = promised.empty() ? "pvc-" + uid_of(*claim) : promised;
  const Key volume_key{"persistentvolumes", "", volume};
  if (!world.store().contains(volume_key)) {
    const auto made =
        create_object(world, *world.table().by_kind("v1", "PersistentVolume"), "",
                      volume_for(world, *claim, storage_class, volume), {.manager = "csi-provisioner"});
    if (!made) {
      world.log().warning("volume controller", {{"claim", name_of(*claim)}, {"error", made.error().message}});
      return;
    }
    auto bound = *world.store().get(volume_key);
    child(bound, {"status"})["phase"] = "Bound";
    world.put(volume_key, std::move(bound));
  }
  auto fresh = *claim;
  child(fresh, {"spec"})["volumeName"] = volume;
  auto& annotations = child(fresh, {"metadata", "annotations"});
  annotations["pv.kubernetes.io/bind-completed"] = "yes";
  annotations["pv.kubernetes.io/bound-by-controller"] = "yes";
  annotations["volume.kubernetes.io/storage-provisioner"] = text(storage_class, {"provisioner"});
  if (!node.empty()) annotations[kSelectedNode] = node;
  auto& status = child(fresh, {"status"});
  status["phase"] = "Bound";
  status["accessModes"] = fresh.at("spec").at("accessModes");
  child(status, {"capacity"})["storage"] =
      world.store().get(volume_key)->at("spec").at("capacity").at("storage");
  world.put({"persistentvolumeclaims", namespace_of(*claim), name_of(*claim)}, std::move(fresh));
}

void run_claim(World& world, const std::string& ns, const ObjectPtr& claim) {
  const auto users = users_of(world, *claim);
  if (deleting(*claim)) {
    auto finalizers = finalizers_of(*claim);
    if (!users.empty() || std::erase(finalizers, "kubernetes.io/pvc-protection") == 0) return;
    auto fresh = *claim;
    set_finalizers(fresh, finalizers);
    store_change(world, {"persistentvolumeclaims", ns, name_of(*claim)}, std::move(fresh));
    return;
  }
  if (text(*claim, {"status", "phase"}) == "Bound") return;
  const auto storage_class = storage_class_of(world, *claim);
  if (storage_class == nullptr) return;
  std::string node;
  if (promised_volume(world, *claim).empty() && waits_for_consumer(*storage_class)) {
    for (const auto& pod : users) node = node.empty() ? text(*pod, {"spec", "nodeName"}) : node;
    if (node.empty()) return;
  }
  if (world.waited(uid_of(*claim), "bind", world.settings().delays.volume, ns))
    bind_claim(world, claim, *storage_class, node);
}

/// Volumes whose claim is gone go too, or are kept as Released, as their class says.
void run_volume(World& world, const ObjectPtr& volume) {
  const Key key{"persistentvolumes", "", name_of(*volume)};
  if (!deleting(*volume)) {
    const auto claim =
        world.store().get({"persistentvolumeclaims", text(*volume, {"spec", "claimRef", "namespace"}),
                           text(*volume, {"spec", "claimRef", "name"})});
    const bool bound = claim != nullptr && uid_of(*claim) == text(*volume, {"spec", "claimRef", "uid"});
    const auto phase = text(*volume, {"status", "phase"});
    if (bound || text(*volume, {"spec", "claimRef", "name"}).empty()) return;
    if (text(*volume, {"spec", "claimRef", "uid"}).empty()) {
      if (phase == "Available") return;
      auto fresh = *volume;
      child(fresh, {"status"})["phase"] = "Available";
      world.put(key, std::move(fresh));
      return;
    }
    if (phase == "Released" && text(*volume, {"spec", "persistentVolumeReclaimPolicy"}) != "Delete") return;
    if (text(*volume, {"spec", "persistentVolumeReclaimPolicy"}) != "Delete") {
      auto fresh = *volume;
      child(fresh, {"status"})["phase"] = "Released";
      world.put(key, std::move(fresh));
      return;
    }
    const auto removed = remove_object(world, *world.table().by_kind("v1", "PersistentVolume"), key, {});
    if (!removed) return;
  }
  const auto current = world.store().get(key);
  if (current == nullptr) return;
  auto finalizers = finalizers_of(*current);
  if (std::erase(finalizers, "kubernetes.io/pv-protection") == 0) return;
  auto fresh = *current;
  set_finalizers(fresh, finalizers);
  store_change(world, key, std::move(fresh));
}

}  // namespace

std::vector<std::string> claims_of(const json::object& pod) {
  std::vector<std::string> out;
  for (const auto& volume : items(pod, {"spec", "volumes"})) {
    if (auto name = string_at(volume, {"persistentVolumeClaim", "claimName"}); !name.empty())
      out.push_back(std::move(name));
  }
  return out;
}

std::string claims_problem(const World& world, const json::object& pod) {
  for (const auto& name : claims_of(pod)) {
    const auto claim = world.store().get({"persistentvolumeclaims", namespace_of(pod), name});
    if (claim == nullptr) return fmt::format("persistentvolumeclaim \"{}\" not found", name);
    if (deleting(*claim)) return fmt::format("persistentvolumeclaim \"{}\" is being deleted", name);
    if (text(*claim, {"status", "phase"}) == "Bound") continue;
    const auto storage_class = storage_class_of(world, *claim);
    if (storage_class == nullptr || !waits_for_consumer(*storage_class)) {
      return "pod has unbound immediate PersistentVolumeClaims";
    }
  }
  return {};
}

bool all_claims_bound(const World& world, const json::object& pod) {
  return std::ranges::all_of(claims_of(pod), [&](const std::string& name) {
    const auto claim = world.store().get({"persistentvolumeclaims", namespace_of(pod), name});
    return claim != nullptr && text(*claim, {"status", "phase"}) == "Bound";
  });
}

void run_volumes(World& world, const std::string& ns) {
  if (!ns.empty()) {
    for (const auto& claim : world.store().list("persistentvolumeclaims", ns)) run_claim(world, ns, claim);
  }
  for (const auto& volume : world.store().list("persistentvolumes")) run_volume(world, volume);
}

}  // namespace berth::simcluster
