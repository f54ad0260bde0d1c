// What a pool file declares, made true: all of it or nothing.
#pragma once

#include <string>
#include <vector>

#include "pg/pg.hpp"
#include "poolfile/poolfile.hpp"
#include "store/author.hpp"
#include "store/pools.hpp"

namespace berth::store {

struct AppliedCluster {
  std::string name;
  std::vector<std::string> changes;  // a sentence each; empty: it already was so
};

/// In the order of the file.
struct AppliedAll {
  std::vector<AppliedCluster> clusters;
  std::vector<Applied> pools;
};

/// Each cluster and each pool becomes what it is declared as, in one transaction; done twice it changes
/// nothing the second time. Clusters come first, and what the file no longer names stays as it is. Refused,
/// besides as apply_pool says: kInvalid for a pool on a cluster that is declared neither here nor before;
/// kConflict (slug "cluster_in_use") for facts of a cluster that cannot change under its sessions. Open pages
/// are told of each pool that changed or whose cluster did, and the cluster's reconciler is woken.
Result<AppliedAll> apply(pg::Connection& connection, const Author& author,
                         const poolfile::Declared& declared);
/// What `apply` would answer now, refusals too; nothing is changed.
Result<AppliedAll> try_apply(pg::Connection& connection, const Author& author,
                             const poolfile::Declared& declared);

}  // namespace berth::store
