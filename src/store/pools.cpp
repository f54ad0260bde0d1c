#include "store/pools.hpp"

#include <fmt/format.h>

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

tl::unexpected<Error> no_pool(std::string message) {
  return fail(Code::kNotFound, std::move(message), "pool_not_found");
}

}  // namespace

Result<std::optional<model::PoolId>> find_pool_id(pg::Connection& connection, std::string_view name) {
  const auto rows = connection.exec(kIdByName, name);
  if (!rows) return fail(within("look up a pool", rows.error()));
  if (rows->empty()) return std::optional<model::PoolId>();
  return std::optional(rows->front().get<model::PoolId>("id"));
}

Result<model::Pool> load_pool(pg::Connection& connection, model::PoolId id) {
  pg::Batch batch;
  add_pool_reads(batch, {id});
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

Result<PoolList> load_pools(pg::Connection& connection) {
  const auto ids = connection.exec(kIds);
  if (!ids) return fail(within("list pools", ids.error()));
  std::vector<model::PoolId> wanted;
  for (const auto& row : *ids) wanted.push_back(row.get<model::PoolId>("id"));
  pg::Batch batch;
  add_pool_reads(batch, wanted);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read pools", answers.error()));
  PoolList list;
  for (auto& row : read_pools(*answers)) {
    if (row.pool) {
      list.pools.push_back(std::move(*row.pool));
    } else {
      list.unreadable.push_back({row.name, row.pool.error().message});
    }
  }
  return list;
}

}  // namespace berth::store
