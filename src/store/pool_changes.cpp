#include "store/pool_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "poolfile/poolfile.hpp"
#include "store/differences.hpp"

namespace berth::store {
namespace {

/// As poolfile::to_json, with units beside the devices that they name: one that is laid on another device has
/// changed, and is not another one.
json::object with_units_beside_devices(const model::Pool& pool) {
  auto out = poolfile::to_json(pool);
  // Which are left out where no home is kept.
  auto& policy = out.at("policy").as_object();
  policy["keep_home_days"] = pool.policy.homes.days;
  policy["keep_home_count"] = pool.policy.homes.count;
  policy["keep_home_max_gib"] =
      pool.policy.homes.most ? json::value(pool.policy.homes.most->value) : json::value(nullptr);
  for (auto& node : out.at("nodes").as_array()) {
    json::array units;
    for (auto& device : node.at("devices").as_array()) {
      auto moved = std::move(device.at("units").as_array());
      device.as_object().erase("units");
      for (auto& unit : moved) {
        unit.as_object()["device"] = device.at("name");
        units.push_back(std::move(unit));
      }
    }
    node.as_object()["units"] = std::move(units);
  }
  return out;
}

const model::Node* node_named(const model::Pool& pool, const std::string& name) {
  const auto found = std::find_if(pool.nodes.begin(), pool.nodes.end(), [&](const model::Node& node) {
    return node.name == name && !node.retired;
  });
  return found == pool.nodes.end() ? nullptr : &*found;
}

const model::Unit* unit_named(const model::Pool& pool, const model::Node& node, const std::string& name) {
  const auto found = std::find_if(pool.units.begin(), pool.units.end(), [&](const model::Unit& unit) {
    return unit.node == node.id && unit.name == name && !unit.retired;
  });
  return found == pool.units.end() ? nullptr : &*found;
}

std::string named(const booking::Holding& holding) {
  return fmt::format("reservation {} ({} to {})", holding.reservation.value,
                     format_rfc3339(holding.during.start), format_rfc3339(holding.during.end));
}

/// Why this holding cannot go on under `after`, or "".
std::string conflict_of(const model::Pool& before, const model::Pool& after,
                        const booking::Holding& holding) {
  const auto* node_before = before.find_node(holding.node);
  const auto* node = node_before == nullptr ? nullptr : node_named(after, node_before->name);
  if (node_before == nullptr || node == nullptr) {
    return fmt::format("Node {} is held by {}.", node_before == nullptr ? "?" : node_before->name,
                       named(holding));
  }
  if (!holding.movable && node->kubernetes_name != node_before->kubernetes_name) {
    return fmt::format("Node {} cannot change its Kubernetes name under {}, which has begun.", node->name,
                       named(holding));
  }
  const auto* class_before = before.find_class(holding.device_class);
  const auto* class_after = class_before == nullptr ? nullptr : after.find_class(class_before->name);
  if (class_after != nullptr && holding.load.storage < class_after->least_storage()) {
    return fmt::format(
        "Home and model cache of device class {} cannot take {} GiB under {}, which has {} GiB of storage.",
        class_after->name, class_after->least_storage().value, named(holding), holding.load.storage.value);
  }
  for (const auto id : holding.units) {
    const auto* unit_before = before.find_unit(id);
    const auto* unit = unit_before == nullptr ? nullptr : unit_named(after, *node, unit_before->name);
    if (unit_before == nullptr || unit == nullptr) {
      return fmt::format("Unit {} of node {} is held by {}.",
                         unit_before == nullptr ? "?" : unit_before->name, node->name, named(holding));
    }
    const auto* device_class = after.find_class(unit->device_class);
    if (device_class == nullptr || class_before == nullptr || device_class->name != class_before->name) {
      return fmt::format("Unit {} of node {} cannot change its device class under {}.", unit->name,
                         node->name, named(holding));
    }
    const bool same_device =
        unit->resource_name == unit_before->resource_name && unit->replicas == unit_before->replicas;
    if (!holding.movable && !same_device) {
      return fmt::format(
          "Unit {} of node {} cannot change its resource name or replicas under {}, which has begun.",
          unit->name, node->name, named(holding));
    }
  }
  return {};
}

/// A unit under `after` that a holding keeps.
struct Kept {
  const booking::Holding* holding;
  const model::Unit* unit;
};

std::vector<Kept> kept_units(const model::Pool& before, const model::Pool& after,
                             std::span<const booking::Holding> holdings) {
  std::vector<Kept> kept;
  for (const auto& holding : holdings) {
    const auto* node_before = before.find_node(holding.node);
    const auto* node = node_before == nullptr ? nullptr : node_named(after, node_before->name);
    if (node == nullptr) continue;
    for (const auto id : holding.units) {
      const auto* unit_before = before.find_unit(id);
      const auto* unit = unit_before == nullptr ? nullptr : unit_named(after, *node, unit_before->name);
      if (unit != nullptr) kept.push_back({&holding, unit});
    }
  }
  return kept;
}

/// A sentence for each two claims of one time that would come to lie on the same slots of a device. Claims go
/// along with their units, so all others stand as they are.
void check_layouts(const std::vector<Kept>& kept, std::vector<std::string>& conflicts) {
  std::map<model::DeviceId, std::vector<const Kept*>> on_device;
  for (const auto& one : kept) {
    auto& others = on_device[one.unit->device];
    for (const auto* other : others) {
      if (!model::are_siblings(*one.unit, *other->unit)) continue;
      if (!one.holding->during.overlaps(other->holding->during)) continue;
      conflicts.push_back(fmt::format("Units {} and {} cannot be laid over each other under {} and {}.",
                                      other->unit->name, one.unit->name, named(*other->holding),
                                      named(*one.holding)));
    }
    others.push_back(&one);
  }
}

struct Measure {
  std::string_view name;
  std::int64_t (*of)(const Load&);
};
constexpr Measure kMeasures[] = {
    {"thousandths of a core", [](const Load& load) { return load.cpu.value; }},
    {"GiB of memory", [](const Load& load) { return load.memory.value; }},
    {"GiB of storage", [](const Load& load) { return load.storage.value; }},
};

/// A sentence for a node that is too small for what it holds at some instant. Load rises only where a holding
/// starts.
void check_capacity(const model::Node& before, const model::Node& after,
                    std::span<const booking::Holding> holdings, std::vector<std::string>& conflicts) {
  for (const auto& measure : kMeasures) {
    const auto room = measure.of(after.bookable());
    if (room >= measure.of(before.bookable())) continue;
    std::map<Instant, std::int64_t> steps;
    for (const auto& holding : holdings) {
      if (holding.node != before.id) continue;
      steps[holding.during.start] += measure.of(holding.load);
      steps[holding.during.end] -= measure.of(holding.load);
    }
    std::int64_t held = 0;
    for (const auto& [at, change] : steps) {
      held += change;
      if (held <= room) continue;
      const auto peak_at = at;
      const auto holder =
          std::find_if(holdings.begin(), holdings.end(), [&](const booking::Holding& holding) {
            return holding.node == before.id && holding.during.contains(peak_at);
          });
      conflicts.push_back(
          fmt::format("Node {} would have {} {} to give, but {} are held at {}, among others by {}.",
                      before.name, room, measure.name, held, format_rfc3339(peak_at), named(*holder)));
      break;
    }
  }
}

}  // namespace

std::vector<std::string> describe_changes(const model::Pool& before, const model::Pool& after) {
  Differences differences;
  differences.objects(fmt::format("pool {}", after.name), "", with_units_beside_devices(before),
                      with_units_beside_devices(after));
  return differences.take();
}

std::vector<std::string> find_conflicts(const model::Pool& before, const model::Pool& after,
                                        std::span<const booking::Holding> holdings) {
  std::vector<std::string> conflicts;
  for (const auto& holding : holdings) {
    auto conflict = conflict_of(before, after, holding);
    if (conflict.empty() && !holding.movable && before.cluster != after.cluster) {
      conflict = fmt::format("The pool cannot change its cluster under {}, which has begun.", named(holding));
    }
    if (!conflict.empty()) conflicts.push_back(std::move(conflict));
  }
  check_layouts(kept_units(before, after, holdings), conflicts);
  for (const auto& node_before : before.nodes) {
    const auto* node = node_named(after, node_before.name);
    if (node != nullptr && !node_before.retired) check_capacity(node_before, *node, holdings, conflicts);
  }
  if (conflicts.size() > kMaxNamedConflicts) {
    const auto more = conflicts.size() - kMaxNamedConflicts;
    conflicts.resize(kMaxNamedConflicts);
    conflicts.push_back(fmt::format("And {} more.", more));
  }
  return conflicts;
}

}  // namespace berth::store
