// The objects that the tests make, in their smallest sound form.
#pragma once

#include <string>
#include <string_view>

#include "kube/kube.hpp"
#include "kube/test_resources.hpp"

namespace berth::contract {

json::object config_map(std::string_view name, const json::object& data);
/// Asks for 100m CPU and 64Mi, limits the same, besides `extra` in both; tolerates every taint.
json::object pod(std::string_view name, const json::object& extra = {});
/// A pod whose container asks for nothing.
json::object bare_pod(std::string_view name);
json::object deployment(std::string_view name, int replicas);
json::object service(std::string_view name, const json::array& ports);
json::object claim(std::string_view name, std::string_view storage_class);
json::object quota(std::string_view name, const json::object& hard);

inline kube::ObjectRef config_map_ref(std::string ns, std::string name) {
  return {.resource = kube::resources::config_maps(), .ns = std::move(ns), .name = std::move(name)};
}
inline kube::ObjectRef namespace_ref(std::string name) {
  return {.resource = kube::resources::namespaces(), .name = std::move(name)};
}
inline kube::ObjectRef pod_ref(std::string ns, std::string name) {
  return {.resource = kube::resources::pods(), .ns = std::move(ns), .name = std::move(name)};
}

/// The object of the list at `path` whose `key` is `value`, or null.
const json::value* element_with(const json::value& root, std::initializer_list<std::string_view> path,
                                std::string_view key, const json::value& value);
/// How many elements the list at `path` has; 0 where there is none.
std::size_t count_at(const json::value& root, std::initializer_list<std::string_view> path);

}  // namespace berth::contract
