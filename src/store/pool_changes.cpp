#include "store/pool_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "poolfile/poolfile.hpp"

namespace berth::store {
namespace {

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// Lists of named things are compared by name; what they are called in a sentence.
std::string_view word_for(std::string_view list) {
  if (list == "device_classes") return "device class";
  if (list == "nodes") return "node";
  if (list == "devices") return "device";
  if (list == "units") return "unit";
  return {};
}

std::string shown(const json::value& value) {
  return value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value);
}

std::string name_of(const json::value& item) {
  return string_at(item, {"name"});
}

class Differences {
 public:
  std::vector<std::string> take() { return std::move(sentences_); }

  void objects(const std::string& what, const std::string& path, const json::object& before,
               const json::object& after) {
    for (const auto& [key, now] : after) {
      const auto* was = before.if_contains(key);
      if (was == nullptr || *was == now) continue;
      const auto word = word_for(key);
      if (!word.empty()) {
        named(std::string(word), what, was->as_array(), now.as_array());
      } else if (was->is_object() && now.is_object()) {
        objects(what, path + std::string(key) + ".", was->as_object(), now.as_object());
      } else {
        sentences_.push_back(capitalised(fmt::format("{}: {}{} was {}, is {}.", what, path,
                                                     std::string_view(key), shown(*was), shown(now))));
      }
    }
  }

 private:
  void named(const std::string& word, const std::string& parent, const json::array& before,
             const json::array& after) {
    const auto full = [&](const json::value& item) {
      return word == "unit" || word == "device" ? fmt::format("{} {} of {}", word, name_of(item), parent)
                                                : fmt::format("{} {}", word, name_of(item));
    };
    std::vector<std::string> kept_before;
    std::vector<std::string> kept_after;
    for (const auto& was : before) {
      if (find_named(after, name_of(was)) == nullptr) {
        sentences_.push_back(capitalised(full(was)) + " is retired.");
      } else {
        kept_before.push_back(name_of(was));
      }
    }
    for (const auto& now : after) {
      const auto* was = find_named(before, name_of(now));
      if (was == nullptr) {
        sentences_.push_back(capitalised(full(now)) + " is new.");
        if (word == "node") {
          named("device", full(now), {}, now.at("devices").as_array());
          named("unit", full(now), {}, now.at("units").as_array());
        }
        continue;
      }
      kept_after.push_back(name_of(now));
      objects(full(now), "", was->as_object(), now.as_object());
    }
    if (word == "device class" && kept_before != kept_after) {
      sentences_.emplace_back("The order of the device classes changes.");
    }
  }

  static const json::value* find_named(const json::array& items, const std::string& name) {
    const auto found = std::find_if(items.begin(), items.end(),
                                    [&](const json::value& item) { return name_of(item) == name; });
    return found == items.end() ? nullptr : &*found;
  }

  std::vector<std::string> sentences_;
};

/// As poolfile::to_json, with units beside the devices that they name: one that is laid on another device has
/// changed, and is not another one.
json::object with_units_beside_devices(const model::Pool& pool) {
  auto out = poolfile::to_json(pool);
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

/// A fact of the site that a session's objects are made of for good: a claim's storage class and a binding's
/// role cannot be changed, and what one flavour makes the other neither looks at nor takes away.
struct Fixed {
  std::string_view field;
  std::string_view (*of)(const model::Site&);
};
constexpr Fixed kFixedUnderSessions[] = {
    {"site.flavour", [](const model::Site& site) { return model::to_string(site.flavour); }},
    {"site.storage_class", [](const model::Site& site) { return std::string_view(site.storage_class); }},
    {"site.scc", [](const model::Site& site) { return std::string_view(site.scc); }},
};

void check_site(const model::Site& before, const model::Site& after, std::int64_t with_sessions,
                std::vector<std::string>& conflicts) {
  if (with_sessions == 0) return;
  for (const auto& fixed : kFixedUnderSessions) {
    const auto was = fixed.of(before);
    const auto is = fixed.of(after);
    if (was == is) continue;
    conflicts.push_back(fmt::format(
        "The pool's {} cannot change from \"{}\" to \"{}\" while {} {} a session that is not Gone.",
        fixed.field, was, is,
        with_sessions == 1 ? "1 reservation" : fmt::format("{} reservations", with_sessions),
        with_sessions == 1 ? "has" : "have"));
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
                                        std::span<const booking::Holding> holdings,
                                        std::int64_t with_sessions) {
  std::vector<std::string> conflicts;
  check_site(before.site, after.site, with_sessions, conflicts);
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
