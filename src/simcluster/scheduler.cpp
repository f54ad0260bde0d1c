#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "simcluster/claims.hpp"
#include "simcluster/controllers.hpp"
#include "simcluster/pod_spec.hpp"

namespace berth::simcluster {
namespace {

const json::object& spec_of(const json::object& pod) {
  return pod.at("spec").get_object();
}

Amounts requests_of(const json::object& pod) {
  auto out = pod_amounts(spec_of(pod), "requests");
  out["pods"] = whole(1);
  return out;
}

/// What pods on the node have taken. Those that have finished have given it back.
Amounts taken_on(const World& world, const std::string& node) {
  Amounts out;
  for (const auto& pod : world.store().list("pods")) {
    const auto phase = text(*pod, {"status", "phase"});
    if (text(*pod, {"spec", "nodeName"}) != node || phase == "Succeeded" || phase == "Failed") continue;
    for (const auto& [resource, amount] : requests_of(*pod)) out[resource] = out[resource] + amount;
  }
  return out;
}

bool tolerates(const json::object& pod, const json::value& taint) {
  const auto key = string_at(taint, {"key"});
  const auto effect = string_at(taint, {"effect"});
  return std::ranges::any_of(items(pod, {"spec", "tolerations"}), [&](const json::value& toleration) {
    const auto its_key = string_at(toleration, {"key"});
    const auto its_effect = string_at(toleration, {"effect"});
    const bool exists = string_at(toleration, {"operator"}) == "Exists";
    return (its_effect.empty() || its_effect == effect) && ((its_key.empty() && exists) || its_key == key) &&
           (exists || string_at(toleration, {"value"}) == string_at(taint, {"value"}));
  });
}

/// Why the node cannot take the pod, in the scheduler's words; empty when it can.
std::vector<std::string> objections(const World& world, const json::object& pod, const json::object& node) {
  std::vector<std::string> out;
  if (find(node, {"spec", "unschedulable"}) != nullptr &&
      *find(node, {"spec", "unschedulable"}) == json::value(true)) {
    out.emplace_back("node(s) were unschedulable");
  }
  for (const auto& taint : items(node, {"spec", "taints"})) {
    if (string_at(taint, {"effect"}) != "PreferNoSchedule" && !tolerates(pod, taint)) {
      out.push_back(fmt::format("node(s) had untolerated taint {{{}: {}}}", string_at(taint, {"key"}),
                                string_at(taint, {"value"})));
    }
  }
  if (const auto* selector = find(pod, {"spec", "nodeSelector"});
      selector != nullptr && selector->is_object()) {
    for (const auto& [key, value] : selector->get_object()) {
      if (value.is_string() && text(node, {"metadata", "labels", key}) != value.get_string()) {
        out.emplace_back("node(s) didn't match Pod's node affinity/selector");
        break;
      }
    }
  }
  const auto room = amounts_of(find(node, {"status", "allocatable"}));
  const auto taken = taken_on(world, name_of(node));
  for (const auto& [resource, wanted] : requests_of(pod)) {
    if (wanted.milli == 0) continue;
    const auto has = room.find(resource);
    const auto used = taken.find(resource);
    const auto left =
        (has == room.end() ? whole(0) : has->second) - (used == taken.end() ? whole(0) : used->second);
    if (wanted > left)
      out.push_back(resource == "pods" ? std::string("Too many pods") : "Insufficient " + resource);
  }
  return out;
}

void set_scheduled(World& world, const json::object& pod, const std::string& node) {
  auto fresh = pod;
  child(fresh, {"spec"})["nodeName"] = node;
  set_condition(fresh, {"PodScheduled", true, "", ""}, world.timestamp());
  world.put({"pods", namespace_of(pod), name_of(pod)}, std::move(fresh));
}

void set_unschedulable(World& world, const json::object& pod, const std::string& why) {
  auto fresh = pod;
  set_condition(fresh, {"PodScheduled", false, "Unschedulable", why}, world.timestamp());
  world.put({"pods", namespace_of(pod), name_of(pod)}, std::move(fresh));
}

void place(World& world, const json::object& pod) {
  const auto nodes = world.store().list("nodes");
  if (auto problem = claims_problem(world, pod); !problem.empty()) {
    set_unschedulable(world, pod, fmt::format("0/{} nodes are available: {}.", nodes.size(), problem));
    return;
  }
  std::map<std::string, int> reasons;
  for (const auto& node : nodes) {
    const auto against = objections(world, pod, *node);
    if (against.empty()) {
      set_scheduled(world, pod, name_of(*node));
      return;
    }
    for (const auto& reason : against) ++reasons[reason];
  }
  std::string list;
  for (const auto& [reason, count] : reasons)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, reason);
  set_unschedulable(world, pod,
                    nodes.empty() ? std::string("no nodes available to schedule pods")
                                  : fmt::format("0/{} nodes are available: {}.", nodes.size(), list));
}

}  // namespace

void run_scheduler(World& world, const std::string& ns) {
  for (const auto& pod : world.store().list("pods", ns)) {
    if (deleting(*pod) || !text(*pod, {"spec", "nodeName"}).empty()) continue;
    if (!items(*pod, {"spec", "schedulingGates"}).empty()) continue;
    if (world.waited(uid_of(*pod), "schedule", world.settings().delays.schedule, ns)) place(world, *pod);
  }
}

void run_nodes(World& world) {
  const auto now = world.timestamp();
  for (const auto& node : world.store().list("nodes")) {
    const bool ready = !world.faults().lasting(FaultKind::kNodeNotReady, "", name_of(*node));
    const auto* is = condition(*node, "Ready");
    if (is == nullptr || (text(*is, {"status"}) == "True") != ready) {
      auto fresh = *node;
      set_condition(fresh,
                    {"Ready", ready, ready ? "KubeletReady" : "KubeletNotReady",
                     ready ? "kubelet is posting ready status" : "the simulated node was made not ready"},
                    now);
      auto& taints = child(fresh, {"spec"})["taints"];
      json::array rest;
      if (taints.is_array()) {
        for (auto& taint : taints.get_array()) {
          if (string_at(taint, {"key"}) != "node.kubernetes.io/not-ready") rest.push_back(taint);
        }
      }
      if (!ready)
        rest.push_back(json::object{{"key", "node.kubernetes.io/not-ready"}, {"effect", "NoSchedule"}});
      taints = std::move(rest);
      if (taints.get_array().empty()) child(fresh, {"spec"}).erase("taints");
      world.put({"nodes", "", name_of(*node)}, std::move(fresh));
    }
  }
  if (!world.take_room_changed()) return;
  for (const auto& pod : world.store().list("pods")) {
    if (text(*pod, {"spec", "nodeName"}).empty()) world.touch(namespace_of(*pod));
  }
}

}  // namespace berth::simcluster
