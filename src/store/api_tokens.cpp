#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/display_name.hpp"
#include "base/text.hpp"
#include "store/codecs.hpp"
#include "store/credentials.hpp"
#include "store/person_rows.hpp"
#include "store/secrets.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kShownSecretLength = 6;  // after the prefix: 36 of 256 bits
constexpr std::size_t kMaxTokenLength = 200;
constexpr std::size_t kMaxTokenNameCharacters = 100;
constexpr std::string_view kPurpose = "berth api token";
constexpr std::array<std::string_view, 3> kScopes{"read", "write", "admin"};

constexpr pg::Query kNowAndCount{"token_now_and_count", R"sql(
    SELECT clock_timestamp() AS now,
        (
          SELECT count(*)
          FROM berth.api_token
          WHERE owner = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
        ) AS tokens
)sql"};
constexpr pg::Query kCreate{"token_create", R"sql(
    INSERT INTO berth.api_token (owner, name, prefix, token_hash, scopes, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    RETURNING id
)sql"};
constexpr pg::Query kFind{"token_find", R"sql(
    SELECT p.id, p.email, p.name, p.role, p.disabled, p.created_at, p.last_sign_in_at,
        p.password_change_needed, p.teams, p.team_ids, p.leads, p.led_members, p.guest_of,
        t.id AS token, t.scopes, t.revoked_at IS NOT NULL AS revoked,
        t.expires_at <= clock_timestamp() AS expired,
        current_setting('transaction_read_only') = 'off'
          AND (t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '1 minute') AS touch
    FROM berth.api_token t
    JOIN berth.person p ON p.id = t.owner
    WHERE t.token_hash = $1
)sql"};
constexpr pg::Query kTouch{"token_touch", R"sql(
    UPDATE berth.api_token
    SET last_used_at = clock_timestamp()
    WHERE id = $1
)sql"};
constexpr pg::Query kTokenList{"token_list", R"sql(
    SELECT id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at
    FROM berth.api_token
    WHERE owner = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
    ORDER BY created_at DESC, id DESC
    LIMIT $4
)sql"};
constexpr pg::Query kRevoke{"token_revoke", R"sql(
    UPDATE berth.api_token
    SET revoked_at = coalesce(revoked_at, clock_timestamp())
    WHERE id = $1 AND owner = $2
)sql"};

ApiToken read_token(const pg::Row& row) {
  return {row.get<model::TokenId>("id"),
          row.get<std::string>("name"),
          row.get<std::string>("prefix"),
          row.get<std::vector<std::string>>("scopes"),
          row.get<Instant>("created_at"),
          row.get<Instant>("expires_at"),
          row.get<std::optional<Instant>>("last_used_at"),
          row.get<std::optional<Instant>>("revoked_at")};
}

Status check(const NewToken& token, Instant now, Instant expires_at) {
  if (auto good = check_name({"name", "A token's name", kMaxTokenNameCharacters}, token.name); !good) {
    return fail(good.error());
  }
  for (const auto& scope : token.scopes) {
    if (std::find(kScopes.begin(), kScopes.end(), scope) == kScopes.end()) {
      return fail(invalid_field("scopes", std::string(first_bytes(scope, 40)), "read, write, admin",
                                "There is no such scope."));
    }
  }
  if (token.scopes.empty()) {
    return fail(invalid_field("scopes", "[]", "at least one of read, write, admin",
                              "A token without a scope can do nothing."));
  }
  const auto latest = now + kMaxTokenLifetime;
  if (expires_at <= now || expires_at > latest) {
    return fail(invalid_field(
        "expires_at", format_rfc3339(expires_at), format_rfc3339(latest),
        fmt::format("A token expires in the future, by {} at the latest.", format_rfc3339(latest))));
  }
  return {};
}

}  // namespace

