#include "simcluster/controllers.hpp"
#include "simcluster/quota.hpp"

namespace berth::simcluster {
namespace {

Amounts used_in(const World& world, const std::string& ns, const json::object& quota, const Amounts& hard) {
  Amounts used;
  for (const auto& key : counted_keys(hard)) used[key] = whole(0);
  for (const auto& storage : world.store().storages()) {
    const auto* type = world.table().by_storage(storage);
    if (type == nullptr || !type->namespaced) continue;
    for (const auto& object : world.store().list(storage, ns)) {
      if (!in_scope(quota, *object, *type)) continue;
      for (const auto& [key, amount] : quota_usage(*object, *type, world.now())) {
        if (const auto at = used.find(key); at != used.end()) at->second = at->second + amount;
      }
    }
  }
  return used;
}

json::value part(const json::object& object, std::string_view group, std::string_view name) {
  const auto* value = find(object, {group, name});
  return value == nullptr ? json::value(json::object{}) : *value;
}

}  // namespace

void run_quotas(World& world, const std::string& ns) {
  for (const auto& quota : world.store().list("resourcequotas", ns)) {
    if (deleting(*quota)) continue;
    const auto hard = part(*quota, "spec", "hard");
    const json::value used(to_json(used_in(world, ns, *quota, amounts_of(&hard))));
    const auto uid = uid_of(*quota);
    if (part(*quota, "status", "hard") == hard && part(*quota, "status", "used") == used) {
      world.forget_wait(uid, "sync");
      continue;
    }
    if (world.faults().lasting(FaultKind::kQuotaStalled, ns, name_of(*quota))) continue;
    if (!world.waited(uid, "sync", world.settings().delays.quota, ns)) continue;
    world.forget_wait(uid, "sync");
    auto fresh = *quota;
    auto& status = child(fresh, {"status"});
    status["hard"] = hard;
    status["used"] = used;
    world.put({"resourcequotas", ns, name_of(*quota)}, std::move(fresh));
  }
}

}  // namespace berth::simcluster
