#include "planning/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/saturating.hpp"

namespace berth::planning {
namespace {

bool uses_device(const PodSeen& pod, const std::string& namespace_name) {
  return pod.namespace_name == namespace_name && !pod.finished && !pod.gpus.empty();
}

constexpr std::string_view kDeviceInUse = "device_in_use";

/// It has waited longer than those before it take to end.
bool waits_for_device(const DesiredSession& wanted, Instant now) {
  if (wanted.session.phase != model::SessionPhase::kStarting ||
      now - wanted.session.created_at < kHeldDeviceGrace) {
    return false;
  }
  return std::ranges::any_of(wanted.session.steps, [](const model::Step& step) {
    return step.name == model::StepName::kDeviceFree && step.state != model::StepState::kDone;
  });
}

/// "1 of nvidia.com/gpu": of the session's devices, under whatever layout; empty where it is none of them.
std::string what_it_holds(const PodSeen& pod, const DesiredSession& wanted) {
  const auto& booked = wanted.booked;
  if (pod.finished || pod.node != booked.node.kubernetes_name ||
      pod.namespace_name == wanted.session.namespace_name) {
    return {};
  }
  const bool sibling =
      std::ranges::find(booked.sibling_namespaces, pod.namespace_name) != booked.sibling_namespaces.end();
  std::string text;
  for (const auto& [resource, count] : pod.gpus) {
    const bool ours = std::ranges::any_of(
        booked.units, [&](const model::Unit& unit) { return unit.resource_name == resource; });
    if (count == 0 || !(sibling || ours)) continue;
    text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", count, resource);
  }
  return text;
}

/// A pod of another session that has units of its own under the same name, and time to hold them.
bool is_at_home(const PodSeen& pod, const DesiredSession& wanted, const Desired& desired) {
  const auto& siblings = wanted.booked.sibling_namespaces;
  if (std::ranges::find(siblings, pod.namespace_name) != siblings.end()) return false;
  return std::ranges::any_of(desired.sessions, [&](const DesiredSession& other) {
    return other.session.namespace_name == pod.namespace_name &&
           other.session.phase != model::SessionPhase::kStopping;
  });
}

/// For the session's owner to read: not whose pods they are, which is nobody's business but an admin's.
std::optional<std::string> trouble_of(const std::vector<model::Unit>& units, const std::string& node_name,
                                      const std::string& own_namespace, const Observed& observed) {
  std::map<std::string, std::int64_t> needed;
  for (const auto& unit : units) needed[unit.resource_name] += unit.replicas;

  const auto node = observed.node_gpus.find(node_name);
  if (node == observed.node_gpus.end()) {
    return fmt::format("Node {} is not in the cluster or not ready.", node_name);
  }
  for (const auto& [resource, slots] : needed) {
    const auto advertised = node->second.find(resource);
    const auto total = advertised == node->second.end() ? 0 : advertised->second;
    if (total < slots) {
      return fmt::format("Node {} offers {} of {} slots of {}.", node_name, total, slots, resource);
    }
    std::int64_t used = 0;
    for (const auto& pod : observed.pods) {
      if (pod.finished || pod.node != node_name || pod.namespace_name == own_namespace) continue;
      const auto held = pod.gpus.find(resource);
      if (held == pod.gpus.end() || held->second == 0) continue;
      add_devices(used, held->second);
    }
    if (total - used < slots) {
      return fmt::format("The device is still in use: pods outside this session hold {}.", resource);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> device_trouble(const Booked& booked, const std::string& own_namespace,
                                          const Observed& observed) {
  for (const auto& sibling : booked.sibling_namespaces) {
    if (holds_device(sibling, observed))
      return "The device is still in use: pods of another session hold it in another layout.";
  }
  return trouble_of(booked.units, booked.node.kubernetes_name, own_namespace, observed);
}

void tell_of_held_devices(const Desired& desired, const Observed& observed, KeepOutages& keep) {
  std::map<OpenFinding, std::string> told;
  for (const auto& wanted : desired.sessions) {
    const auto& node = wanted.booked.node.kubernetes_name;
    if (!waits_for_device(wanted, desired.now) || !observed.node_gpus.contains(node) ||
        !device_trouble(wanted.booked, wanted.session.namespace_name, observed)) {
      continue;
    }
    for (const auto& pod : observed.pods) {
      const auto held = what_it_holds(pod, wanted);
      if (held.empty() || is_at_home(pod, wanted, desired)) continue;
      told.emplace(
          OpenFinding{std::string(kDeviceInUse), fmt::format("pods/{}/{}", pod.namespace_name, pod.name)},
          fmt::format("Pod {}/{} on node {} holds {}, for which session {} waits.", pod.namespace_name,
                      pod.name, pod.node, held, wanted.session.namespace_name));
    }
  }
  for (const auto& [finding, detail] : told) {
    if (std::ranges::find(desired.findings, finding) != desired.findings.end()) continue;
    keep.report.push_back(
        {finding.kind, finding.object, detail,
         "None: Berth ends no pod of others. The session goes on when the device is free."});
  }
  for (const auto& open : desired.findings) {
    if (open.kind == kDeviceInUse && !told.contains(open)) keep.resolve.push_back({open.kind, open.object});
  }
}

void find_siblings(std::vector<DesiredSession>& sessions) {
  std::map<model::DeviceId, std::vector<std::size_t>> on_device;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    for (const auto& unit : sessions[i].booked.units) on_device[unit.device].push_back(i);
  }
  const auto exclude = [&](const Booked& a, const Booked& b) {
    return std::any_of(a.units.begin(), a.units.end(), [&](const model::Unit& unit) {
      return std::any_of(b.units.begin(), b.units.end(),
                         [&](const model::Unit& other) { return model::are_siblings(unit, other); });
    });
  };
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    std::set<std::string> found;
    for (const auto& unit : sessions[i].booked.units) {
      for (const auto other : on_device.at(unit.device)) {
        if (other != i && exclude(sessions[i].booked, sessions[other].booked)) {
          found.insert(sessions[other].session.namespace_name);
        }
      }
    }
    sessions[i].booked.sibling_namespaces.assign(found.begin(), found.end());
  }
}

std::optional<MoveUnits> move_to_spare_units(const DesiredSession& wanted,
                                             const std::optional<std::vector<std::string>>& laid_out,
                                             const Observed& observed) {
  if (wanted.session.attempt != 1) return std::nullopt;
  const auto& node = wanted.booked.node.kubernetes_name;
  const auto& space = wanted.session.namespace_name;
  const auto is_laid_out = [&](const model::Unit& unit) {
    return !laid_out || std::ranges::find(*laid_out, unit.name) != laid_out->end();
  };
  const auto is_free = [&](const model::Unit& unit) {
    return is_laid_out(unit) && !trouble_of({unit}, node, space, observed);
  };

  MoveUnits move;
  auto units = wanted.booked.units;
  auto spare = wanted.spare_units.begin();
  for (auto& unit : units) {
    if (is_free(unit)) continue;
    spare = std::find_if(spare, wanted.spare_units.end(), is_free);
    if (spare == wanted.spare_units.end()) return std::nullopt;
    move.from.push_back(unit.id);
    move.to.push_back(spare->id);
    move.reason += fmt::format("{}Moved from {} to {}, since {}{} {}.", move.reason.empty() ? "" : " ",
                               unit.name, spare->name, is_laid_out(unit) ? "" : "the card of ", unit.name,
                               is_laid_out(unit) ? "is still in use" : "has another layout");
    unit = *spare++;
  }
  // Units that share a resource name can be free one by one and still be too few together.
  if (move.from.empty() || trouble_of(units, node, space, observed)) return std::nullopt;
  return move;
}

bool holds_device(const std::string& namespace_name, const Observed& observed) {
  return std::any_of(observed.pods.begin(), observed.pods.end(), [&](const PodSeen& pod) {
    return uses_device(pod, namespace_name) && !pod.node.empty();
  });
}

bool may_use_device(const std::string& namespace_name, const Observed& observed) {
  return std::any_of(observed.pods.begin(), observed.pods.end(),
                     [&](const PodSeen& pod) { return uses_device(pod, namespace_name); });
}

void add_devices(std::int64_t& sum, std::int64_t count) {
  sum = saturating_add(sum, count);
}

}  // namespace berth::planning
