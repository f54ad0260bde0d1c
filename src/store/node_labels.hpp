// Labels that nodes are declared with, which the reconciler compares with those that they have.
#pragma once

#include <string>
#include <vector>

#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "poolfile/node_labels.hpp"

namespace berth::store {

Result<poolfile::NodeLabels> load_node_labels(pg::Connection& connection, model::PoolId pool);

/// Of a pool whose nodes are written already; nodes that are not named have none. A sentence for each that
/// changes.
Result<std::vector<std::string>> apply_node_labels(pg::Transaction& transaction, model::PoolId pool,
                                                   const poolfile::NodeLabels& wanted);

}  // namespace berth::store
