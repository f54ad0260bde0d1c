// How the node cache's words travel in SQL, and the columns of an artifact.
#pragma once

#include "cacheplan/artifact.hpp"
#include "store/codecs.hpp"

namespace berth::pg {

template <>
struct Codec<cacheplan::Kind> : WordCodec<cacheplan::Kind, cacheplan::parse_kind> {};
template <>
struct Codec<cacheplan::State> : WordCodec<cacheplan::State, cacheplan::parse_state> {};

}  // namespace berth::pg

namespace berth::store {

/// Of the columns id, kind, source, bytes, digest, priority, pinned.
inline Result<cacheplan::Artifact> read_artifact(const pg::Row& row) {
  const auto kind = known<cacheplan::Kind>(row, "kind");
  if (!kind) return fail(kind.error());
  return cacheplan::Artifact{.id = row.get<cacheplan::ArtifactId>("id"),
                             .kind = *kind,
                             .source = row.get<std::string>("source"),
                             .bytes = row.get<std::optional<std::int64_t>>("bytes"),
                             .digest = row.get<std::string>("digest"),
                             .priority = row.get<int>("priority"),
                             .pinned = row.get<bool>("pinned")};
}

}  // namespace berth::store
