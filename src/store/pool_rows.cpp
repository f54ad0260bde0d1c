#include "store/pool_rows.hpp"

#include <fmt/format.h>

#include <map>
#include <unordered_set>

#include "poolfile/poolfile.hpp"
#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kPools{"pool_rows", R"sql(
    SELECT id, name, cluster, time_zone, currency, annual_cost_micros, annual_cost_currency, policy
    FROM berth.pool
    WHERE id = ANY($1::bigint[])
    ORDER BY name
)sql"};
constexpr pg::Query kNodes{"pool_nodes", R"sql(
    SELECT id, pool, name, kubernetes_name, cpu_milli, memory_gib, storage_gib, aside_cpu_milli,
        aside_memory_gib, aside_storage_gib, retired_at IS NOT NULL AS retired
    FROM berth.node
    WHERE pool = ANY($1::bigint[])
    ORDER BY id
)sql"};
constexpr pg::Query kClasses{"pool_classes", R"sql(
    SELECT id, pool, name, title, device_memory_gib, gpu_share, rate_micros, default_cpu_milli,
        default_memory_gib, default_storage_gib, ephemeral_gib, home_gib, model_cache_gib, pods,
        retired_at IS NOT NULL AS retired
    FROM berth.device_class
    WHERE pool = ANY($1::bigint[])
    ORDER BY ordinal, id
)sql"};
constexpr pg::Query kDevices{"pool_devices", R"sql(
    SELECT d.id, n.pool, d.node, d.name, d.model, d.memory_gib, d.slots, d.retired_at IS NOT NULL AS retired
    FROM berth.device d
    JOIN berth.node n ON n.id = d.node
    WHERE n.pool = ANY($1::bigint[])
    ORDER BY d.node, d.id
)sql"};
constexpr pg::Query kUnits{"pool_units", R"sql(
    SELECT u.id, n.pool, u.node, u.device_class, u.name, u.resource_name, u.replicas, u.out_of_service,
        u.retired_at IS NOT NULL AS retired, u.device, lower(u.placement) AS first_slot,
        upper(u.placement) AS end_slot
    FROM berth.unit u
    JOIN berth.node n ON n.id = u.node
    WHERE n.pool = ANY($1::bigint[])
    ORDER BY u.node, u.id
)sql"};

model::Node read_node(const pg::Row& row) {
  return {row.get<model::NodeId>("id"),
          row.get<std::string>("name"),
          row.get<std::string>("kubernetes_name"),
          {row.get<CpuMilli>("cpu_milli"), row.get<Gib>("memory_gib"), row.get<Gib>("storage_gib")},
          {row.get<CpuMilli>("aside_cpu_milli"), row.get<Gib>("aside_memory_gib"),
           row.get<Gib>("aside_storage_gib")},
          row.get<bool>("retired")};
}

model::DeviceClass read_class(const pg::Row& row) {
  return {row.get<model::ClassId>("id"),
          row.get<std::string>("name"),
          row.get<std::string>("title"),
          row.get<Gib>("device_memory_gib"),
          row.get<double>("gpu_share"),
          row.get<MoneyMicros>("rate_micros"),
          {row.get<CpuMilli>("default_cpu_milli"), row.get<Gib>("default_memory_gib"),
           row.get<Gib>("default_storage_gib")},
          row.get<Gib>("ephemeral_gib"),
          row.get<Gib>("home_gib"),
          row.get<Gib>("model_cache_gib"),
          row.get<int>("pods"),
          row.get<bool>("retired")};
}

model::Device read_device(const pg::Row& row) {
  return {row.get<model::DeviceId>("id"), row.get<model::NodeId>("node"), row.get<std::string>("name"),
          row.get<std::string>("model"),  row.get<Gib>("memory_gib"),     row.get<int>("slots"),
          row.get<bool>("retired")};
}

model::Unit read_unit(const pg::Row& row) {
  return {row.get<model::UnitId>("id"),
          row.get<model::NodeId>("node"),
          row.get<model::ClassId>("device_class"),
          row.get<std::string>("name"),
          row.get<std::string>("resource_name"),
          row.get<int>("replicas"),
          row.get<bool>("retired"),
          row.get<bool>("out_of_service"),
          row.get<model::DeviceId>("device"),
          {row.get<int>("first_slot"), row.get<int>("end_slot")}};
}

