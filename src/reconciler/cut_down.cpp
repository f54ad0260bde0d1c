#include "reconciler/cut_down.hpp"

#include <array>
#include <initializer_list>
#include <string>
#include <utility>

#include "manifests/long_value.hpp"
#include "manifests/manifests.hpp"
#include "said/activity.hpp"
#include "said/said.hpp"

namespace berth::reconciler {
namespace {

using Names = std::initializer_list<std::string_view>;

json::object only(json::object& from, Names names) {
  json::object kept;
  for (const auto name : names) {
    if (auto* value = from.if_contains(name)) kept.emplace(name, std::move(*value));
  }
  return kept;
}

json::object* child(json::object& object, std::string_view name) {
  auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

/// Replaces the object `name` of `parent`.
void keep_only(json::object& parent, std::string_view name, Names names) {
  if (auto* object = child(parent, name)) *object = only(*object, names);
}

void keep_of_each(json::object& parent, std::string_view list, Names names) {
  auto* items = parent.if_contains(list);
  if (items == nullptr || !items->is_array()) return;
  for (auto& item : items->get_array()) {
    if (item.is_object()) item = only(item.get_object(), names);
  }
}

void cut_texts(json::object& object, std::string_view name) {
  auto* texts = child(object, name);
  if (texts == nullptr) return;
  for (auto& [key, value] : *texts) {
    if (value.is_string()) value = manifests::kept_value(value.get_string());
  }
}

void cut_config(json::object& object) {
  auto* metadata = child(object, "metadata");
  auto* labels = metadata == nullptr ? nullptr : child(*metadata, "labels");
  if (labels != nullptr && labels->contains(manifests::kGuardLabel)) {
    cut_texts(object, "data");
    cut_texts(object, "binaryData");
    return;
  }
  if (metadata != nullptr) metadata->erase("annotations");
  object = only(object, {"apiVersion", "kind", "metadata"});
}

void cut_pod(json::object& pod) {
  if (auto* metadata = child(pod, "metadata")) {
    keep_only(*metadata, "labels", {manifests::kSessionLabel, manifests::kNameLabel});
    *metadata =
        only(*metadata, {"name", "namespace", "uid", "resourceVersion", "labels", "deletionTimestamp"});
  }
  keep_only(pod, "spec", {"nodeName", "containers", "initContainers"});
  if (auto* spec = child(pod, "spec")) {
    for (const auto* list : {"containers", "initContainers"})
      keep_of_each(*spec, list, {"name", "resources", "restartPolicy"});
  }
  keep_only(pod, "status",
            {"phase", "reason", "message", "conditions", "initContainerStatuses", "containerStatuses"});
  if (auto* status = child(pod, "status")) {
    for (const auto* list : {"initContainerStatuses", "containerStatuses"})
      keep_of_each(*status, list, {"state", "lastState"});
  }
  pod = only(pod, {"apiVersion", "kind", "metadata", "spec", "status"});
}

void cut_node(json::object& node) {
  if (auto* status = child(node, "status")) status->erase("images");
}

/// Where its bytes are, and by which secrets, is nobody's business here.
void cut_volume(json::object& volume) {
  keep_only(volume, "metadata", {"name", "uid", "resourceVersion", "labels", "deletionTimestamp"});
  keep_only(volume, "spec", {"claimRef", "persistentVolumeReclaimPolicy"});
  keep_only(volume, "status", {"phase"});
  volume = only(volume, {"apiVersion", "kind", "metadata", "spec", "status"});
}

}  // namespace

void cut_down(std::string_view plural, json::value& object) {
  auto* body = object.if_object();
  if (body == nullptr) return;
  if (plural == "configmaps" || plural == "secrets") cut_config(*body);
  if (plural == "pods") cut_pod(*body);
  if (plural == "nodes") cut_node(*body);
  if (plural == "persistentvolumes") cut_volume(*body);
}

void cut_down_said(json::value& object) {
  auto* body = object.if_object();
  if (body == nullptr) return;
  *body = only(*body, {"apiVersion", "kind", "metadata", "data"});
  keep_only(*body, "metadata", {"name", "namespace", "uid", "resourceVersion", "deletionTimestamp"});
  keep_only(*body, "data", {said::kExtendKey, said::kActivityKey});
  auto* data = child(*body, "data");
  if (data == nullptr) {
    body->erase("data");
    return;
  }
  const auto drop_unless = [&](std::string_view key, std::size_t most) {
    const auto text = string_at(object, {"data", key});
    if (text.empty() || text.size() > most) data->erase(key);
  };
  drop_unless(said::kExtendKey, said::kMaxWishBytes);
  drop_unless(said::kActivityKey, said::kMaxActivityBytes);
  if (data->empty()) body->erase("data");
}

}  // namespace berth::reconciler
