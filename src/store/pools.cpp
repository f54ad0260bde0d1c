#include "store/pools.hpp"

#include <fmt/format.h>

#include <unordered_set>

#include "poolfile/poolfile.hpp"
#include "store/codecs.hpp"
#include "store/pool_rows.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kIds{"pool_ids", R"sql(
    SELECT id
    FROM berth.pool
    WHERE retired_at IS NULL
    ORDER BY name
)sql"};
constexpr pg::Query kIdByName{"pool_id_by_name",
                              R"sql(SELECT id FROM berth.pool WHERE name = $1 AND retired_at IS NULL)sql"};
constexpr pg::Query kPool{"pool_row", R"sql(
    SELECT id, name, cluster, currency, annual_cost_micros, annual_cost_currency, policy, site
    FROM berth.pool
    WHERE id = $1
)sql"};
constexpr pg::Query kNodes{"pool_nodes", R"sql(
    SELECT id, name, kubernetes_name, cpu_milli, memory_gib, storage_gib, aside_cpu_milli, aside_memory_gib,
        aside_storage_gib, retired_at IS NOT NULL AS retired
    FROM berth.node
    WHERE pool = $1
    ORDER BY id
)sql"};
constexpr pg::Query kClasses{"pool_classes", R"sql(
    SELECT id, name, title, device_memory_gib, gpu_share, rate_micros, default_cpu_milli,
        default_memory_gib, default_storage_gib, ephemeral_gib, pods, retired_at IS NOT NULL AS retired
    FROM berth.device_class
    WHERE pool = $1
    ORDER BY ordinal, id
)sql"};
constexpr pg::Query kUnits{"pool_units", R"sql(
    SELECT u.id, u.node, u.device_class, u.name, u.resource_name, u.replicas, u.out_of_service,
        u.retired_at IS NOT NULL AS retired
    FROM berth.unit u
    JOIN berth.node n ON n.id = u.node
    WHERE n.pool = $1
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
          row.get<int>("pods"),
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
          row.get<bool>("out_of_service")};
}

tl::unexpected<Error> no_pool(std::string message) {
  return fail(Code::kNotFound, std::move(message), "pool_not_found");
}

}  // namespace

// Outside the pool's lock each of these sees what was committed when its turn came. Rows are never deleted,
// so what is referred to is read after what refers to it: whatever a unit names is there then.
void add_pool_reads(pg::Batch& batch, model::PoolId id) {
  batch.add(kUnits, id);
  batch.add(kClasses, id);
  batch.add(kNodes, id);
  batch.add(kPool, id);
}

Result<std::optional<model::Pool>> read_pool(std::span<const pg::Rows> answers) {
  const auto& units = answers[0];
  const auto& classes = answers[1];
  const auto& nodes = answers[2];
  const auto& pools = answers[3];
  if (pools.empty()) return std::optional<model::Pool>();
  const auto row = pools.front();
  model::Pool pool;
  pool.id = row.get<model::PoolId>("id");
  pool.name = row.get<std::string>("name");
  pool.cluster = row.get<std::string>("cluster");
  pool.currency = row.get<std::string>("currency");
  if (const auto amount = row.get<std::optional<MoneyMicros>>("annual_cost_micros")) {
    pool.annual_cost = model::AnnualCost{*amount, row.get<std::string>("annual_cost_currency")};
  }
  auto policy = poolfile::policy_from_json(row.get<json::value>("policy"));
  if (!policy)
    return fail(Code::kInternal,
                fmt::format("pool {} in the database: {}", pool.name, policy.error().message));
  auto site = poolfile::site_from_json(row.get<json::value>("site"));
  if (!site)
    return fail(Code::kInternal, fmt::format("pool {} in the database: {}", pool.name, site.error().message));
  pool.policy = *policy;
  pool.site = std::move(*site);
  std::unordered_set<model::NodeId> known;
  for (const auto& node : nodes) known.insert(pool.nodes.emplace_back(read_node(node)).id);
  for (const auto& item : classes) pool.classes.push_back(read_class(item));
  for (const auto& unit : units) {
    const auto& one = pool.units.emplace_back(read_unit(unit));
    // All that works on a pool goes from a unit to its node and class without asking whether they are there.
    if (!known.contains(one.node) || pool.find_class(one.device_class) == nullptr) {
      return fail(
          Code::kInternal,
          fmt::format("pool {} was read without the node or the class of its unit {}", pool.name, one.name));
    }
  }
  return std::optional(std::move(pool));
}

Result<std::optional<model::PoolId>> find_pool_id(pg::Connection& connection, std::string_view name) {
  const auto rows = connection.exec(kIdByName, name);
  if (!rows) return fail(within("look up a pool", rows.error()));
  if (rows->empty()) return std::optional<model::PoolId>();
  return std::optional(rows->front().get<model::PoolId>("id"));
}

Result<model::Pool> load_pool(pg::Connection& connection, model::PoolId id) {
  pg::Batch batch;
  add_pool_reads(batch, id);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read a pool", answers.error()));
  auto pool = read_pool(*answers);
  if (!pool) return fail(pool.error());
  if (!pool->has_value()) return no_pool(fmt::format("there is no pool with the id {}", id.value));
  return std::move(**pool);
}

Result<model::Pool> load_pool(pg::Connection& connection, std::string_view name) {
  const auto id = find_pool_id(connection, name);
  if (!id) return fail(id.error());
  if (!id->has_value()) return no_pool(fmt::format("there is no pool named {}", name));
  return load_pool(connection, **id);
}

Result<std::vector<model::Pool>> load_pools(pg::Connection& connection) {
  const auto ids = connection.exec(kIds);
  if (!ids) return fail(within("list pools", ids.error()));
  std::vector<model::Pool> pools;
  for (const auto& row : *ids) {
    auto pool = load_pool(connection, row.get<model::PoolId>("id"));
    if (!pool) return fail(pool.error());
    pools.push_back(std::move(*pool));
  }
  return pools;
}

}  // namespace berth::store
