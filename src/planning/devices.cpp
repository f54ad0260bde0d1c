#include "planning/devices.hpp"

#include <fmt/format.h>

namespace berth::planning {

std::optional<std::string> device_trouble(const Booked& booked, const std::string& own_namespace,
                                          const Observed& observed) {
  std::map<std::string, std::int64_t> needed;
  for (const auto& unit : booked.units) needed[unit.resource_name] += unit.replicas;

  const auto node = observed.node_gpus.find(booked.node.kubernetes_name);
  if (node == observed.node_gpus.end()) {
    return fmt::format("Node {} is not in the cluster or not ready.", booked.node.kubernetes_name);
  }
  for (const auto& [resource, slots] : needed) {
    const auto advertised = node->second.find(resource);
    const auto total = advertised == node->second.end() ? 0 : advertised->second;
    if (total < slots) {
      return fmt::format("Node {} offers {} of {} slots of {}.", booked.node.kubernetes_name, total, slots, resource);
    }
    std::int64_t used = 0;
    std::string holder;
    for (const auto& pod : observed.pods) {
      if (pod.finished || pod.node != booked.node.kubernetes_name || pod.namespace_name == own_namespace) continue;
      const auto held = pod.gpus.find(resource);
      if (held == pod.gpus.end() || held->second == 0) continue;
      used += held->second;
      holder = fmt::format("{}/{}", pod.namespace_name, pod.name);
    }
    if (total - used < slots) {
      return fmt::format("The device is still in use: pod {} holds {}.", holder, resource);
    }
  }
  return std::nullopt;
}

bool holds_device(const std::string& namespace_name, const Observed& observed) {
  for (const auto& pod : observed.pods) {
    if (pod.namespace_name == namespace_name && !pod.finished && !pod.gpus.empty() && !pod.node.empty()) return true;
  }
  return false;
}

}  // namespace berth::planning
