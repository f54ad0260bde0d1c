#include "simcluster/pod_spec.hpp"

#include <algorithm>

namespace berth::simcluster {

json::object* pod_spec_of(json::object& object, std::string_view kind) {
  if (kind == "Pod") return &child(object, {"spec"});
  if (kind == "Deployment" || kind == "ReplicaSet") return &child(object, {"spec", "template", "spec"});
  return nullptr;
}

Amounts amounts_of(const json::value* quantities) {
  Amounts out;
  if (quantities == nullptr || !quantities->is_object()) return out;
  for (const auto& [resource, value] : quantities->get_object()) {
    if (const auto amount = read_quantity(value)) out[std::string(resource)] = *amount;
  }
  return out;
}

json::object to_json(const Amounts& amounts) {
  json::object out;
  for (const auto& [resource, amount] : amounts) out[resource] = format_quantity(amount);
  return out;
}

Amounts pod_amounts(const json::object& pod_spec, std::string_view part) {
  Amounts total;
  for (const auto& container : items(pod_spec, {"containers"})) {
    for (const auto& [resource, amount] : amounts_of(berth::find(container, {"resources", part}))) {
      total[resource] = total[resource] + amount;
    }
  }
  for (const auto& container : items(pod_spec, {"initContainers"})) {
    for (const auto& [resource, amount] : amounts_of(berth::find(container, {"resources", part}))) {
      total[resource] = std::max(total[resource], amount);
    }
  }
  return total;
}

bool is_extended(std::string_view resource) {
  return resource.find('/') != std::string_view::npos && !resource.starts_with("requests.") &&
         resource.find("kubernetes.io/") == std::string_view::npos;
}

}  // namespace berth::simcluster
