#include <fmt/format.h>

#include <algorithm>

#include "simcluster/claims.hpp"
#include "simcluster/controllers.hpp"

namespace berth::simcluster {
namespace {

using ms = std::chrono::milliseconds;

struct Waiting {
  std::string reason;
  std::string message;
};

json::array container_statuses(const json::object& pod, const Waiting* waiting, bool ready,
                               const std::string& started) {
  json::array out;
  for (const auto& container : items(pod, {"spec", "containers"})) {
    json::object state;
    if (waiting != nullptr) {
      json::object why{{"reason", waiting->reason}};
      if (!waiting->message.empty()) why["message"] = waiting->message;
      state["waiting"] = std::move(why);
    } else {
      state["running"] = json::object{{"startedAt", started}};
    }
    out.push_back(json::object{{"name", string_at(container, {"name"})},
                               {"image", string_at(container, {"image"})},
                               {"imageID", ""},
                               {"ready", ready},
                               {"started", waiting == nullptr},
                               {"restartCount", 0},
                               {"lastState", json::object{}},
                               {"state", std::move(state)}});
  }
  return out;
}

std::string free_pod_ip(const World& world) {
  std::size_t highest = 1;
  for (const auto& pod : world.store().list("pods")) {
    const auto address = text(*pod, {"status", "podIP"});
    int high = 0;
    int low = 0;
    if (std::sscanf(address.c_str(), "10.128.%d.%d", &high, &low) == 2) {
      highest = std::max(highest, static_cast<std::size_t>(high * 256 + low));
    }
  }
  const auto next = (highest + 1) % 65535;
  return fmt::format("10.128.{}.{}", next / 256, next % 256);
}

void write_waiting(World& world, const json::object& pod, const Waiting& waiting) {
  auto fresh = pod;
  const auto now = world.timestamp();
  auto& status = child(fresh, {"status"});
  status["phase"] = "Pending";
  if (!status.contains("startTime")) status["startTime"] = now;
  status["containerStatuses"] = container_statuses(pod, &waiting, false, now);
  set_condition(fresh, {"Initialized", true, "", ""}, now);
  set_condition(fresh, {"Ready", false, "ContainersNotReady", "containers are not ready"}, now);
  set_condition(fresh, {"ContainersReady", false, "ContainersNotReady", "containers are not ready"}, now);
  world.put({"pods", namespace_of(pod), name_of(pod)}, std::move(fresh));
}

void write_running(World& world, const json::object& pod, bool ready) {
  auto fresh = pod;
  const auto now = world.timestamp();
  auto& status = child(fresh, {"status"});
  std::string started = now;
  std::int64_t restarts = 0;
  for (const auto& one : items(pod, {"status", "containerStatuses"})) {
    if (const auto since = string_at(one, {"state", "running", "startedAt"}); !since.empty()) started = since;
    restarts = std::max(restarts, find_int(one, {"restartCount"}).value_or(0));
  }
  status["phase"] = "Running";
  if (!status.contains("startTime")) status["startTime"] = now;
  if (!status.contains("podIP")) {
    const auto address = free_pod_ip(world);
    status["podIP"] = address;
    status["podIPs"] = json::array{json::object{{"ip", address}}};
  }
  if (const auto node = world.store().get({"nodes", "", text(pod, {"spec", "nodeName"})})) {
    for (const auto& address : items(*node, {"status", "addresses"})) {
      if (string_at(address, {"type"}) == "InternalIP") status["hostIP"] = string_at(address, {"address"});
    }
  }
  auto statuses = container_statuses(pod, nullptr, ready, started);
  for (auto& one : statuses) one.get_object()["restartCount"] = restarts;
  status["containerStatuses"] = std::move(statuses);
  set_condition(fresh, {"Initialized", true, "", ""}, now);
  const auto* reason = ready ? "" : "ContainersNotReady";
  const auto* message = ready ? "" : "containers are not ready";
  set_condition(fresh, {"Ready", ready, reason, message}, now);
  set_condition(fresh, {"ContainersReady", ready, reason, message}, now);
  world.put({"pods", namespace_of(pod), name_of(pod)}, std::move(fresh));
}

void write_crashing(World& world, const json::object& pod) {
  auto fresh = pod;
  const auto now = world.timestamp();
  const Waiting waiting{"CrashLoopBackOff", "back-off restarting failed container"};
  auto& status = child(fresh, {"status"});
  status["phase"] = "Running";
  if (!status.contains("startTime")) status["startTime"] = now;
  const auto& before = items(pod, {"status", "containerStatuses"});
  const auto restarts = before.empty() ? 0 : find_int(before[0], {"restartCount"}).value_or(0);
  const bool new_crash =
      before.empty() || string_at(before[0], {"state", "waiting", "reason"}) != waiting.reason;
  auto statuses = container_statuses(pod, &waiting, false, now);
  for (auto& one : statuses) one.get_object()["restartCount"] = restarts + (new_crash ? 1 : 0);
  status["containerStatuses"] = std::move(statuses);
  set_condition(fresh, {"Ready", false, "ContainersNotReady", "containers are not ready"}, now);
  set_condition(fresh, {"ContainersReady", false, "ContainersNotReady", "containers are not ready"}, now);
  world.put({"pods", namespace_of(pod), name_of(pod)}, std::move(fresh));
}

/// The ConfigMap or Secret that the pod needs and that is not there; empty when all are.
std::string missing_reference(const World& world, const json::object& pod) {
  const auto ns = namespace_of(pod);
  const auto check = [&](std::string_view storage, const json::value* reference,
                         std::string_view name_field) {
    if (reference == nullptr || find_bool(*reference, {"optional"}).value_or(false)) return std::string();
    const auto name = string_at(*reference, {name_field});
    if (name.empty() || world.store().contains({std::string(storage), ns, name})) return std::string();
    return fmt::format("{} \"{}\" not found", storage == "secrets" ? "secret" : "configmap", name);
  };
  for (const auto& volume : items(pod, {"spec", "volumes"})) {
    if (auto missing = check("configmaps", berth::find(volume, {"configMap"}), "name"); !missing.empty())
      return missing;
    if (auto missing = check("secrets", berth::find(volume, {"secret"}), "secretName"); !missing.empty())
      return missing;
  }
  for (const auto& container : items(pod, {"spec", "containers"})) {
    if (!container.is_object()) continue;
    for (const auto& from : items(container.get_object(), {"envFrom"})) {
      if (auto missing = check("configmaps", berth::find(from, {"configMapRef"}), "name"); !missing.empty())
        return missing;
      if (auto missing = check("secrets", berth::find(from, {"secretRef"}), "name"); !missing.empty())
        return missing;
    }
    for (const auto& env : items(container.get_object(), {"env"})) {
      if (auto missing = check("configmaps", berth::find(env, {"valueFrom", "configMapKeyRef"}), "name");
          !missing.empty())
        return missing;
      if (auto missing = check("secrets", berth::find(env, {"valueFrom", "secretKeyRef"}), "name");
          !missing.empty())
        return missing;
    }
  }
  return {};
}

std::vector<std::string> images_of(const json::object& pod) {
  std::vector<std::string> out;
  for (const auto* list : {"initContainers", "containers"}) {
    for (const auto& container : items(pod, {"spec", list})) out.push_back(string_at(container, {"image"}));
  }
  return out;
}

bool on_node(const json::object& node, const std::string& image) {
  for (const auto& one : items(node, {"status", "images"})) {
    const auto* names = berth::find(one, {"names"});
    if (names == nullptr || !names->is_array()) continue;
    if (std::ranges::find(names->get_array(), json::value(image)) != names->get_array().end()) return true;
  }
  return false;
}

/// True once the node has all images of the pod. The first pod that needs one waits for the pull.
bool images_pulled(World& world, const json::object& pod, const std::string& ns) {
  const Key key{"nodes", "", text(pod, {"spec", "nodeName"})};
  const auto node = world.store().get(key);
  if (node == nullptr) return false;
  std::vector<std::string> missing;
  for (auto& image : images_of(pod)) {
    if (!on_node(*node, image)) missing.push_back(std::move(image));
  }
  if (missing.empty()) return true;
  if (!world.waited(uid_of(pod), "pull", world.settings().delays.image_pull, ns)) return false;
  auto fresh = *node;
  auto& images = child(fresh, {"status"})["images"];
  if (!images.is_array()) images = json::array{};
  for (const auto& image : missing)
    images.get_array().push_back(json::object{{"names", json::array{image}}, {"sizeBytes", 0}});
  world.put(key, std::move(fresh));
  return true;
}

void stop(World& world, const json::object& pod, const std::string& ns) {
  if (world.faults().lasting(FaultKind::kPodStuck, ns, name_of(pod))) return;
  const auto grace = std::chrono::seconds(number(pod, {"metadata", "deletionGracePeriodSeconds"}, 0));
  const auto delay = std::min<ms>(world.settings().delays.pod_stop, grace);
  if (!world.waited(uid_of(pod), "stop", delay, ns)) return;
  const Key key{"pods", ns, name_of(pod)};
  if (finalizers_of(pod).empty()) {
    world.erase(key);
    return;
  }
  auto fresh = pod;  // Its containers are gone; its finalizers hold the object.
  child(fresh, {"metadata"})["deletionGracePeriodSeconds"] = 0;
  child(fresh, {"status"})["phase"] = "Succeeded";
  world.put(key, std::move(fresh));
}

void run_pod(World& world, const std::string& ns, const json::object& pod) {
  const auto node_name = text(pod, {"spec", "nodeName"});
  const auto node = world.store().get({"nodes", "", node_name});
  const auto phase = text(pod, {"status", "phase"});
  if (node_name.empty() || phase == "Succeeded" || phase == "Failed") return;
  const auto* node_ready = node == nullptr ? nullptr : condition(*node, "Ready");
  // A node that does not answer starts and stops nothing.
  if (node_ready == nullptr || text(*node_ready, {"status"}) != "True") {
    if (phase == "Running" && !deleting(pod)) write_running(world, pod, false);
    return;
  }
  if (deleting(pod)) {
    stop(world, pod, ns);
    return;
  }
  const auto name = name_of(pod);
  const auto uid = uid_of(pod);
  const auto& delays = world.settings().delays;
  if (phase != "Running") {
    if (const auto fault = world.faults().lasting(FaultKind::kImagePullError, ns, name)) {
      write_waiting(world, pod, {"ErrImagePull", fault->message});
      return;
    }
    if (!all_claims_bound(world, pod)) return write_waiting(world, pod, {"ContainerCreating", ""});
    if (const auto missing = missing_reference(world, pod); !missing.empty()) {
      return write_waiting(world, pod, {"CreateContainerConfigError", missing});
    }
    if (!images_pulled(world, pod, ns) || !world.waited(uid, "start", delays.container_start, ns)) {
      return write_waiting(world, pod, {"ContainerCreating", ""});
    }
  }
  if (world.faults().lasting(FaultKind::kPodCrash, ns, name)) {
    write_crashing(world, pod);
    return;
  }
  const bool held = world.faults().lasting(FaultKind::kPodNeverReady, ns, name).has_value();
  // Once Ready it stays so: the wait is not kept over a restart.
  const auto* was = condition(pod, "Ready");
  const bool already = was != nullptr && text(*was, {"status"}) == "True";
  const bool ready = !held && (already || world.waited(uid, "ready", delays.ready, ns));
  write_running(world, pod, ready);
}

}  // namespace

void run_pods(World& world, const std::string& ns) {
  for (const auto& pod : world.store().list("pods", ns)) run_pod(world, ns, *pod);
}

}  // namespace berth::simcluster
