// The reconciler's reads. Internal to the store.
#pragma once

#include <string>

#include "base/result.hpp"
#include "pg/pg.hpp"
#include "planning/planning.hpp"

namespace berth::store {

/// Everything of one cluster that can be read, and what cannot; read inside `transaction`, which must be one
/// snapshot.
Result<planning::Desired> read_desired(pg::Transaction& transaction, const std::string& cluster);

/// The steps of a new session: all pending.
std::vector<model::Step> fresh_steps();

/// Of units that are siblings of each other the first: any of those that are left can be taken together.
std::vector<model::Unit> side_by_side(const std::vector<model::Unit>& units);

}  // namespace berth::store
