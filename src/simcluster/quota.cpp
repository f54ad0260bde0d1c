#include "simcluster/quota.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace berth::simcluster {
namespace {

constexpr std::array<std::string_view, 6> kMustBeSet{
    "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"};
constexpr std::string_view kClassMark = ".storageclass.storage.k8s.io/";

/// What containers ask for, under the names that quotas use.
Amounts compute_usage(const Amounts& requests, const Amounts& limits) {
  Amounts out;
  for (const auto& [resource, amount] : requests) {
    const bool own = resource == "cpu" || resource == "memory" || resource == "ephemeral-storage";
    if (own || resource.starts_with("hugepages-")) out[resource] = amount;
    if (own || is_extended(resource)) out["requests." + resource] = amount;
  }
  for (const auto& [resource, amount] : limits) {
    if (resource == "cpu" || resource == "memory" || resource == "ephemeral-storage")
      out["limits." + resource] = amount;
  }
  return out;
}

bool still_counts(const json::object& pod, Instant now) {
  const auto phase = text(pod, {"status", "phase"});
  if (phase == "Succeeded" || phase == "Failed") return false;
  if (!deleting(pod)) return true;
  const auto deleted = parse_rfc3339(text(pod, {"metadata", "deletionTimestamp"}));
  return !deleted || *deleted + seconds(number(pod, {"metadata", "deletionGracePeriodSeconds"}, 0)) > now;
}

json::object pod_spec(const json::object& pod) {
  const auto* spec = find(pod, {"spec"});
  return spec != nullptr && spec->is_object() ? spec->get_object() : json::object{};
}

void add_service(const json::object& service, Amounts& out) {
  out["services"] = whole(1);
  const auto type = text(service, {"spec", "type"});
  const auto ports = static_cast<std::int64_t>(items(service, {"spec", "ports"}).size());
  const auto* allocate = find(service, {"spec", "allocateLoadBalancerNodePorts"});
  const bool node_ports = type == "NodePort" || (type == "LoadBalancer" &&
                                                 (allocate == nullptr || *allocate != json::value(false)));
  out["services.loadbalancers"] = whole(type == "LoadBalancer" ? 1 : 0);
  out["services.nodeports"] = whole(node_ports ? ports : 0);
}

void add_claim(const json::object& claim, Amounts& out) {
  out["persistentvolumeclaims"] = whole(1);
  const auto storage_class = text(claim, {"spec", "storageClassName"});
  const auto requests = amounts_of(find(claim, {"spec", "resources", "requests"}));
  const auto storage = requests.find("storage");
  if (!storage_class.empty())
    out[fmt::format("{}{}persistentvolumeclaims", storage_class, kClassMark)] = whole(1);
  if (storage == requests.end()) return;
  out["requests.storage"] = storage->second;
  if (!storage_class.empty())
    out[fmt::format("{}{}requests.storage", storage_class, kClassMark)] = storage->second;
}

std::string join(const Amounts& amounts) {
  std::string out;
  for (const auto& [key, amount] : amounts) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ",", key, format_quantity(amount));
  }
  return out;
}

/// "must specify limits.cpu for: a,b; requests.cpu for: a", or "" when nothing is missing.
std::string missing_in_pod(const json::object& pod, const Amounts& hard) {
  std::map<std::string, std::set<std::string>> missing;
  const auto spec = pod_spec(pod);
  for (const auto* list : {"containers", "initContainers"}) {
    for (const auto& container : items(spec, {list})) {
      const auto has = compute_usage(amounts_of(berth::find(container, {"resources", "requests"})),
                                     amounts_of(berth::find(container, {"resources", "limits"})));
      for (const auto key : kMustBeSet) {
        if (hard.contains(std::string(key)) && !has.contains(std::string(key))) {
          missing[std::string(key)].insert(string_at(container, {"name"}));
        }
      }
    }
  }
  std::string out;
  for (const auto& [key, containers] : missing) {
    std::string names;
    for (const auto& name : containers) names += (names.empty() ? "" : ",") + name;
    out += fmt::format("{}{} for: {}", out.empty() ? "must specify " : "; ", key, names);
  }
  return out;
}

bool is_best_effort(const json::object& pod) {
  const auto spec = pod_spec(pod);
  return pod_amounts(spec, "requests").empty() && pod_amounts(spec, "limits").empty();
}

}  // namespace

