#include "store/cache_tokens.hpp"

#include <fmt/format.h>

#include "store/codecs.hpp"
#include "store/secrets.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kShownSecretLength = 6;  // after the prefix: 36 of 256 bits
constexpr std::size_t kMaxTokenLength = 200;
constexpr std::string_view kPurpose = "berth node cache";

constexpr pg::Query kList{"cache_token_list", R"sql(
    SELECT t.id, p.name AS pool, n.name AS node, t.prefix, u.email, t.made_at, t.last_used_at, t.revoked_at
    FROM berth.cache_token t
    JOIN berth.node n ON n.id = t.node
    JOIN berth.pool p ON p.id = n.pool
    JOIN berth.app_user u ON u.id = t.made_by
    WHERE CASE
      WHEN $1::uuid IS NOT NULL THEN t.id = $1
      ELSE t.revoked_at IS NULL OR t.revoked_at > clock_timestamp() - interval '30 days'
    END
    ORDER BY p.name, n.name, t.made_at DESC, t.id
)sql"};
// Of two that are made at once the second counts the first.
constexpr pg::Query kOneAtATime{"cache_token_one_at_a_time", R"sql(
    SELECT pg_advisory_xact_lock(6, hashtext($1::bigint::text))
)sql"};
constexpr pg::Query kCount{"cache_token_count", R"sql(
    SELECT count(*) AS tokens FROM berth.cache_token WHERE node = $1 AND revoked_at IS NULL
)sql"};
constexpr pg::Query kCreate{"cache_token_create", R"sql(
    INSERT INTO berth.cache_token (node, prefix, token_hash, made_by)
    VALUES ($1, $2, $3, $4)
    RETURNING id
)sql"};
constexpr pg::Query kRevoke{"cache_token_revoke", R"sql(
    UPDATE berth.cache_token
    SET revoked_at = clock_timestamp()
    WHERE id = $1 AND revoked_at IS NULL
)sql"};
constexpr pg::Query kIsThere{"cache_token_is_there", R"sql(
    SELECT FROM berth.cache_token WHERE id = $1
)sql"};
constexpr pg::Query kFind{"cache_token_find", R"sql(
    SELECT t.id, t.node, n.pool, t.revoked_at IS NOT NULL AS revoked,
        n.retired_at IS NOT NULL OR p.retired_at IS NOT NULL AS retired,
        current_setting('transaction_read_only') = 'off'
          AND (t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '1 minute') AS touch
    FROM berth.cache_token t
    JOIN berth.node n ON n.id = t.node
    JOIN berth.pool p ON p.id = n.pool
    WHERE t.token_hash = $1
)sql"};
constexpr pg::Query kTouch{"cache_token_touch", R"sql(
    UPDATE berth.cache_token SET last_used_at = clock_timestamp() WHERE id = $1
)sql"};

Result<std::vector<CacheToken>> read_all(pg::Connection& connection,
                                         const std::optional<model::TokenId>& one) {
  const auto rows = connection.exec(kList, one);
  if (!rows) return fail(within("list the tokens of nodes", rows.error()));
  std::vector<CacheToken> tokens;
  for (const auto& row : *rows) {
    tokens.push_back({.id = row.get<model::TokenId>("id"),
                      .pool = row.get<std::string>("pool"),
                      .node = row.get<std::string>("node"),
                      .prefix = row.get<std::string>("prefix"),
                      .made_by = row.get<std::string>("email"),
                      .made_at = row.get<Instant>("made_at"),
                      .last_used_at = row.get<std::optional<Instant>>("last_used_at"),
                      .revoked_at = row.get<std::optional<Instant>>("revoked_at")});
  }
  return tokens;
}

}  // namespace

Result<CreatedCacheToken> create_cache_token(pg::Connection& connection, const Author& author, Random& random,
                                             const model::UserId& who, model::NodeId node) {
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  if (auto locked = transaction->exec(kOneAtATime, node); !locked)
    return fail(within("wait for a node's tokens", locked.error()));
  const auto count = transaction->exec(kCount, node);
  if (!count) return fail(within("count a node's tokens", count.error()));
  if (count->front().get<std::int64_t>("tokens") >= kMaxTokensPerNode)
    return fail(
        Code::kConflict,
        fmt::format("At most {} tokens of a node work at one time; revoke one first.", kMaxTokensPerNode),
        "too_many_cache_tokens");
  CreatedCacheToken created;
  created.secret = std::string(kCacheTokenPrefix) + random_secret(random, kSecretBytes);
  const auto prefix = created.secret.substr(0, kCacheTokenPrefix.size() + kShownSecretLength);
  const auto made = transaction->exec(kCreate, node, prefix, secret_hash(kPurpose, created.secret), who);
  if (!made) return fail(within("make a token for a node", made.error()));
  const auto id = made->front().get<model::TokenId>("id");
  if (auto done = transaction->commit(); !done) return fail(done.error());
  auto all = read_all(connection, id);
  if (!all) return fail(all.error());
  if (all->empty()) return fail(Code::kInternal, "a token that was made is not there");
  created.token = std::move(all->front());
  return created;
}

Result<std::vector<CacheToken>> list_cache_tokens(pg::Connection& connection) {
  return read_all(connection, std::nullopt);
}

Status revoke_cache_token(pg::Connection& connection, const Author& author, const model::TokenId& id) {
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  const auto revoked = transaction->exec(kRevoke, id);
  if (!revoked) return fail(within("revoke a node's token", revoked.error()));
  if (revoked->affected() == 0) {
    const auto there = transaction->exec(kIsThere, id);
    if (!there) return fail(within("look for a node's token", there.error()));
    if (there->affected() == 0)
      return fail(Code::kNotFound, "There is no such token of a node.", "token_not_found");
  }
  return transaction->commit();
}

Result<CacheNodeCaller> use_cache_token(pg::Connection& connection, std::string_view secret) {
  const auto unknown = [] {
    return fail(Code::kUnauthenticated, "This is no token of a node's cache.", "token_unknown");
  };
  if (!secret.starts_with(kCacheTokenPrefix) || secret.size() > kMaxTokenLength) return unknown();
  const auto rows = connection.exec(kFind, secret_hash(kPurpose, secret));
  if (!rows) return fail(within("read a node's token", rows.error()));
  if (rows->empty()) return unknown();
  const auto row = rows->front();
  if (row.get<bool>("revoked"))
    return fail(Code::kUnauthenticated, "This token was revoked.", "token_revoked");
  if (row.get<bool>("retired"))
    return fail(Code::kUnauthenticated, "This token's node is in no pool any more.", "node_retired");
  const auto id = row.get<model::TokenId>("id");
  if (row.get<bool>("touch")) {
    // A note that cannot be made keeps nobody from reading.
    if (const auto touched = connection.exec(kTouch, id); !touched && connection.broken())
      return fail(within("note the use of a node's token", touched.error()));
  }
  return CacheNodeCaller{id, row.get<model::NodeId>("node"), row.get<model::PoolId>("pool")};
}

}  // namespace berth::store
