#include <fmt/format.h>

#include <algorithm>

#include "poolfile/parts.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

void read_load(Fields& fields, Range cpu, Range gib, Need need, Load& load) {
  fields.decimal("cpu", need, 3, cpu, load.cpu.value);
  fields.integer("memory_gib", need, gib, load.memory.value);
  fields.integer("storage_gib", need, gib, load.storage.value);
}

void check_aside(Fields& fields, std::string_view name, std::int64_t aside, std::int64_t capacity,
                 std::string shown_aside, const std::string& shown_capacity) {
  if (aside <= capacity) return;
  fields.faults().add(fields.path_of(fmt::format("set_aside.{}", name)), std::move(shown_aside),
                      fmt::format("at most {}", shown_capacity), "More is set aside than the node has.");
}

}  // namespace

void read_class(Fields& fields, model::Pool& pool) {
  model::DeviceClass item;
  fields.text("name", Need::kRequired, kDnsLabel, item.name);
  item.title = item.name;
  fields.text("title", Need::kOptional, kTitle, item.title);
  fields.integer("device_memory_gib", Need::kRequired, kGibRange, item.device_memory.value);
  fields.share("gpu_share", Need::kOptional, item.gpu_share);
  fields.decimal("rate", Need::kRequired, 6, kRateMicrosRange, item.rate.value);
  fields.integer("home_gib", Need::kOptional, kGibRange, item.home.value);
  fields.integer("model_cache_gib", Need::kOptional, kGibRange, item.model_cache.value);
  item.defaults.storage = item.least_storage();  // no second fault when it is missing
  fields.object("defaults", Need::kRequired, [&](Fields& defaults) {
    read_load(defaults, kCpuMilliRange, kGibRange, Need::kRequired, item.defaults);
  });
  fields.integer("ephemeral_gib", Need::kRequired, kGibRange, item.ephemeral.value);
  fields.integer("pods", Need::kOptional, kPodsRange, item.pods);

  const auto least = item.least_storage();
  if (item.defaults.storage < least) {
    fields.faults().add(fields.path_of("defaults.storage_gib"), std::to_string(item.defaults.storage.value),
                        fmt::format("at least {}", least.value),
                        fmt::format("Must hold a session's home ({} GiB) and model cache ({} GiB).",
                                    item.home.value, item.model_cache.value));
  }
  item.id.value = static_cast<std::int64_t>(pool.classes.size()) + 1;
  pool.classes.push_back(std::move(item));
}

