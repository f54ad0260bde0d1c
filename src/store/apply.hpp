// What a pool file declares, made true: all of it or nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pg/pg.hpp"
#include "poolfile/node_labels.hpp"
#include "poolfile/poolfile.hpp"
#include "store/author.hpp"
#include "store/pools.hpp"

namespace berth::store {

struct AppliedCluster {
  std::string name;
  std::vector<std::string> changes;         // a sentence each; empty: it already was so
  std::vector<AffectedBooking> affected{};  // that run there, where anything changes; by start
};

/// In the order of the file.
struct AppliedAll {
  std::vector<AppliedCluster> clusters;
  std::vector<Applied> pools;
};

/// Whether bookings leave units that are taken out of service or out of the pool, where they can.
enum class MoveBookings { kNo, kYes };
/// kNo: all is as it would be, refusals too, and nothing is changed.
enum class Keep { kNo, kYes };

struct DeclareOptions {
  /// Of nodes, by their pool's name: what is not there has none. Nothing: they stay as they are.
  std::optional<std::map<std::string, poolfile::NodeLabels>> labels{};
  MoveBookings move = MoveBookings::kNo;
  Keep keep = Keep::kYes;
};

/// A pool that cannot become what is declared because of bookings. Nothing is changed.
struct PoolInUse {
  std::string pool;
  std::vector<std::string> conflicts;     // all, a sentence each
  std::vector<std::string> others;        // of these, those that are not about a booking in the way
  std::vector<AffectedBooking> affected;  // those in the way are marked
};

using DeclareOutcome = std::variant<AppliedAll, PoolInUse>;

/// Each cluster and each pool becomes what it is declared as, in one transaction; done twice it changes
/// nothing the second time. Clusters come first, and what the file no longer names stays as it is. Refused,
/// besides as apply_pool says: kInvalid for a pool on a cluster that is declared neither here nor before;
/// kConflict (slug "cluster_in_use") for facts of a cluster that cannot change under its sessions. Open pages
/// are told of each pool that changed or whose cluster did, and the cluster's reconciler is woken.
Result<DeclareOutcome> declare(pg::Connection& connection, const Author& author,
                               const poolfile::Declared& declared, const DeclareOptions& options);
/// The same with nobody moved, and PoolInUse as an error: kConflict, "pool_in_use".
Result<AppliedAll> apply(pg::Connection& connection, const Author& author,
                         const poolfile::Declared& declared);

}  // namespace berth::store