/// What belongs to each pool, in the order of its lists.
template <typename T>
std::map<model::PoolId, std::vector<T>> by_pool(const pg::Rows& rows, T (*read)(const pg::Row&)) {
  std::map<model::PoolId, std::vector<T>> parts;
  for (const auto& row : rows) parts[row.get<model::PoolId>("pool")].push_back(read(row));
  return parts;
}

/// What is declared in words that are not known may mean anything, so none of it is gone by.
tl::unexpected<Error> not_known(const model::Pool& pool, const Error& error) {
  return fail(Code::kUnavailable,
              fmt::format("pool {} was declared with a newer version: {}", pool.name, error.message),
              std::string(kNewerVersion));
}

/// All that works on a pool goes from a unit to its node, device and class without asking whether they are
/// there.
Status check_whole(const model::Pool& pool) {
  std::unordered_set<model::NodeId> nodes;
  for (const auto& node : pool.nodes) nodes.insert(node.id);
  std::unordered_set<model::DeviceId> devices;
  for (const auto& device : pool.devices) devices.insert(device.id);
  for (const auto& unit : pool.units) {
    if (nodes.contains(unit.node) && devices.contains(unit.device) &&
        pool.find_class(unit.device_class) != nullptr) {
      continue;
    }
    return fail(Code::kInternal,
                fmt::format("pool {} was read without the node, the device or the class of its unit {}",
                            pool.name, unit.name));
  }
  return {};
}

/// The pool alone, without its parts.
Result<model::Pool> read_pool_row(const pg::Row& row) {
  model::Pool pool;
  pool.id = row.get<model::PoolId>("id");
  pool.name = row.get<std::string>("name");
  pool.cluster = row.get<std::string>("cluster");
  pool.time_zone = row.get<std::string>("time_zone");
  pool.currency = row.get<std::string>("currency");
  if (const auto amount = row.get<std::optional<MoneyMicros>>("annual_cost_micros")) {
    pool.annual_cost = model::AnnualCost{*amount, row.get<std::string>("annual_cost_currency")};
  }
  auto policy = poolfile::policy_from_json(row.get<json::value>("policy"));
  if (!policy) return not_known(pool, policy.error());
  pool.policy = *policy;
  return pool;
}

}  // namespace

// Outside the pool's lock each of these sees what was committed when its turn came. Rows are never deleted,
// so what is referred to is read after what refers to it: whatever a unit names is there then.
void add_pool_reads(pg::Batch& batch, const std::vector<model::PoolId>& ids) {
  batch.add(kUnits, ids);
  batch.add(kDevices, ids);
  batch.add(kClasses, ids);
  batch.add(kNodes, ids);
  batch.add(kPools, ids);
}

std::vector<PoolRow> read_pools(std::span<const pg::Rows> answers) {
  auto units = by_pool(answers[0], read_unit);
  auto devices = by_pool(answers[1], read_device);
  auto classes = by_pool(answers[2], read_class);
  auto nodes = by_pool(answers[3], read_node);
  std::vector<PoolRow> found;
  for (const auto& row : answers[4]) {
    auto pool = read_pool_row(row);
    const auto id = row.get<model::PoolId>("id");
    if (pool) {
      pool->nodes = std::move(nodes[id]);
      pool->devices = std::move(devices[id]);
      pool->classes = std::move(classes[id]);
      pool->units = std::move(units[id]);
      if (auto whole = check_whole(*pool); !whole) pool = fail(whole.error());
    }
    found.push_back({id, row.get<std::string>("name"), std::move(pool)});
  }
  return found;
}

Result<std::optional<model::Pool>> read_pool(std::span<const pg::Rows> answers) {
  auto found = read_pools(answers);
  if (found.empty()) return std::optional<model::Pool>();
  if (!found.front().pool) return fail(found.front().pool.error());
  return std::optional(std::move(*found.front().pool));
}

}  // namespace berth::store
