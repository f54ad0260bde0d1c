// One thing of what is declared, within the transaction that declares all of it. Internal to the store.
// Whoever calls these has the locks of the pools and clusters that they are about.
#pragma once

#include <string>
#include <vector>

#include "model/cluster.hpp"
#include "model/pool.hpp"
#include "pg/pg.hpp"
#include "store/apply.hpp"
#include "store/pools.hpp"

namespace berth::store {

Result<AppliedCluster> apply_cluster(pg::Transaction& transaction, const model::Cluster& wanted);

/// The row of a pool that was not there, without its parts.
Result<model::PoolId> make_pool(pg::Transaction& transaction, const model::Pool& wanted);
enum class IsNew { kNo, kYes };
using PartsOutcome = std::variant<Applied, PoolInUse>;
Result<PartsOutcome> apply_parts(pg::Transaction& transaction, model::PoolId id, const model::Pool& wanted,
                                 IsNew is_new, MoveBookings move);
/// A Kubernetes node is in one pool: in two, each of its devices would be booked twice. Asked when all pools
/// of the file are written, so that a node may go from one to another.
Status check_nodes_are_nowhere_else(pg::Transaction& transaction, model::PoolId id,
                                    const model::Pool& wanted);

}  // namespace berth::store
