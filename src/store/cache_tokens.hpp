// What a node's daemon proves itself with: good for that node's cache and nothing else (decision 64).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

inline constexpr std::string_view kCacheTokenPrefix = "bnode_";
inline constexpr int kMaxTokensPerNode = 4;  // that still work: so that one can take another's place

struct CacheToken {
  model::TokenId id;
  std::string pool;
  std::string node;    // by its name in the pool
  std::string prefix;  // enough to recognise it by, not to use it
  std::string made_by;
  Instant made_at;
  std::optional<Instant> last_used_at;
  std::optional<Instant> revoked_at;
};
struct CreatedCacheToken {
  CacheToken token;
  std::string secret;  // "bnode_...": shown this once
};

/// kConflict "too_many_cache_tokens".
Result<CreatedCacheToken> create_cache_token(pg::Connection& connection, const Author& author, Random& random,
                                             const model::UserId& who, model::NodeId node);
/// Those that work, and those that were revoked in the last 30 days; by pool and node, the newest first.
Result<std::vector<CacheToken>> list_cache_tokens(pg::Connection& connection);
/// kNotFound "token_not_found". Revoking twice is fine.
Status revoke_cache_token(pg::Connection& connection, const Author& author, const model::TokenId& id);

/// Whose daemon asks.
struct CacheNodeCaller {
  model::TokenId token;
  model::NodeId node{};
  model::PoolId pool{};
};
/// `last_used_at` follows within a minute. kUnauthenticated with slug "token_unknown", "token_revoked", or
/// "node_retired".
Result<CacheNodeCaller> use_cache_token(pg::Connection& connection, std::string_view secret);

}  // namespace berth::store
