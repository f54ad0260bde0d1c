// Units that the cluster does not offer: holds of nobody's. They count as out of service wherever holds do.
#pragma once

#include "pg/pg.hpp"
#include "planning/planning.hpp"

namespace berth::store {

/// The units of a cluster, for the reconciler to compare with what its nodes offer.
void add_units_read(pg::Batch& batch, const std::string& cluster);
std::vector<planning::DeclaredUnit> read_units(const pg::Rows& rows);

/// Ends with the word to open pages: the last statements of the transaction.
Status keep_outages(pg::Transaction& transaction, const planning::KeepOutages& outages);

}  // namespace berth::store
