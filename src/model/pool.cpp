#include "model/pool.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace berth::model {
namespace {

template <typename T, typename Predicate>
const T* find_where(const std::vector<T>& items, Predicate predicate) {
  const auto found = std::find_if(items.begin(), items.end(), predicate);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

bool are_siblings(const Unit& a, const Unit& b) {
  return a.id != b.id && a.device == b.device && a.placement.overlaps(b.placement);
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
const Device* Pool::find_device(DeviceId device_id) const {
  return find_where(devices, [&](const Device& item) { return item.id == device_id; });
}
const Unit* Pool::find_unit(UnitId unit_id) const {
  return find_where(units, [&](const Unit& item) { return item.id == unit_id; });
}

std::vector<std::vector<std::size_t>> Pool::siblings() const {
  std::vector<std::size_t> by_device(units.size());
  std::iota(by_device.begin(), by_device.end(), std::size_t{0});
  std::stable_sort(by_device.begin(), by_device.end(),
                   [&](std::size_t a, std::size_t b) { return units[a].device < units[b].device; });
  std::vector<std::vector<std::size_t>> out(units.size());
  for (auto first = by_device.begin(); first != by_device.end();) {
    const auto last = std::find_if(first, by_device.end(), [&](std::size_t place) {
      return units[place].device != units[*first].device;
    });
    for (auto one = first; one != last; ++one) {
      std::copy_if(first, last, std::back_inserter(out[*one]),
                   [&](std::size_t other) { return are_siblings(units[*one], units[other]); });
    }
    first = last;
  }
  return out;
}

}  // namespace berth::model