Result<CreatedToken> create_token(pg::Transaction& transaction, Random& random, const model::UserId& owner,
                                  const NewToken& token) {
  const auto facts = transaction.exec(kNowAndCount, owner);
  if (!facts) return fail(within("count a user's tokens", facts.error()));
  const auto now = facts->front().get<Instant>("now");
  const auto expires_at = token.expires_at.value_or(now + kDefaultTokenLifetime);
  if (auto good = check(token, now, expires_at); !good) return fail(good.error());
  if (facts->front().get<std::int64_t>("tokens") >= kMaxTokensPerUser) {
    return fail(Code::kConflict,
                fmt::format("at most {} tokens work at one time; revoke one first", kMaxTokensPerUser),
                "too_many_tokens");
  }
  CreatedToken created;
  created.secret = std::string(kTokenPrefix) + random_secret(random, kSecretBytes);
  created.token = {
      {},           token.name, created.secret.substr(0, kTokenPrefix.size() + kShownSecretLength),
      token.scopes, now,        expires_at,
      {},           {}};
  const auto rows = transaction.exec(kCreate, owner, token.name, created.token.prefix,
                                     secret_hash(kPurpose, created.secret), token.scopes, now, expires_at);
  if (!rows) return fail(within("create a token", rows.error()));
  created.token.id = rows->front().get<model::TokenId>("id");
  return created;
}

Result<TokenHolder> use_token(pg::Connection& connection, std::string_view secret) {
  const auto unknown = [] {
    return fail(Code::kUnauthenticated, "this token is not known", "token_unknown");
  };
  if (!secret.starts_with(kTokenPrefix) || secret.size() > kMaxTokenLength) return unknown();
  const auto rows = connection.exec(kFind, secret_hash(kPurpose, secret));
  if (!rows) return fail(within("read a token", rows.error()));
  if (rows->empty()) return unknown();
  const auto row = rows->front();
  if (row.get<bool>("disabled")) return unknown();
  if (row.get<bool>("revoked"))
    return fail(Code::kUnauthenticated, "this token was revoked", "token_revoked");
  if (row.get<bool>("expired"))
    return fail(Code::kUnauthenticated, "this token has expired", "token_expired");
  const auto id = row.get<model::TokenId>("token");
  if (row.get<bool>("touch")) {
    // A note that cannot be made, on a full disk for instance, keeps nobody from reading.
    if (const auto touched = connection.exec(kTouch, id); !touched && connection.broken()) {
      return fail(within("note the use of a token", touched.error()));
    }
  }
  auto person = read_person(row);
  if (!person) return fail(person.error());
  return TokenHolder{std::move(*person), id, row.get<std::vector<std::string>>("scopes")};
}

Result<Page<ApiToken>> list_tokens(pg::Connection& connection, const model::UserId& owner,
                                   const PageRequest& request) {
  if (auto good = check_limit(request.limit); !good) return fail(good.error());
  const auto mark = parse_cursor(request.cursor, MarkId::kUuid);
  if (!mark) return fail(mark.error());
  const auto before = mark->has_value() ? std::optional((*mark)->at) : std::nullopt;
  const auto before_id = mark->has_value() ? std::optional((*mark)->id) : std::nullopt;
  const auto rows = connection.exec(kTokenList, owner, before, before_id, request.limit + 1);
  if (!rows) return fail(within("list tokens", rows.error()));
  std::vector<ApiToken> tokens;
  for (const auto& row : *rows) tokens.push_back(read_token(row));
  return cut_page(std::move(tokens), request.limit,
                  [](const ApiToken& token) { return Mark{token.created_at, token.id.value}; });
}

Status revoke_token(pg::Transaction& transaction, const model::UserId& owner, const model::TokenId& id) {
  const auto rows = transaction.exec(kRevoke, id, owner);
  if (!rows) return fail(within("revoke a token", rows.error()));
  if (rows->affected() == 0) return fail(Code::kNotFound, "no such token of this user", "token_not_found");
  return {};
}

}  // namespace berth::store
