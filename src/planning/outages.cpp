#include "planning/outages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "planning/devices.hpp"

namespace berth::planning {
namespace {

constexpr std::string_view kNodeAway = "node_away";
constexpr std::string_view kDevicesMissing = "devices_missing";

/// Why a unit cannot be used, in a sentence. Units with a name in common are seen together: which of them is
/// missing nobody can tell, so all are.
std::optional<std::string> why_out(const DeclaredUnit& unit, std::int64_t declared,
                                   const Observed& observed) {
  if (!unit.in_service) return std::nullopt;
  if (auto trouble = node_trouble(unit.node, observed)) return trouble;
  // A card that is cut otherwise now offers what its other layout has, and none of this.
  if (unit.has_siblings) return std::nullopt;
  std::int64_t offered = 0;
  if (const auto node = observed.node_gpus.find(unit.node); node != observed.node_gpus.end()) {
    const auto found = node->second.find(unit.resource_name);
    if (found != node->second.end()) offered = found->second;
  }
  if (offered >= declared) return std::nullopt;
  return fmt::format("Node {} offers {} of {} {}.", unit.node, offered, declared, unit.resource_name);
}

/// Since the finding was opened: rows outlive this process, and a node that is gone says nothing itself.
bool has_lasted(const OpenFinding& finding, const Desired& desired) {
  const auto open = std::ranges::find(desired.findings, finding);
  return open != desired.findings.end() && desired.now - open->since >= kOutageGrace;
}

}  // namespace

std::optional<std::string> node_trouble(const std::string& node, const Observed& observed) {
  const auto seen = observed.nodes.find(node);
  if (seen == observed.nodes.end()) return fmt::format("Node {} is not in the cluster.", node);
  if (!seen->second) return fmt::format("Node {} is not ready.", node);
  return std::nullopt;
}

std::optional<KeepOutages> plan_outages(const Desired& desired, const Observed& observed) {
  if (!observed.watch_trouble.empty()) return std::nullopt;
  std::map<std::pair<std::string, std::string>, std::int64_t> declared;
  for (const auto& unit : desired.units) {
    if (!unit.has_siblings && unit.in_service) declared[{unit.node, unit.resource_name}] += unit.replicas;
  }
  KeepOutages keep;
  std::map<OpenFinding, std::string> told;
  for (const auto& unit : desired.units) {
    const auto why = why_out(unit, declared[{unit.node, unit.resource_name}], observed);
    if (!why && unit.out) keep.end.push_back(unit.unit);
    if (!why) continue;
    const bool node = node_trouble(unit.node, observed).has_value();
    const auto object =
        node ? "nodes/" + unit.node : fmt::format("nodes/{}/{}", unit.node, unit.resource_name);
    const OpenFinding finding{std::string(node ? kNodeAway : kDevicesMissing), object};
    if (!unit.out && has_lasted(finding, desired)) keep.begin.push_back({unit.unit, *why});
    told.emplace(finding, *why);
  }
  for (const auto& [finding, why] : told) {
    if (std::ranges::find(desired.findings, finding) != desired.findings.end()) continue;
    keep.report.push_back({finding.kind, finding.object, why,
                           fmt::format("Its units are out of service once this has lasted {} s, until the "
                                       "cluster offers them again.",
                                       kOutageGrace.count())});
  }
  for (const auto& open : desired.findings) {
    if ((open.kind == kNodeAway || open.kind == kDevicesMissing) && !told.contains(open))
      keep.resolve.push_back({open.kind, open.object});
  }
  tell_of_held_devices(desired, observed, keep);
  if (keep.begin.empty() && keep.end.empty() && keep.report.empty() && keep.resolve.empty())
    return std::nullopt;
  return keep;
}

}  // namespace berth::planning
