#include "model/pool.hpp"

#include <algorithm>

namespace berth::model {
namespace {

template <typename T, typename Predicate>
const T* find_where(const std::vector<T>& items, Predicate predicate) {
  const auto found = std::find_if(items.begin(), items.end(), predicate);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(Flavour flavour) {
  return flavour == Flavour::kOpenshift ? "openshift" : "kubernetes";
}

const DeviceClass* Pool::find_class(std::string_view class_name) const {
  return find_where(classes, [&](const DeviceClass& item) { return item.name == class_name; });
}
const DeviceClass* Pool::find_class(ClassId class_id) const {
  return find_where(classes, [&](const DeviceClass& item) { return item.id == class_id; });
}
const Node* Pool::find_node(NodeId node_id) const {
  return find_where(nodes, [&](const Node& item) { return item.id == node_id; });
}
const Unit* Pool::find_unit(UnitId unit_id) const {
  return find_where(units, [&](const Unit& item) { return item.id == unit_id; });
}

}  // namespace berth::model
