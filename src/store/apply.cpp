#include "store/apply.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/field_errors.hpp"
#include "store/apply_parts.hpp"
#include "store/booking_writes.hpp"
#include "store/bookings.hpp"
#include "store/clusters.hpp"
#include "store/codecs.hpp"
#include "store/events.hpp"
#include "store/node_labels.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kIds{"apply_ids", R"sql(
    SELECT id, name
    FROM berth.pool
    WHERE name = ANY($1::text[])
    ORDER BY id
)sql"};
// What is on one cluster is declared by one at a time, so that no node gets into two pools. Taken after the
// locks of pools, and nobody who has one of these waits for a pool's.
constexpr pg::Query kLockCluster{"apply_lock_cluster",
                                 R"sql(SELECT pg_advisory_xact_lock(2, hashtext($1)))sql"};
constexpr pg::Query kPoolsOn{"apply_pools_on", R"sql(
    SELECT id
    FROM berth.pool
    WHERE cluster = ANY($1::text[]) AND retired_at IS NULL
)sql"};
constexpr pg::Query kWake{"apply_wake", R"sql(SELECT pg_notify($1, $2))sql"};

/// All locks that this needs, each kind in one order, whatever the file's is. Gives the pools that are there,
/// by name.
Result<std::map<std::string, model::PoolId>> lock_all(pg::Transaction& transaction,
                                                      const poolfile::Declared& declared) {
  std::vector<std::string> names;
  std::set<std::string> clusters;
  for (const auto& cluster : declared.clusters) clusters.insert(cluster.name);
  for (const auto& pool : declared.pools) {
    names.push_back(pool.name);
    clusters.insert(pool.cluster);
  }
  const auto rows = transaction.exec(kIds, names);
  if (!rows) return fail(within("look up pools", rows.error()));
  std::map<std::string, model::PoolId> there;
  for (const auto& row : *rows) {
    const auto id = row.get<model::PoolId>("id");
    if (auto locked = lock_pool(transaction, id); !locked) return fail(locked.error());
    there.emplace(row.get<std::string>("name"), id);
  }
  for (const auto& cluster : clusters) {
    if (auto locked = transaction.exec(kLockCluster, cluster); !locked)
      return fail(within("wait for the cluster's lock", locked.error()));
  }
  return there;
}

Status check_clusters_are_declared(pg::Transaction& transaction, const std::vector<model::Pool>& pools) {
  const auto known = cluster_names(transaction.connection());
  if (!known) return fail(known.error());
  FieldErrors faults;
  for (const auto& pool : pools) {
    if (std::binary_search(known->begin(), known->end(), pool.cluster)) continue;
    faults.add(
        "cluster", pool.cluster,
        known->empty() ? std::string("a declared cluster") : fmt::format("{}", fmt::join(*known, ", ")),
        fmt::format(
            "Pool {0} is on cluster {1}, which is not declared. Add a document with kind: Cluster and "
            "name: {1} to the file.",
            pool.name, pool.cluster));
  }
  return faults.empty() ? Status() : fail(faults.error());
}

/// In one order too: who makes a pool of the same name at the same moment is waited for.
Result<std::set<std::string>> make_new_pools(pg::Transaction& transaction,
                                             const std::vector<model::Pool>& pools,
                                             std::map<std::string, model::PoolId>& there) {
  std::map<std::string, const model::Pool*> wanted;
  for (const auto& pool : pools) {
    if (!there.contains(pool.name)) wanted.emplace(pool.name, &pool);
  }
  std::set<std::string> made;
  for (const auto& [name, pool] : wanted) {
    const auto id = make_pool(transaction, *pool);
    if (!id) return fail(id.error());
    if (auto locked = lock_pool(transaction, *id); !locked) return fail(locked.error());
    there.emplace(name, *id);
    made.insert(name);
  }
  return made;
}

bool is_moved(const AffectedBooking& booking) {
  return booking.fate == Fate::kMoved;
}

/// Whether anything of it was written.
bool is_changed(const Applied& one) {
  return !one.changes.empty() || std::ranges::any_of(one.affected, is_moved);
}

