#include <algorithm>
#include <set>

#include "simcluster/controllers.hpp"
#include "simcluster/removal.hpp"
#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

struct Found {
  const ResourceType* type;
  ObjectPtr object;
};

std::vector<Found> all_in(const World& world, const std::string& ns) {
  std::vector<Found> out;
  for (const auto& storage : world.store().storages()) {
    const auto* type = world.table().by_storage(storage);
    if (type == nullptr || !type->namespaced) continue;
    for (auto& object : world.store().list(storage, ns)) out.push_back({type, std::move(object)});
  }
  return out;
}

bool owner_lives(const World& world, const std::string& ns, const json::value& owner) {
  const auto* type = world.table().by_kind(string_at(owner, {"apiVersion"}), string_at(owner, {"kind"}));
  if (type == nullptr) return true;  // Not ours to judge.
  const auto object =
      world.store().get({type->storage, type->namespaced ? ns : std::string(), string_at(owner, {"name"})});
  return object != nullptr && uid_of(*object) == string_at(owner, {"uid"});
}

bool has(const std::vector<std::string>& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

void drop_finalizer(World& world, const Found& owner, std::string_view finalizer) {
  const Key key{owner.type->storage, namespace_of(*owner.object), name_of(*owner.object)};
  const auto current = world.store().get(key);
  if (current == nullptr) return;
  auto fresh = *current;
  auto finalizers = finalizers_of(fresh);
  std::erase(finalizers, finalizer);
  set_finalizers(fresh, finalizers);
  store_change(world, key, std::move(fresh));
}

void orphan(World& world, const Found& dependent, const std::string& owner_uid) {
  auto fresh = *dependent.object;
  auto& owners = child(fresh, {"metadata"})["ownerReferences"].get_array();
  json::array rest;
  for (auto& owner : owners) {
    if (string_at(owner, {"uid"}) != owner_uid) rest.push_back(std::move(owner));
  }
  if (rest.empty()) {
    child(fresh, {"metadata"}).erase("ownerReferences");
  } else {
    owners = std::move(rest);
  }
  world.put({dependent.type->storage, namespace_of(*dependent.object), name_of(*dependent.object)},
            std::move(fresh));
}

void remove(World& world, const Found& dependent, Propagation propagation) {
  const Key key{dependent.type->storage, namespace_of(*dependent.object), name_of(*dependent.object)};
  const auto removed = remove_object(world, *dependent.type, key,
                                     {.uid = uid_of(*dependent.object), .propagation = propagation});
  if (!removed && removed.error().code != 404) {
    world.log().warning("garbage collection", {{"object", key.name}, {"error", removed.error().message}});
  }
}

}  // namespace

void run_garbage_collection(World& world, const std::string& ns) {
  const auto objects = all_in(world, ns);
  for (const auto& found : objects) {
    if (!deleting(*found.object)) continue;
    const auto finalizers = finalizers_of(*found.object);
    const auto uid = uid_of(*found.object);
    if (has(finalizers, "orphan")) {
      for (const auto& other : objects) {
        if (owned_by(*other.object, uid)) orphan(world, other, uid);
      }
      drop_finalizer(world, found, "orphan");
    } else if (has(finalizers, "foregroundDeletion")) {
      bool blocked = false;
      for (const auto& other : objects) {
        if (!owned_by(*other.object, uid)) continue;
        if (world.store().contains({other.type->storage, ns, name_of(*other.object)})) blocked = true;
        if (!deleting(*other.object)) remove(world, other, Propagation::kForeground);
      }
      if (!blocked) drop_finalizer(world, found, "foregroundDeletion");
    }
  }
  for (const auto& found : all_in(world, ns)) {
    const auto& owners = items(*found.object, {"metadata", "ownerReferences"});
    if (owners.empty() || deleting(*found.object)) continue;
    const bool alive =
        std::ranges::any_of(owners, [&](const json::value& owner) { return owner_lives(world, ns, owner); });
    if (!alive) remove(world, found, Propagation::kBackground);
  }
}

}  // namespace berth::simcluster