Amounts quota_usage(const json::object& object, const ResourceType& type, Instant now) {
  Amounts out;
  out[fmt::format("count/{}", type.storage)] = whole(1);
  if (type.storage == "pods") {
    if (!still_counts(object, now)) return out;
    const auto spec = pod_spec(object);
    out.merge(compute_usage(pod_amounts(spec, "requests"), pod_amounts(spec, "limits")));
    out["pods"] = whole(1);
  } else if (type.storage == "services") {
    add_service(object, out);
  } else if (type.storage == "persistentvolumeclaims") {
    add_claim(object, out);
  } else if (type.storage == "secrets" || type.storage == "configmaps" || type.storage == "resourcequotas") {
    out[type.plural] = whole(1);
  }
  return out;
}

std::set<std::string> counted_keys(const Amounts& hard) {
  constexpr std::array<std::string_view, 19> kCounted{"cpu",
                                                      "memory",
                                                      "ephemeral-storage",
                                                      "requests.cpu",
                                                      "requests.memory",
                                                      "requests.ephemeral-storage",
                                                      "limits.cpu",
                                                      "limits.memory",
                                                      "limits.ephemeral-storage",
                                                      "requests.storage",
                                                      "pods",
                                                      "persistentvolumeclaims",
                                                      "services",
                                                      "services.loadbalancers",
                                                      "services.nodeports",
                                                      "replicationcontrollers",
                                                      "resourcequotas",
                                                      "secrets",
                                                      "configmaps"};
  std::set<std::string> out;
  for (const auto& [key, amount] : hard) {
    const bool extended = key.starts_with("requests.") && is_extended(std::string_view(key).substr(9));
    const bool counted = std::ranges::find(kCounted, key) != kCounted.end() || extended ||
                         key.starts_with("hugepages-") || key.starts_with("count/") ||
                         key.find(kClassMark) != std::string::npos ||
                         key.ends_with(".deviceclass.resource.k8s.io/devices");
    if (counted) out.insert(key);
  }
  return out;
}

bool in_scope(const json::object& quota, const json::object& object, const ResourceType& type) {
  const auto& scopes = items(quota, {"spec", "scopes"});
  if (scopes.empty()) return true;
  if (type.storage != "pods") return false;
  const bool terminating = find(object, {"spec", "activeDeadlineSeconds"}) != nullptr;
  return std::ranges::all_of(scopes, [&](const json::value& scope) {
    if (scope == "Terminating") return terminating;
    if (scope == "NotTerminating") return !terminating;
    if (scope == "BestEffort") return is_best_effort(object);
    if (scope == "NotBestEffort") return !is_best_effort(object);
    return false;
  });
}

Outcome<std::optional<Charge>> charge(const json::object& quota, const json::object& object,
                                      const ResourceType& type, const Amounts& delta) {
  const auto name = name_of(quota);
  const auto refused = [&](const std::string& why) {
    return refuse(forbidden(type.subject(name_of(object)), why));
  };
  const auto hard = amounts_of(find(quota, {"status", "hard"}));
  auto used = amounts_of(find(quota, {"status", "used"}));
  if (!in_scope(quota, object, type)) return std::nullopt;

  if (type.storage == "pods") {
    if (const auto missing = missing_in_pod(object, hard); !missing.empty()) {
      return refused(fmt::format("failed quota: {}: {}", name, missing));
    }
  }
  Amounts requested;
  std::string unknown;
  for (const auto& [key, amount] : delta) {
    if (!hard.contains(key) || amount.milli <= 0) continue;
    if (!used.contains(key)) unknown += (unknown.empty() ? "" : ",") + key;
    requested[key] = amount;
  }
  if (!unknown.empty())
    return refused(fmt::format("status unknown for quota: {}, resources: {}", name, unknown));
  if (requested.empty()) return std::nullopt;

  Amounts exceeded_requested;
  Amounts exceeded_used;
  Amounts exceeded_hard;
  for (const auto& [key, amount] : requested) {
    const auto total = used.at(key) + amount;
    if (total > hard.at(key)) {
      exceeded_requested[key] = amount;
      exceeded_used[key] = used.at(key);
      exceeded_hard[key] = hard.at(key);
    }
    used[key] = total;
  }
  if (!exceeded_requested.empty()) {
    return refused(fmt::format("exceeded quota: {}, requested: {}, used: {}, limited: {}", name,
                               join(exceeded_requested), join(exceeded_used), join(exceeded_hard)));
  }
  return Charge{std::move(used)};
}

}  // namespace berth::simcluster
