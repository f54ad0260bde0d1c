#include "reconciler/pod_digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/kube_quantity.hpp"
#include "base/text.hpp"
#include "manifests/manifests.hpp"
#include "planning/devices.hpp"

namespace berth::reconciler {
namespace {

constexpr std::string_view kGpuPrefix = "nvidia.com/";

const json::array* array_at(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  return value == nullptr ? nullptr : value->if_array();
}

/// A count of devices. The API refuses negative ones; should one come all the same, it must not free any.
std::int64_t whole_number(const json::value& value) {
  if (value.is_int64()) return std::max<std::int64_t>(value.get_int64(), 0);
  if (!value.is_string()) return 0;
  constexpr Int128 kNanos = 1'000'000'000;
  const auto amount = parse_kube_quantity(value.get_string());
  if (!amount || amount->nano <= 0) return 0;
  const auto whole = amount->nano / kNanos;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  return whole >= kMost ? kMost : static_cast<std::int64_t>(whole);
}

using Gpus = std::map<std::string, std::int64_t>;

Gpus gpus_of(const json::value& container) {
  Gpus gpus;
  const auto* limits = find(container, {"resources", "limits"});
  if (limits == nullptr || !limits->is_object()) return gpus;
  for (const auto& [name, amount] : limits->get_object()) {
    if (std::string_view(name).starts_with(kGpuPrefix)) gpus[std::string(name)] = whole_number(amount);
  }
  return gpus;
}

void add(Gpus& sum, const Gpus& more) {
  for (const auto& [name, count] : more) planning::add_devices(sum[name], count);
}

/// As the scheduler and the node count them. What an init container used is handed on to the containers after
/// it; one that restarts always goes on beside them and keeps its own.
Gpus gpus_of_pod(const json::value& pod) {
  Gpus all_along;
  Gpus peak;  // of the time before the containers start
  if (const auto* early = array_at(pod, {"spec", "initContainers"})) {
    for (const auto& container : *early) {
      auto at_once = all_along;
      add(at_once, gpus_of(container));
      for (const auto& [name, count] : at_once) peak[name] = std::max(peak[name], count);
      if (string_at(container, {"restartPolicy"}) == "Always") all_along = std::move(at_once);
    }
  }
  auto gpus = std::move(all_along);
  if (const auto* containers = array_at(pod, {"spec", "containers"})) {
    for (const auto& container : *containers) add(gpus, gpus_of(container));
  }
  for (const auto& [name, count] : peak) gpus[name] = std::max(gpus[name], count);
  return gpus;
}

bool condition_true(const json::value& object, std::string_view type) {
  const auto* conditions = array_at(object, {"status", "conditions"});
  if (conditions == nullptr) return false;
  for (const auto& condition : *conditions) {
    if (string_at(condition, {"type"}) == type) return string_at(condition, {"status"}) == "True";
  }
  return false;
}

struct Trouble {
  std::string plain;
  std::string raw;
  bool retried = false;
  bool between_tries = false;
};

/// Longest part of the cluster's own words that is kept, in bytes; the rest of such a text is the same again.
constexpr std::size_t kMaxRawBytes = 2000;
constexpr std::size_t kMaxPlainBytes = 300;

std::string raw_words(const std::string& reason, const std::string& message) {
  auto words = message.empty() ? reason : fmt::format("{}: {}", reason, message);
  if (words.size() <= kMaxRawBytes) return words;
  return std::string(first_bytes(words, kMaxRawBytes)) + " ...";
}

/// `what` it is about, for people: "workspace".
Trouble container_trouble(const json::value& status, std::string_view what) {
  const auto reason = string_at(status, {"state", "waiting", "reason"});
  const auto message = string_at(status, {"state", "waiting", "message"});
  if (reason == "ErrImagePull" || reason == "ImagePullBackOff" || reason == "InvalidImageName") {
    return {fmt::format("The {} image could not be pulled. The cluster tries again.", what),
            raw_words(reason, message), reason != "InvalidImageName", reason == "ImagePullBackOff"};
  }
  // The loop is only what the cluster does about it; why it stops is in the state before.
  const auto ended = reason == "CrashLoopBackOff" ? string_at(status, {"lastState", "terminated", "reason"})
                                                  : string_at(status, {"state", "terminated", "reason"});
  if (ended == "OOMKilled") {
    return {fmt::format("The {} used more memory than it has and was stopped. The cluster starts it again.",
                        what),
            raw_words("OOMKilled", message), true, reason == "CrashLoopBackOff"};
  }
  if (reason == "CrashLoopBackOff") {
    return {fmt::format("The {} stops right after its start. The cluster tries again.", what),
            raw_words(reason, message), true, true};
  }
  if (reason == "CreateContainerConfigError" || reason == "CreateContainerError" ||
      reason == "RunContainerError") {
    return {fmt::format("The {}'s container could not be made.", what), raw_words(reason, message), true,
            false};
  }
  return {};
}

/// By the scheduler's words. Other nodes than the session's never match its selector, so that counts least.
std::string why_unscheduled(std::string_view message, std::string_view what) {
  const auto says = [&](std::string_view words) { return message.find(words) != std::string_view::npos; };
  if (says("Insufficient") || says("Too many pods"))
    return fmt::format("No node has room for the {} right now.", what);
  if (says("unschedulable")) return fmt::format("The node of the {} is closed to new pods (cordoned).", what);
  if (says("taint")) return fmt::format("The node of the {} has a taint that keeps it out.", what);
  if (says("affinity") || says("selector"))
    return fmt::format("No node has the labels that the {} asks for.", what);
  return fmt::format("The cluster finds no node for the {}.", what);
}

/// A pod that failed as a whole, which its containers say nothing of: the node would not have it, or threw it
/// out. Another is made by the cluster.
Trouble refused_by_node(const json::value& pod, std::string_view what) {
  const auto reason = string_at(pod, {"status", "reason"});
  if (string_at(pod, {"status", "phase"}) != "Failed" || reason.empty()) return {};
  const auto* statuses = array_at(pod, {"status", "containerStatuses"});
  const bool ran = statuses != nullptr && !statuses->empty();
  auto words = raw_words(reason, string_at(pod, {"status", "message"}));
  return {fmt::format("The node {} the {}: {}", ran ? "stopped" : "refused", what,
                      first_bytes(words.substr(0, words.find('\n')), kMaxPlainBytes)),
          words, true, false};
}

Trouble pod_trouble(const json::value& pod, std::string_view what) {
  if (auto refused = refused_by_node(pod, what); !refused.plain.empty()) return refused;
  // While one of the first does not end well, those that come after it wait and say nothing.
  for (const auto* list : {"initContainerStatuses", "containerStatuses"}) {
    const auto* statuses = array_at(pod, {"status", list});
    if (statuses == nullptr) continue;
    for (const auto& status : *statuses) {
      auto trouble = container_trouble(status, what);
      if (!trouble.plain.empty()) return trouble;
    }
  }
  if (const auto* conditions = array_at(pod, {"status", "conditions"})) {
    for (const auto& condition : *conditions) {
      if (string_at(condition, {"type"}) == "PodScheduled" && string_at(condition, {"status"}) == "False" &&
          string_at(condition, {"reason"}) == "Unschedulable") {
        const auto message = string_at(condition, {"message"});
        return {why_unscheduled(message, what), raw_words("Unschedulable", message)};
      }
    }
  }
  return {};
}

}  // namespace

planning::PodSeen digest_pod(const json::value& pod) {
  planning::PodSeen seen;
  seen.namespace_name = string_at(pod, {"metadata", "namespace"});
  seen.name = string_at(pod, {"metadata", "name"});
  seen.node = string_at(pod, {"spec", "nodeName"});
  const auto phase = string_at(pod, {"status", "phase"});
  seen.finished = phase == "Succeeded" || phase == "Failed";
  seen.running = phase == "Running";
  seen.deleting = find(pod, {"metadata", "deletionTimestamp"}) != nullptr;
  seen.ready = seen.running && condition_true(pod, "Ready");
  // Nothing but a session's app carries both; a tenant who copies them onto a pod of theirs fools only
  // themselves.
  if (find(pod, {"metadata", "labels", manifests::kSessionLabel}) != nullptr)
    seen.app = string_at(pod, {"metadata", "labels", manifests::kNameLabel});
  seen.gpus = gpus_of_pod(pod);
  auto trouble = pod_trouble(pod, seen.app.empty() ? "pod" : seen.app);
  seen.trouble = std::move(trouble.plain);
  seen.raw_trouble = std::move(trouble.raw);
  seen.retried = trouble.retried;
  seen.between_tries = trouble.between_tries;
  return seen;
}

bool node_ready(const json::value& node) {
  return condition_true(node, "Ready");
}

std::map<std::string, std::int64_t> node_gpus(const json::value& node) {
  std::map<std::string, std::int64_t> gpus;
  if (!condition_true(node, "Ready")) return gpus;
  const auto* allocatable = find(node, {"status", "allocatable"});
  if (allocatable == nullptr || !allocatable->is_object()) return gpus;
  for (const auto& [name, amount] : allocatable->get_object()) {
    if (std::string_view(name).starts_with(kGpuPrefix)) gpus[std::string(name)] = whole_number(amount);
  }
  return gpus;
}

std::vector<std::string> gpu_names(const json::value& node) {
  std::vector<std::string> names;
  for (const auto* field : {"allocatable", "capacity"}) {
    const auto* amounts = find(node, {"status", field});
    if (amounts == nullptr || !amounts->is_object()) continue;
    for (const auto& [name, amount] : amounts->get_object()) {
      if (std::string_view(name).starts_with(kGpuPrefix)) names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace berth::reconciler