namespace {

/// One unit, on the last device of the pool.
void read_unit(Fields& fields, const model::Node& node, model::Unit unit, model::Pool& pool, Paths& paths) {
  unit.id.value = static_cast<std::int64_t>(pool.units.size()) + 1;
  unit.node = node.id;
  std::string device_class;
  fields.text("name", Need::kRequired, kDnsLabel, unit.name);
  fields.text("device_class", Need::kRequired, kDnsLabel, device_class);
  fields.text("resource_name", Need::kRequired, kResourceName, unit.resource_name);
  fields.integer("replicas", Need::kOptional, kReplicasRange, unit.replicas);
  fields.boolean("out_of_service", Need::kOptional, unit.out_of_service);
  const auto found = std::find_if(pool.classes.begin(), pool.classes.end(),
                                  [&](const model::DeviceClass& item) { return item.name == device_class; });
  if (found != pool.classes.end()) {
    unit.device_class = found->id;
  } else if (!device_class.empty()) {
    fields.faults().add(fields.path_of("device_class"), device_class, "one of device_classes",
                        "There is no device class of this name in the file.");
  }
  pool.units.push_back(std::move(unit));
  paths.units.push_back(fields.path());
}

model::Device& add_device(const Fields& fields, const model::Node& node, model::Pool& pool, Paths& paths) {
  model::Device device;
  device.id.value = static_cast<std::int64_t>(pool.devices.size()) + 1;
  device.node = node.id;
  pool.devices.push_back(std::move(device));
  paths.devices.push_back(fields.path());
  return pool.devices.back();
}

void read_device(Fields& fields, const model::Node& node, model::Pool& pool, Paths& paths) {
  model::Device& device = add_device(fields, node, pool, paths);
  fields.text("name", Need::kRequired, kDnsLabel, device.name);
  fields.text("model", Need::kOptional, kTitleOrEmpty, device.model);
  fields.integer("memory_gib", Need::kRequired, kGibRange, device.memory.value);
  fields.integer("slots", Need::kOptional, kSlotsRange, device.slots);
  fields.objects("units", Need::kRequired, kMaxUnitsPerNode, [&](Fields& unit_fields) {
    model::Unit unit;
    unit.device = device.id;
    unit.placement = {0, device.slots};
    unit_fields.span("placement", Need::kOptional, {0, device.slots}, unit.placement.first,
                     unit.placement.end);
    read_unit(unit_fields, node, std::move(unit), pool, paths);
  });
}

/// A unit that is told without a device has one of its own, of its name: all of it.
void read_lone_unit(Fields& fields, const model::Node& node, model::Pool& pool, Paths& paths) {
  model::Unit unit;
  unit.device = add_device(fields, node, pool, paths).id;
  read_unit(fields, node, std::move(unit), pool, paths);
  model::Device& device = pool.devices.back();
  device.name = pool.units.back().name;
  if (const auto* device_class = pool.find_class(pool.units.back().device_class); device_class != nullptr) {
    device.memory = device_class->device_memory;
  }
}

}  // namespace

void read_node(Fields& fields, model::Pool& pool, Paths& paths) {
  model::Node node;
  node.id.value = static_cast<std::int64_t>(pool.nodes.size()) + 1;
  fields.text("name", Need::kRequired, kDnsLabel, node.name);
  node.kubernetes_name = node.name;
  fields.text("kubernetes_name", Need::kOptional, kDnsName, node.kubernetes_name);
  check_node_labels(fields);
  fields.object("capacity", Need::kRequired, [&](Fields& capacity) {
    read_load(capacity, kCpuMilliRange, kGibRange, Need::kRequired, node.capacity);
  });
  fields.object("set_aside", Need::kOptional, [&](Fields& aside) {
    read_load(aside, kAsideCpuMilliRange, kAsideGibRange, Need::kOptional, node.set_aside);
  });
  const auto& has = node.capacity;
  const auto& aside = node.set_aside;
  check_aside(fields, "cpu", aside.cpu.value, has.cpu.value, format_cores(aside.cpu), format_cores(has.cpu));
  check_aside(fields, "memory_gib", aside.memory.value, has.memory.value, std::to_string(aside.memory.value),
              std::to_string(has.memory.value));
  check_aside(fields, "storage_gib", aside.storage.value, has.storage.value,
              std::to_string(aside.storage.value), std::to_string(has.storage.value));

  pool.nodes.push_back(node);
  const auto before = pool.units.size();
  bool told = false;
  fields.objects("devices", Need::kOptional, kMaxDevicesPerNode, [&](Fields& device_fields) {
    told = true;
    read_device(device_fields, node, pool, paths);
  });
  fields.objects("units", Need::kOptional, kMaxUnitsPerNode, [&](Fields& unit_fields) {
    told = true;
    read_lone_unit(unit_fields, node, pool, paths);
  });
  const auto units = pool.units.size() - before;
  if (!told) {
    fields.faults().add(fields.path_of("devices"), "", "at least 1",
                        "Is missing: a node has devices with units, or units that are devices of their own.");
  } else if (units > kMaxUnitsPerNode) {
    fields.faults().add(fields.path_of("devices"), std::to_string(units),
                        fmt::format("at most {} units", kMaxUnitsPerNode), "The node has too many units.");
  }
}

}  // namespace berth::poolfile
