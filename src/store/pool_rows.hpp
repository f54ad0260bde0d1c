// Pools as rows, for the files of this folder: all that belongs to some of them in one round trip, also as
// part of a larger batch.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/pool.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// How many statements `add_pool_reads` adds; `read_pools` wants as many answers.
inline constexpr std::size_t kPoolReads = 5;
void add_pool_reads(pg::Batch& batch, const std::vector<model::PoolId>& ids);

struct PoolRow {
  model::PoolId id;
  std::string name;
  /// Every unit's node, device and class are found in it. kUnavailable (slug kNewerVersion) when it is
  /// declared in words that this version does not know.
  Result<model::Pool> pool;
};
/// Those of `ids` that are there, by name.
std::vector<PoolRow> read_pools(std::span<const pg::Rows> answers);
/// Of one that was asked for; empty when there is none.
Result<std::optional<model::Pool>> read_pool(std::span<const pg::Rows> answers);

/// Empty when there is no pool of that name, or it is retired.
Result<std::optional<model::PoolId>> find_pool_id(pg::Connection& connection, std::string_view name);

}  // namespace berth::store
