// Short forms to read and write the parts that every Kubernetes object has.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace berth::simcluster {

/// Objects are never changed in place: a change makes a new one, so that lists, watches and history can share
/// them.
using ObjectPtr = std::shared_ptr<const json::object>;

/// A value at a path of object keys, or null.
const json::value* find(const json::object& root, std::initializer_list<std::string_view> path);
std::string text(const json::object& root, std::initializer_list<std::string_view> path);
std::int64_t number(const json::object& root, std::initializer_list<std::string_view> path,
                    std::int64_t fallback);
/// The array there, or an empty one.
const json::array& items(const json::object& root, std::initializer_list<std::string_view> path);

/// The object at a path, made where it is missing or of another kind.
json::object& child(json::object& root, std::initializer_list<std::string_view> path);

/// A copy in which what is null is absent, as the API reads it.
json::value without_nulls(const json::value& value);

std::string name_of(const json::object& object);
std::string namespace_of(const json::object& object);
std::string uid_of(const json::object& object);
bool deleting(const json::object& object);
const json::value* labels_of(const json::object& object);
std::string annotation(const json::object& object, std::string_view key);
std::vector<std::string> finalizers_of(const json::object& object);
void set_finalizers(json::object& object, const std::vector<std::string>& finalizers);

/// True when metadata.ownerReferences names that uid.
bool owned_by(const json::object& object, std::string_view uid);
json::object owner_reference(const json::object& owner, bool block_deletion);

/// The condition of that type in status.conditions, or null.
const json::object* condition(const json::object& object, std::string_view type);

struct Condition {
  std::string_view type;
  bool holds;
  std::string_view reason;
  std::string_view message;
};
/// Sets it in status.conditions; lastTransitionTime moves only with the status. `now` is RFC 3339.
void set_condition(json::object& object, const Condition& wanted, std::string_view now);

}  // namespace berth::simcluster
