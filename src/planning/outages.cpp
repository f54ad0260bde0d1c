#include "planning/outages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "planning/devices.hpp"
#include "planning/layouts.hpp"

namespace berth::planning {
namespace {

constexpr std::string_view kNodeAway = "node_away";
constexpr std::string_view kDevicesMissing = "devices_missing";
constexpr std::string_view kLabelDiffers = "label_differs";

bool is_of_outages(const OpenFinding& open) {
  return open.kind == kNodeAway || open.kind == kDevicesMissing || open.kind == kLabelDiffers;
}

/// What stands between a unit and its use, in a sentence.
struct Trouble {
  OpenFinding finding;
  std::string why;
};

std::int64_t offered_of(const DeclaredUnit& unit, const Observed& observed) {
  const auto node = observed.node_gpus.find(unit.node);
  if (node == observed.node_gpus.end()) return 0;
  const auto found = node->second.find(unit.resource_name);
  return found == node->second.end() ? 0 : found->second;
}

/// What was declared of one cluster, as it is compared with what nodes offer.
class Declaration {
 public:
  explicit Declaration(const Desired& desired, const Observed& observed) : observed_(observed) {
    for (const auto& unit : desired.units) {
      if (!unit.in_service) continue;
      if (!unit.has_siblings) replicas_[{unit.node, unit.resource_name}] += unit.replicas;
      if (offered_of(unit, observed) > 0) offering_.insert(unit.device);
    }
  }

  std::vector<Trouble> troubles_of(const DeclaredUnit& unit) const {
    if (!unit.in_service) return {};
    if (auto away = node_trouble(unit.node, observed_))
      return {{{std::string(kNodeAway), "nodes/" + unit.node}, std::move(*away)}};
    auto troubles = labels_of(unit);
    if (auto missing = devices_of(unit)) troubles.push_back(std::move(*missing));
    return troubles;
  }

 private:
  std::vector<Trouble> labels_of(const DeclaredUnit& unit) const {
    std::vector<Trouble> troubles;
    const auto node = observed_.node_objects.find(unit.node);
    if (node == observed_.node_objects.end()) return troubles;
    for (const auto& [key, value] : unit.labels) {
      const auto is = find_string(*node->second, {"metadata", "labels", key});
      if (is == value) continue;
      troubles.push_back(
          {{std::string(kLabelDiffers), fmt::format("nodes/{}/labels/{}", unit.node, key)},
           is ? fmt::format("Node {} has label {}={}, and {} is declared.", unit.node, key, *is, value)
              : fmt::format("Node {} has no label {}, and {} is declared.", unit.node, key, value)});
    }
    return troubles;
  }

  /// Units with a name in common are seen together: which of them is missing nobody can tell, so all are.
  std::optional<Trouble> devices_of(const DeclaredUnit& unit) const {
    OpenFinding finding{std::string(kDevicesMissing),
                        fmt::format("nodes/{}/{}", unit.node, unit.resource_name)};
    if (unit.has_siblings) {
      // A card that is cut otherwise now offers what its other layout has, and none of this; one that offers
      // nothing of any layout is not there.
      if (offering_.contains(unit.device)) return std::nullopt;
      return Trouble{std::move(finding), fmt::format("Node {} offers no {}, and nothing else of its card.",
                                                     unit.node, unit.resource_name)};
    }
    const auto offered = offered_of(unit, observed_);
    const auto declared = replicas_.at({unit.node, unit.resource_name});
    if (offered >= declared) return std::nullopt;
    return Trouble{std::move(finding), fmt::format("Node {} offers {} of {} {}.", unit.node, offered,
                                                   declared, unit.resource_name)};
  }

  const Observed& observed_;
  std::map<std::pair<std::string, std::string>, std::int64_t> replicas_;
  std::set<model::DeviceId> offering_;
};

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
  const Declaration declaration(desired, observed);
  KeepOutages keep;
  std::map<OpenFinding, std::string> told;
  std::map<std::string, std::optional<std::string>> changes;  // by node
  for (const auto& unit : desired.units) {
    if (!changes.contains(unit.node)) changes[unit.node] = layout_change(unit.node, desired, observed);
  }
  for (const auto& unit : desired.units) {
    // What a node offers while its layout is changed says nothing: all of it is away, by somebody's word.
    const auto& change = changes.at(unit.node);
    if (unit.in_service && change && !node_trouble(unit.node, observed)) {
      if (!unit.out) keep.begin.push_back({unit.unit, *change});
      continue;
    }
    const auto troubles = declaration.troubles_of(unit);
    if (troubles.empty() && unit.out) keep.end.push_back(unit.unit);
    const auto lasting =
        std::ranges::find_if(troubles, [&](const Trouble& one) { return has_lasted(one.finding, desired); });
    if (!unit.out && lasting != troubles.end()) keep.begin.push_back({unit.unit, lasting->why});
    for (const auto& one : troubles) told.emplace(one.finding, one.why);
  }
  for (const auto& [finding, why] : told) {
    if (std::ranges::find(desired.findings, finding) != desired.findings.end()) continue;
    keep.report.push_back({finding.kind, finding.object, why,
                           fmt::format("Its units are out of service once this has lasted {} s, until the "
                                       "cluster offers them again.",
                                       kOutageGrace.count())});
  }
  for (const auto& open : desired.findings) {
    if (is_of_outages(open) && !told.contains(open)) keep.resolve.push_back({open.kind, open.object});
  }
  tell_of_held_devices(desired, observed, keep);
  if (keep.begin.empty() && keep.end.empty() && keep.report.empty() && keep.resolve.empty())
    return std::nullopt;
  return keep;
}

std::optional<Instant> next_outage(const Desired& desired) {
  std::optional<Instant> next;
  for (const auto& open : desired.findings) {
    const auto at = open.since + kOutageGrace;
    if (!is_of_outages(open) || at <= desired.now) continue;
    next = std::min(next.value_or(at), at);
  }
  return next;
}

}  // namespace berth::planning
