// A pool read in one round trip, also as part of a larger batch.
#pragma once

#include <span>
#include <vector>

#include "model/pool.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// How many statements `add_pool_reads` adds; `read_pool` wants as many answers.
inline constexpr std::size_t kPoolReads = 4;
void add_pool_reads(pg::Batch& batch, model::PoolId id);
/// Empty when there is no such pool. In what it gives every unit's node and class are found.
Result<std::optional<model::Pool>> read_pool(std::span<const pg::Rows> answers);

/// Empty when there is no pool of that name, or it is retired.
Result<std::optional<model::PoolId>> find_pool_id(pg::Connection& connection, std::string_view name);

}  // namespace berth::store
