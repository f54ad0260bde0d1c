#include "simcluster/objects.hpp"

#include <algorithm>

namespace berth::simcluster {

const json::value* find(const json::object& root, std::initializer_list<std::string_view> path) {
  const json::object* at = &root;
  const json::value* value = nullptr;
  for (const auto key : path) {
    if (at == nullptr) return nullptr;
    value = at->if_contains(key);
    if (value == nullptr) return nullptr;
    at = value->if_object();
  }
  return value;
}

std::string text(const json::object& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number(const json::object& root, std::initializer_list<std::string_view> path,
                    std::int64_t fallback) {
  const auto* value = find(root, path);
  if (value == nullptr) return fallback;
  boost::system::error_code error;
  const auto out = value->to_number<std::int64_t>(error);
  return error ? fallback : out;
}

const json::array& items(const json::object& root, std::initializer_list<std::string_view> path) {
  static const json::array none;
  const auto* value = find(root, path);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

json::object& child(json::object& root, std::initializer_list<std::string_view> path) {
  json::object* at = &root;
  for (const auto key : path) {
    auto& next = (*at)[key];
    if (!next.is_object()) next = json::object{};
    at = &next.get_object();
  }
  return *at;
}

json::value without_nulls(const json::value& value) {
  if (const auto* object = value.if_object()) {
    json::object out;
    for (const auto& [name, field] : *object) {
      if (!field.is_null()) out[name] = without_nulls(field);
    }
    return out;
  }
  if (const auto* array = value.if_array()) {
    json::array out;
    for (const auto& item : *array) out.push_back(without_nulls(item));
    return out;
  }
  return value;
}

std::string name_of(const json::object& object) {
  return text(object, {"metadata", "name"});
}
std::string namespace_of(const json::object& object) {
  return text(object, {"metadata", "namespace"});
}
std::string uid_of(const json::object& object) {
  return text(object, {"metadata", "uid"});
}
bool deleting(const json::object& object) {
  return find(object, {"metadata", "deletionTimestamp"}) != nullptr;
}
const json::value* labels_of(const json::object& object) {
  return find(object, {"metadata", "labels"});
}

std::string annotation(const json::object& object, std::string_view key) {
  return text(object, {"metadata", "annotations", key});
}

std::vector<std::string> finalizers_of(const json::object& object) {
  std::vector<std::string> out;
  for (const auto& one : items(object, {"metadata", "finalizers"})) {
    if (one.is_string()) out.emplace_back(one.get_string());
  }
  return out;
}

void set_finalizers(json::object& object, const std::vector<std::string>& finalizers) {
  auto& metadata = child(object, {"metadata"});
  if (finalizers.empty()) {
    metadata.erase("finalizers");
  } else {
    metadata["finalizers"] = json::array(finalizers.begin(), finalizers.end());
  }
}

bool owned_by(const json::object& object, std::string_view uid) {
  return std::ranges::any_of(items(object, {"metadata", "ownerReferences"}),
                             [&](const json::value& owner) { return string_at(owner, {"uid"}) == uid; });
}

json::object owner_reference(const json::object& owner, bool block_deletion) {
  return {{"apiVersion", text(owner, {"apiVersion"})},
          {"kind", text(owner, {"kind"})},
          {"name", name_of(owner)},
          {"uid", uid_of(owner)},
          {"controller", true},
          {"blockOwnerDeletion", block_deletion}};
}

const json::object* condition(const json::object& object, std::string_view type) {
  for (const auto& one : items(object, {"status", "conditions"})) {
    if (one.is_object() && string_at(one, {"type"}) == type) return &one.get_object();
  }
  return nullptr;
}

void set_condition(json::object& object, const Condition& wanted, std::string_view now) {
  auto& status = child(object, {"status"});
  auto& list = status["conditions"];
  if (!list.is_array()) list = json::array{};
  auto& conditions = list.get_array();
  auto found = std::ranges::find_if(
      conditions, [&](const json::value& one) { return string_at(one, {"type"}) == wanted.type; });
  const std::string_view state = wanted.holds ? "True" : "False";
  std::string since(now);
  if (found != conditions.end() && string_at(*found, {"status"}) == state) {
    since = string_at(*found, {"lastTransitionTime"});
  }
  json::object fresh{{"type", wanted.type}, {"status", state}, {"lastTransitionTime", since}};
  if (!wanted.reason.empty()) fresh["reason"] = wanted.reason;
  if (!wanted.message.empty()) fresh["message"] = wanted.message;
  if (found == conditions.end()) {
    conditions.push_back(std::move(fresh));
  } else {
    *found = std::move(fresh);
  }
}

}  // namespace berth::simcluster
