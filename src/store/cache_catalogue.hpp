// What nodes are to have on their disks before it is needed (decision 64).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cacheplan/artifact.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

struct CacheArtifact {
  cacheplan::Artifact artifact;
  std::vector<std::string> pools;  // by name; none: all
  std::string note;
  std::string added_by;  // e-mail address
  Instant added_at;
};

/// By kind and source.
Result<std::vector<CacheArtifact>> list_cache_artifacts(pg::Connection& connection);

struct NewCacheArtifact {
  cacheplan::Kind kind = cacheplan::Kind::kModel;
  std::string source;
  std::vector<std::string> pools{};
  std::optional<std::int64_t> bytes{};
  std::string digest{};
  int priority = cacheplan::kUsualPriority;
  bool pinned = false;
  std::string note{};
};

/// kInvalid with `source`, `digest` or `pools`; kConflict "already_in_cache_catalogue", and
/// "cache_catalogue_full" beyond cacheplan::kMostArtifacts.
Result<CacheArtifact> add_cache_artifact(pg::Connection& connection, const Author& author,
                                         const model::UserId& who, const NewCacheArtifact& artifact);

/// What is not given stays.
struct CacheArtifactChange {
  std::optional<std::vector<std::string>> pools{};
  std::optional<int> priority{};
  std::optional<bool> pinned{};
  std::optional<std::string> note{};
};
/// kNotFound; kInvalid with `pools`. What is so already changes nothing and is not audited.
Result<CacheArtifact> change_cache_artifact(pg::Connection& connection, const Author& author,
                                            const cacheplan::ArtifactId& id,
                                            const CacheArtifactChange& change);

/// What nodes have of it may stay there until its room is needed. kNotFound.
Status remove_cache_artifact(pg::Connection& connection, const Author& author,
                             const cacheplan::ArtifactId& id);

}  // namespace berth::store
