#include "simcluster/limit_range.hpp"

#include <fmt/format.h>

#include <vector>

#include "simcluster/pod_spec.hpp"

namespace berth::simcluster {
namespace {

/// Fills `part` ("limits") of a container from the defaults; the names of what was filled.
std::string fill(json::object& container, std::string_view part, const Amounts& defaults) {
  std::string filled;
  for (const auto& [resource, amount] : defaults) {
    auto& amounts = child(container, {"resources", part});
    if (amounts.contains(resource)) continue;
    amounts[resource] = format_quantity(amount);
    filled += (filled.empty() ? "" : ", ") + resource;
  }
  return filled;
}

std::string container_problem(const json::value& container, const json::value& limit) {
  const auto requests = amounts_of(berth::find(container, {"resources", "requests"}));
  const auto limits = amounts_of(berth::find(container, {"resources", "limits"}));
  for (const auto& [resource, max] : amounts_of(berth::find(limit, {"max"}))) {
    const auto has = limits.find(resource);
    if (has == limits.end()) {
      return fmt::format("maximum {} usage per Container is {}.  No limit is specified", resource,
                         format_quantity(max));
    }
    if (has->second > max) {
      return fmt::format("maximum {} usage per Container is {}, but limit is {}", resource,
                         format_quantity(max), format_quantity(has->second));
    }
  }
  for (const auto& [resource, min] : amounts_of(berth::find(limit, {"min"}))) {
    const auto has = requests.find(resource);
    if (has == requests.end()) {
      return fmt::format("minimum {} usage per Container is {}.  No request is specified", resource,
                         format_quantity(min));
    }
    if (has->second < min) {
      return fmt::format("minimum {} usage per Container is {}, but request is {}", resource,
                         format_quantity(min), format_quantity(has->second));
    }
  }
  return {};
}

std::string pod_problem(const json::object& spec, const json::value& limit) {
  const auto limits = pod_amounts(spec, "limits");
  for (const auto& [resource, max] : amounts_of(berth::find(limit, {"max"}))) {
    const auto has = limits.find(resource);
    if (has == limits.end()) {
      return fmt::format("maximum {} usage per Pod is {}.  No limit is specified", resource,
                         format_quantity(max));
    }
    if (has->second > max) {
      return fmt::format("maximum {} usage per Pod is {}, but limit is {}", resource, format_quantity(max),
                         format_quantity(has->second));
    }
  }
  return {};
}

std::string claim_problem(const json::object& claim, const json::value& limit) {
  auto requests = amounts_of(find(claim, {"spec", "resources", "requests"}));
  const auto storage = requests["storage"];
  const auto max = amounts_of(berth::find(limit, {"max"}));
  const auto min = amounts_of(berth::find(limit, {"min"}));
  if (const auto most = max.find("storage"); most != max.end() && storage > most->second) {
    return fmt::format("maximum storage usage per PersistentVolumeClaim is {}, but request is {}",
                       format_quantity(most->second), format_quantity(storage));
  }
  if (const auto least = min.find("storage"); least != min.end() && storage < least->second) {
    return fmt::format("minimum storage usage per PersistentVolumeClaim is {}, but request is {}",
                       format_quantity(least->second), format_quantity(storage));
  }
  return {};
}

}  // namespace

void fill_limits(json::object& pod, const json::object& limit_range) {
  std::string notes;
  auto& spec = child(pod, {"spec"});
  for (const auto& limit : items(limit_range, {"spec", "limits"})) {
    if (string_at(limit, {"type"}) != "Container") continue;
    const auto limits = amounts_of(berth::find(limit, {"default"}));
    const auto requests = amounts_of(berth::find(limit, {"defaultRequest"}));
    for (const auto* list : {"initContainers", "containers"}) {
      auto* containers = spec.if_contains(list);
      if (containers == nullptr || !containers->is_array()) continue;
      for (auto& container : containers->get_array()) {
        if (!container.is_object()) continue;
        const auto name = string_at(container, {"name"});
        const auto requested = fill(container.get_object(), "requests", requests);
        const auto limited = fill(container.get_object(), "limits", limits);
        if (!requested.empty())
          notes += fmt::format("{}{} request for container {}", notes.empty() ? "" : "; ", requested, name);
        if (!limited.empty())
          notes += fmt::format("{}{} limit for container {}", notes.empty() ? "" : "; ", limited, name);
      }
    }
  }
  if (!notes.empty()) {
    child(pod, {"metadata", "annotations"})["kubernetes.io/limit-ranger"] =
        "LimitRanger plugin set: " + notes;
  }
}

std::string limit_problem(const json::object& object, std::string_view kind,
                          const json::object& limit_range) {
  for (const auto& limit : items(limit_range, {"spec", "limits"})) {
    const auto of = string_at(limit, {"type"});
    std::string problem;
    if (kind == "Pod" && of == "Container") {
      for (const auto* list : {"containers", "initContainers"}) {
        for (const auto& container : items(object, {"spec", list})) {
          if (problem.empty()) problem = container_problem(container, limit);
        }
      }
    } else if (kind == "Pod" && of == "Pod") {
      problem = pod_problem(find(object, {"spec"})->get_object(), limit);
    } else if (kind == "PersistentVolumeClaim" && of == "PersistentVolumeClaim") {
      problem = claim_problem(object, limit);
    }
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace berth::simcluster