/// The last statements.
Status tell(pg::Transaction& transaction, const AppliedAll& applied) {
  std::set<std::string> clusters;
  for (const auto& cluster : applied.clusters) {
    if (!cluster.changes.empty()) clusters.insert(cluster.name);
  }
  const auto rows = transaction.exec(kPoolsOn, std::vector<std::string>(clusters.begin(), clusters.end()));
  if (!rows) return fail(within("list the pools of clusters", rows.error()));
  std::set<model::PoolId> pools;
  for (const auto& row : *rows) pools.insert(row.get<model::PoolId>("id"));
  for (const auto& one : applied.pools) {
    if (!is_changed(one)) continue;
    pools.insert(one.pool.id);
    clusters.insert(one.pool.cluster);
  }
  pg::Batch batch;
  for (const auto& cluster : clusters) batch.add(kWake, kWorkChannel, cluster);
  for (const auto& one : applied.pools) {
    for (const auto& booking : one.affected) {
      if (!is_moved(booking)) continue;
      add_emit(batch,
               {event_kind::kReservation, one.pool.id, booking.reservation, booking.owner_id, booking.team});
    }
  }
  for (const auto& pool : pools) add_emit(batch, {event_kind::kPool, pool, {}, {}, {}});
  const auto told = transaction.connection().exec(batch);
  if (!told) return fail(within("tell of a change", told.error()));
  return {};
}

Result<DeclareOutcome> declare_once(pg::Connection& connection, const Author& author,
                                    const poolfile::Declared& declared, const DeclareOptions& options) {
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  auto there = lock_all(*transaction, declared);
  if (!there) return fail(there.error());

  AppliedAll applied;
  bool changed = false;
  for (const auto& cluster : declared.clusters) {
    auto done = apply_cluster(*transaction, cluster);
    if (!done) return fail(done.error());
    changed = changed || !done->changes.empty();
    applied.clusters.push_back(std::move(*done));
  }
  if (auto known = check_clusters_are_declared(*transaction, declared.pools); !known)
    return fail(known.error());
  const auto made = make_new_pools(*transaction, declared.pools, *there);
  if (!made) return fail(made.error());
  for (const auto& pool : declared.pools) {
    auto done = apply_parts(*transaction, there->at(pool.name), pool,
                            made->contains(pool.name) ? IsNew::kYes : IsNew::kNo, options.move);
    if (!done) return fail(done.error());
    if (auto* in_use = std::get_if<PoolInUse>(&*done)) return DeclareOutcome(std::move(*in_use));
    applied.pools.push_back(std::get<Applied>(std::move(*done)));
    if (options.labels) {
      const auto of = options.labels->find(pool.name);
      auto labels = apply_node_labels(*transaction, there->at(pool.name),
                                      of == options.labels->end() ? poolfile::NodeLabels() : of->second);
      if (!labels) return fail(labels.error());
      auto& changes = applied.pools.back().changes;
      changes.insert(changes.end(), labels->begin(), labels->end());
    }
    changed = changed || is_changed(applied.pools.back());
  }
  if (!changed)
    return DeclareOutcome(std::move(applied));  // nothing was written: the transaction ends unsaid
  for (std::size_t i = 0; i < declared.pools.size(); ++i) {
    const auto& done = applied.pools[i];
    if (done.changes.empty()) continue;
    if (auto alone = check_nodes_are_nowhere_else(*transaction, done.pool.id, declared.pools[i]); !alone)
      return fail(alone.error());
  }
  if (options.keep == Keep::kNo) return DeclareOutcome(std::move(applied));  // and all of it is rolled back
  if (auto told = tell(*transaction, applied); !told) return fail(told.error());
  if (auto committed = transaction->commit(); !committed)
    return fail(in_words("commit what is declared", committed.error()));
  return DeclareOutcome(std::move(applied));
}

}  // namespace

Result<DeclareOutcome> declare(pg::Connection& connection, const Author& author,
                               const poolfile::Declared& declared, const DeclareOptions& options) {
  return repeat_collided([&] { return declare_once(connection, author, declared, options); });
}

Result<AppliedAll> apply(pg::Connection& connection, const Author& author,
                         const poolfile::Declared& declared) {
  auto outcome = declare(connection, author, declared, {});
  if (!outcome) return fail(outcome.error());
  if (const auto* in_use = std::get_if<PoolInUse>(&*outcome))
    return fail(Code::kConflict, fmt::format("{}", fmt::join(in_use->conflicts, " ")), "pool_in_use");
  return std::get<AppliedAll>(std::move(*outcome));
}

Result<Applied> apply_pool(pg::Connection& connection, const Author& author, const model::Pool& wanted) {
  auto applied = apply(connection, author, {{}, {wanted}});
  if (!applied) return fail(applied.error());
  return std::move(applied->pools.front());
}

}  // namespace berth::store
