// Clusters: declared once, and named by pools.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/cluster.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// Of all that are declared, in order.
Result<std::vector<std::string>> cluster_names(pg::Connection& connection);
/// Empty when it is not declared. kUnavailable (slug kNewerVersion) when it is declared in words that this
/// version does not know.
Result<std::optional<model::Cluster>> load_cluster(pg::Connection& connection, const std::string& name);

/// The same among other reads: one answer of the batch, and what it says.
void add_cluster_read(pg::Batch& batch, const std::string& name);
Result<std::optional<model::Cluster>> read_cluster(const pg::Rows& rows, const std::string& name);

}  // namespace berth::store
