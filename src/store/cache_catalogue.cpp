#include "store/cache_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "modelcache/source.hpp"
#include "store/cache_codecs.hpp"

namespace berth::store {
namespace {

using cacheplan::ArtifactId;
using cacheplan::Kind;

constexpr pg::Query kList{"cache_artifact_list", R"sql(
    SELECT a.id, a.kind, a.source, a.bytes, a.digest, a.priority, a.pinned, a.note, u.email, a.added_at,
        ARRAY(
          SELECT p.name
          FROM berth.cache_artifact_pool ap JOIN berth.pool p ON p.id = ap.pool
          WHERE ap.artifact = a.id
          ORDER BY p.name
        ) AS pools
    FROM berth.cache_artifact a
    JOIN berth.app_user u ON u.id = a.added_by
    WHERE $1::uuid IS NULL OR a.id = $1
    ORDER BY a.kind, a.source
)sql"};
// Two that are added at once are counted one after the other.
constexpr pg::Query kOneAtATime{"cache_catalogue_lock", R"sql(
    SELECT pg_advisory_xact_lock(5, 0)
)sql"};
constexpr pg::Query kCount{"cache_artifact_count", R"sql(
    SELECT count(*) AS count FROM berth.cache_artifact
)sql"};
constexpr pg::Query kAdd{"cache_artifact_add", R"sql(
    INSERT INTO berth.cache_artifact (kind, source, bytes, digest, priority, pinned, note, added_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT DO NOTHING
    RETURNING id
)sql"};
constexpr pg::Query kPools{"cache_artifact_pools_known", R"sql(
    SELECT id, name FROM berth.pool WHERE name = ANY($1) AND retired_at IS NULL
)sql"};
constexpr pg::Query kDropPools{"cache_artifact_drop_pools", R"sql(
    DELETE FROM berth.cache_artifact_pool
    WHERE artifact = $1 AND pool <> ALL($2::bigint[])
)sql"};
constexpr pg::Query kAddPools{"cache_artifact_add_pools", R"sql(
    INSERT INTO berth.cache_artifact_pool (artifact, pool)
    SELECT $1, pool FROM unnest($2::bigint[]) AS pool
    ON CONFLICT DO NOTHING
)sql"};
constexpr pg::Query kHold{"cache_artifact_hold", R"sql(
    SELECT FROM berth.cache_artifact WHERE id = $1 FOR UPDATE
)sql"};
constexpr pg::Query kChange{"cache_artifact_change", R"sql(
    UPDATE berth.cache_artifact
    SET priority = coalesce($2, priority), pinned = coalesce($3, pinned), note = coalesce($4, note)
    WHERE id = $1
      AND (priority, pinned, note) IS DISTINCT FROM (coalesce($2, priority), coalesce($3, pinned), coalesce($4, note))
)sql"};
constexpr pg::Query kRemove{"cache_artifact_remove", R"sql(
    DELETE FROM berth.cache_artifact WHERE id = $1
)sql"};

tl::unexpected<Error> no_artifact(const ArtifactId& id) {
  return fail(Code::kNotFound, fmt::format("The catalogue of the node cache has no {}.", id.value),
              "no_cache_artifact");
}

Result<std::vector<CacheArtifact>> read_all(pg::Connection& connection,
                                            const std::optional<ArtifactId>& one) {
  const auto rows = connection.exec(kList, one);
  if (!rows) return fail(within("list the catalogue of the node cache", rows.error()));
  std::vector<CacheArtifact> all;
  for (const auto& row : *rows) {
    auto artifact = read_artifact(row);
    if (!artifact) return fail(artifact.error());
    all.push_back({.artifact = std::move(*artifact),
                   .pools = row.get<std::vector<std::string>>("pools"),
                   .note = row.get<std::string>("note"),
                   .added_by = row.get<std::string>("email"),
                   .added_at = row.get<Instant>("added_at")});
  }
  return all;
}

Result<CacheArtifact> read_one(pg::Connection& connection, const ArtifactId& id) {
  auto all = read_all(connection, id);
  if (!all) return fail(all.error());
  if (all->empty()) return no_artifact(id);
  return std::move(all->front());
}

Result<std::vector<model::PoolId>> pools_named(pg::Transaction& transaction,
                                               const std::vector<std::string>& names) {
  const auto rows = transaction.exec(kPools, names);
  if (!rows) return fail(within("look for pools", rows.error()));
  std::vector<model::PoolId> pools;
  std::vector<std::string> known;
  for (const auto& row : *rows) {
    pools.push_back(row.get<model::PoolId>("id"));
    known.push_back(row.get<std::string>("name"));
  }
  for (const auto& name : names) {
    if (std::ranges::find(known, name) == known.end())
      return fail(invalid_field("pools", shown(name), "names of pools",
                                fmt::format("There is no pool \"{}\".", shown(name))));
  }
  return pools;
}

Status set_pools(pg::Transaction& transaction, const ArtifactId& id, const std::vector<std::string>& names) {
  const auto pools = pools_named(transaction, names);
  if (!pools) return fail(pools.error());
  if (auto dropped = transaction.exec(kDropPools, id, *pools); !dropped)
    return fail(within("take an artifact from pools", dropped.error()));
  if (auto added = transaction.exec(kAddPools, id, *pools); !added)
    return fail(within("give an artifact to pools", added.error()));
  return {};
}

Status check_digest(Kind kind, const std::string& digest) {
  if (digest.empty()) return {};
  const bool good = kind == Kind::kModel
                        ? modelcache::is_commit(digest)
                        : digest.starts_with("sha256:") && modelcache::is_hex(digest.substr(7), 64);
  if (good) return {};
  const std::string_view limit =
      kind == Kind::kModel ? "a commit, 40 hexadecimal digits" : "sha256: and 64 hexadecimal digits";
  return fail(
      invalid_field("digest", shown(digest), std::string(limit), fmt::format("A digest is {}.", limit)));
}

}  // namespace

Result<std::vector<CacheArtifact>> list_cache_artifacts(pg::Connection& connection) {
  return read_all(connection, std::nullopt);
}

Result<CacheArtifact> add_cache_artifact(pg::Connection& connection, const Author& author,
                                         const model::UserId& who, const NewCacheArtifact& artifact) {
  if (auto good = cacheplan::check_source(artifact.kind, artifact.source); !good) return fail(good.error());
  if (auto good = check_digest(artifact.kind, artifact.digest); !good) return fail(good.error());
  const auto source = cacheplan::whole_source(artifact.kind, artifact.source);
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  if (auto locked = transaction->exec(kOneAtATime); !locked)
    return fail(within("wait for the catalogue", locked.error()));
  const auto count = transaction->exec(kCount);
  if (!count) return fail(within("count artifacts", count.error()));
  const auto added =
      transaction->exec(kAdd, to_string(artifact.kind), source, artifact.bytes, artifact.digest,
                        artifact.priority, artifact.pinned, artifact.note, who);
  if (!added) return fail(within("add an artifact", added.error()));
  if (added->empty())
    return fail(Code::kConflict, fmt::format("{} is in the catalogue already.", source),
                "already_in_cache_catalogue");
  if (count->front().get<std::int64_t>("count") >= static_cast<std::int64_t>(cacheplan::kMostArtifacts))
    return fail(Code::kConflict,
                fmt::format("The catalogue holds at most {} artifacts.", cacheplan::kMostArtifacts),
                "cache_catalogue_full");
  const auto id = added->front().get<ArtifactId>("id");
  if (auto set = set_pools(*transaction, id, artifact.pools); !set) return fail(set.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return read_one(connection, id);
}

Result<CacheArtifact> change_cache_artifact(pg::Connection& connection, const Author& author,
                                            const ArtifactId& id, const CacheArtifactChange& change) {
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  const auto there = transaction->exec(kHold, id);
  if (!there) return fail(within("look for an artifact", there.error()));
  if (there->affected() == 0) return no_artifact(id);
  if (auto changed = transaction->exec(kChange, id, change.priority, change.pinned, change.note); !changed)
    return fail(within("change an artifact", changed.error()));
  if (change.pools) {
    if (auto set = set_pools(*transaction, id, *change.pools); !set) return fail(set.error());
  }
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return read_one(connection, id);
}

Status remove_cache_artifact(pg::Connection& connection, const Author& author, const ArtifactId& id) {
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  const auto removed = transaction->exec(kRemove, id);
  if (!removed) return fail(within("remove an artifact", removed.error()));
  if (removed->affected() == 0) return no_artifact(id);
  return transaction->commit();
}

}  // namespace berth::store
