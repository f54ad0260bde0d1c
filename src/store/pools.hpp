// Pools: declared as a whole, changed only where they differ, never forgotten.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/pool.hpp"
#include "pg/pg.hpp"
#include "store/affected.hpp"
#include "store/author.hpp"
#include "store/newer_version.hpp"

namespace berth::store {

/// All pools that are not retired, by name. Retired nodes, classes and units are in them, marked: history
/// names them.
struct PoolList {
  std::vector<model::Pool> pools;
  std::vector<Unreadable> unreadable;  // declared in words that this version does not know
};
Result<PoolList> load_pools(pg::Connection& connection);
/// kNotFound (slug "pool_not_found") when there is none of that name; kUnavailable (slug kNewerVersion) when
/// it is declared in words that this version does not know.
Result<model::Pool> load_pool(pg::Connection& connection, std::string_view name);
Result<model::Pool> load_pool(pg::Connection& connection, model::PoolId id);

struct Applied {
  model::Pool pool;                         // as it now stands, with its ids
  std::vector<std::string> changes;         // a sentence each; empty: it already was so
  std::vector<AffectedBooking> affected{};  // on units that are out of service now; by start
};

/// Makes the pool of that name what `wanted` says (its ids are ignored): nodes, classes and units are found
/// by their names, made, changed, or retired when they are no longer named. Done twice it changes nothing the
/// second time. kConflict (slug "pool_in_use") names the live reservations that a change would leave without
/// their unit, class, node or capacity; kConflict (slug "node_in_another_pool") names the nodes that another
/// pool of the cluster has already; kInvalid names a cluster that is not declared. Nothing is changed then.
/// See apply.hpp for a whole file.
Result<Applied> apply_pool(pg::Connection& connection, const Author& author, const model::Pool& wanted);

}  // namespace berth::store
