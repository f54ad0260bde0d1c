// What a node should hold, and what its daemon says that it holds (decision 64).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cacheplan/report.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"
#include "store/cache_tokens.hpp"

namespace berth::store {

/// Of a node that is in a pool: what of the catalogue is for that pool, in order.
Result<std::vector<cacheplan::Wanted>> wanted_on(pg::Connection& connection, const CacheNodeCaller& node);

/// How many artifacts of the report were left out, since nobody wants them on that node.
Result<std::size_t> write_cache_report(pg::Connection& connection, const CacheNodeCaller& node,
                                       const cacheplan::Report& report);

struct CacheStateRow {
  cacheplan::Artifact artifact;
  cacheplan::Said said;
  Instant since;
};
struct CacheNodeRow {
  model::NodeId id{};
  std::string pool;
  std::string node;  // by its name in the pool
  std::string kubernetes_name;
  std::optional<Instant> reported_at;  // never, or when last
  cacheplan::Report report{};          // without its artifacts
  std::vector<CacheStateRow> artifacts{};
};
/// Nodes that are in a pool, by pool and name; of one pool, or of all where it is empty. Artifacts by kind
/// and source.
Result<std::vector<CacheNodeRow>> list_cache_nodes(pg::Connection& connection, const std::string& pool);

}  // namespace berth::store
