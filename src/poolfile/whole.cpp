#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "poolfile/parts.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::poolfile {
namespace {

/// A fault for each name that an earlier one of the list has.
template <typename Items, typename Name>
void check_unique(const Items& items, std::string_view list, std::string_view field, Name name,
                  FieldErrors& faults) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string& text = name(items[i]);
    if (text.empty() || seen.insert(text).second) continue;  // one that was at fault itself is empty
    faults.add(fmt::format("{}[{}].{}", list, i, field), text, "unique", "This name is used twice.");
  }
}

/// As check_unique, for parts of one node whose places in the file are given.
template <typename Item>
void check_unique_on_node(const std::vector<Item>& items, model::NodeId node,
                          const std::vector<std::string>& paths, FieldErrors& faults) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].node != node || items[i].name.empty() || seen.insert(items[i].name).second) continue;
    faults.add(paths[i] + ".name", items[i].name, "unique", "This name is used twice.");
  }
}

/// The device plugin does not tie replicas to tenants: two units under one resource name with replicas are
/// one heap of slots, and two tenants can land on one device. Units that are siblings of each other are never
/// claimed at one time, so they may share a name.
void check_sharing(const model::Pool& pool, const model::Node& node, const Paths& paths,
                   FieldErrors& faults) {
  std::map<std::string, std::vector<std::size_t>> under_name;
  std::map<std::string, bool> replicated;
  for (std::size_t i = 0; i < pool.units.size(); ++i) {
    const auto& unit = pool.units[i];
    if (unit.node != node.id) continue;
    under_name[unit.resource_name].push_back(i);
    replicated[unit.resource_name] = replicated[unit.resource_name] || unit.replicas > 1;
  }
  for (const auto& [resource_name, places] : under_name) {
    if (resource_name.empty() || !replicated[resource_name]) continue;
    std::vector<std::size_t> sharing;
    for (const auto one : places) {
      const bool shares = std::any_of(places.begin(), places.end(), [&](std::size_t other) {
        return other != one && !are_siblings(pool.units[one], pool.units[other]);
      });
      if (shares) sharing.push_back(one);
    }
    if (sharing.empty()) continue;
    faults.add(
        paths.units[sharing[1]] + ".resource_name", resource_name,
        "one unit per resource name, or no replicas",
        fmt::format(
            "{} units of node {} share the resource name {} and have replicas: two tenants could land on one "
            "device. Give each unit a resource name of its own (MIG profiles 1g.24gb, 1g.24gb+me, "
            "1g.24gb+gfx and 1g.24gb-me are advertised apart), or set replicas to 1, or allocate units by "
            "DRA with one ResourceClaim each, or let an admin set policy.allow_cross_tenant_sharing.",
            sharing.size(), node.name, resource_name));
  }
}

/// The system's zones are the list of known ones. Where a machine carries none, the name's form must do.
void check_time_zone(const std::string& zone, FieldErrors& faults) {
  std::error_code error;
  const std::filesystem::path zones = "/usr/share/zoneinfo";
  if (!std::filesystem::is_directory(zones, error) || std::filesystem::is_regular_file(zones / zone, error))
    return;
  faults.add("time_zone", zone, "a time zone of the system", "There is no such time zone.");
}

}  // namespace

void check_whole(const model::Pool& pool, const Paths& paths, FieldErrors& faults) {
  check_time_zone(pool.time_zone, faults);
  check_unique(
      pool.classes, "device_classes", "name",
      [](const auto& item) -> const std::string& { return item.name; }, faults);
  check_unique(
      pool.nodes, "nodes", "name", [](const auto& node) -> const std::string& { return node.name; }, faults);
  check_unique(
      pool.nodes, "nodes", "kubernetes_name",
      [](const auto& node) -> const std::string& { return node.kubernetes_name; }, faults);
  for (const auto& node : pool.nodes) {
    check_unique_on_node(pool.units, node.id, paths.units, faults);
    check_unique_on_node(pool.devices, node.id, paths.devices, faults);
    if (!pool.policy.allow_cross_tenant_sharing) check_sharing(pool, node, paths, faults);
  }
  if (pool.units.size() > kMaxUnits) {
    faults.add("nodes", std::to_string(pool.units.size()), fmt::format("at most {} units", kMaxUnits),
               "The pool has too many units.");
  }
}

}  // namespace berth::poolfile
