#include <cstdint>

#include "poolfile/parts.hpp"
#include "poolfile/poolfile.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

json::object load_to_json(const Load& load) {
  return {{"cpu", decimal_number(load.cpu.value, 1000)},
          {"memory_gib", load.memory.value},
          {"storage_gib", load.storage.value}};
}

json::object class_to_json(const model::DeviceClass& item) {
  return {{"name", item.name},
          {"title", item.title},
          {"device_memory_gib", item.device_memory.value},
          {"gpu_share", item.gpu_share},
          {"rate", decimal_number(item.rate.value, 1'000'000)},
          {"defaults", load_to_json(item.defaults)},
          {"ephemeral_gib", item.ephemeral.value},
          {"home_gib", item.home.value},
          {"model_cache_gib", item.model_cache.value},
          {"pods", item.pods}};
}

/// Null where there is none: a pool file that takes it away then differs from one that had it.
json::value annual_cost_to_json(const std::optional<model::AnnualCost>& cost) {
  if (!cost) return nullptr;
  return json::object{{"amount", format_money(cost->amount)}, {"currency", cost->currency}};
}

void read_annual_cost(Fields& fields, std::optional<model::AnnualCost>& cost) {
  std::string amount;
  std::string currency;
  fields.text("amount", Need::kRequired, kMoney, amount);
  fields.text("currency", Need::kRequired, kCurrency, currency);
  if (const auto money = parse_money(amount); money && !currency.empty()) {
    cost = model::AnnualCost{*money, std::move(currency)};
  }
}

json::object unit_to_json(const model::Unit& unit, const model::Pool& pool) {
  const auto* device_class = pool.find_class(unit.device_class);
  return {{"name", unit.name},
          {"device_class", device_class == nullptr ? std::string() : device_class->name},
          {"resource_name", unit.resource_name},
          {"replicas", unit.replicas},
          {"placement", json::array{unit.placement.first, unit.placement.end}},
          {"out_of_service", unit.out_of_service}};
}

json::object device_to_json(const model::Device& device, const model::Pool& pool) {
  json::array units;
  for (const auto& unit : pool.units) {
    if (unit.device == device.id && !unit.retired) units.push_back(unit_to_json(unit, pool));
  }
  return {{"name", device.name},
          {"model", device.model},
          {"memory_gib", device.memory.value},
          {"slots", device.slots},
          {"units", std::move(units)}};
}

json::object node_to_json(const model::Node& node, const model::Pool& pool) {
  json::array devices;
  for (const auto& device : pool.devices) {
    if (device.node == node.id && !device.retired) devices.push_back(device_to_json(device, pool));
  }
  return {{"name", node.name},
          {"kubernetes_name", node.kubernetes_name},
          {"capacity", load_to_json(node.capacity)},
          {"set_aside", load_to_json(node.set_aside)},
          {"devices", std::move(devices)}};
}

}  // namespace

json::value decimal_number(std::int64_t parts, std::int64_t parts_per_one) {
  if (parts % parts_per_one == 0) return parts / parts_per_one;
  return static_cast<double>(parts) / static_cast<double>(parts_per_one);
}

Result<model::Pool> parse_pool(const json::value& document) {
  FieldErrors faults;
  Fields fields(document, "", faults);
  model::Pool pool;
  Paths paths;
  read_head(fields, kPoolKind, pool.name);
  fields.text("cluster", Need::kOptional, kDnsLabel, pool.cluster);
  fields.text("time_zone", Need::kOptional, kTimeZone, pool.time_zone);
  fields.text("currency", Need::kOptional, kCurrency, pool.currency);
  fields.object_or_null("annual_cost", [&](Fields& cost) { read_annual_cost(cost, pool.annual_cost); });
  fields.object("policy", Need::kOptional, [&](Fields& policy) { read_policy(policy, pool.policy); });
  refuse_site(fields, document);
  fields.objects("device_classes", Need::kRequired, kMaxClasses,
                 [&](Fields& item) { read_class(item, pool); });
  fields.objects("nodes", Need::kRequired, kMaxPoolNodes,
                 [&](Fields& node) { read_node(node, pool, paths); });
  fields.finish();
  check_whole(pool, paths, faults);
  check_shortest(pool.policy, faults);
  if (!faults.empty()) return fail(file_error(faults));
  return pool;
}

json::object to_json(const model::Pool& pool) {
  json::array classes;
  for (const auto& item : pool.classes) {
    if (!item.retired) classes.push_back(class_to_json(item));
  }
  json::array nodes;
  for (const auto& node : pool.nodes) {
    if (!node.retired) nodes.push_back(node_to_json(node, pool));
  }
  json::object document = head_to_json(kPoolKind, pool.name);
  document["cluster"] = pool.cluster;
  document["time_zone"] = pool.time_zone;
  document["currency"] = pool.currency;
  document["annual_cost"] = annual_cost_to_json(pool.annual_cost);
  document["policy"] = policy_to_json(pool.policy);
  document["device_classes"] = std::move(classes);
  document["nodes"] = std::move(nodes);
  return document;
}

}  // namespace berth::poolfile
