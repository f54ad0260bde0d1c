// Web sessions and API tokens. A secret is shown once, to whom it belongs; only its hash is kept.
#pragma once

#include <compare>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/instant.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"
#include "store/page.hpp"
#include "store/users.hpp"

namespace berth::store {

// --- Web sessions ---

/// The cookie's value. `lifetime` counts from the database's now.
Result<std::string> create_web_session(pg::Transaction& transaction, Random& random,
                                       const model::UserId& user, seconds lifetime);

/// Whose cookie this is. Empty when it is unknown or expired, or its account disabled.
Result<std::optional<Person>> find_web_session(pg::Connection& connection, std::string_view cookie);

/// Signing out. An unknown cookie is fine.
Status delete_web_session(pg::Connection& connection, std::string_view cookie);

/// What a page must send with each change it makes: made from the cookie, which other sites' pages cannot
/// read.
std::string csrf_token(std::string_view cookie);
bool is_csrf_token(std::string_view cookie, std::string_view token);

/// All web sessions of the user end.
Status end_web_sessions(pg::Transaction& transaction, const model::UserId& user);
/// Signing out everywhere: all web sessions and all API tokens of the user end.
Status end_access(pg::Transaction& transaction, const model::UserId& user);

/// What a web session is known by, where it is watched: of no use to whoever would be it.
std::string web_session_key(std::string_view cookie);

// --- API tokens ---

inline constexpr std::string_view kTokenPrefix = "berth_";
inline constexpr std::chrono::hours kMaxTokenLifetime{24 * 366};
inline constexpr std::chrono::hours kDefaultTokenLifetime{24 * 30};
inline constexpr int kMaxTokensPerUser = 100;  // that still work

struct ApiToken {
  model::TokenId id;
  std::string name;
  std::string prefix;               // enough to recognise it by, not to use it
  std::vector<std::string> scopes;  // of "read", "write", "admin"
  Instant created_at;
  Instant expires_at;
  std::optional<Instant> last_used_at;
  std::optional<Instant> revoked_at;
};

struct NewToken {
  std::string name;
  std::vector<std::string> scopes;
  std::optional<Instant> expires_at;  // empty: kDefaultTokenLifetime from now
};

struct CreatedToken {
  ApiToken token;
  std::string secret;  // "berth_...": shown this once
};

/// kInvalid for a name, scope or expiry out of bounds; kConflict "too_many_tokens".
Result<CreatedToken> create_token(pg::Transaction& transaction, Random& random, const model::UserId& owner,
                                  const NewToken& token);

struct TokenHolder {
  Person person;
  model::TokenId token;
  std::vector<std::string> scopes;
};
/// Whose token this is; `last_used_at` follows within a minute. kUnauthenticated with slug "token_expired",
/// "token_revoked" or "token_unknown" (also for a disabled account).
Result<TokenHolder> use_token(pg::Connection& connection, std::string_view secret);

/// One's own, newest first.
Result<Page<ApiToken>> list_tokens(pg::Connection& connection, const model::UserId& owner,
                                   const PageRequest& request);
/// kNotFound when it is not the owner's. Revoking twice is fine.
Status revoke_token(pg::Transaction& transaction, const model::UserId& owner, const model::TokenId& id);

// --- Both ---

/// What something that goes on was begun with.
struct Credential {
  enum class Kind { kToken, kWebSession };
  Kind kind = Kind::kToken;
  std::string key;  // a token's id, or web_session_key
  auto operator<=>(const Credential&) const = default;
};
/// Those of them that are still good: neither revoked nor ended nor expired, of an account that is not
/// disabled.
Result<std::set<Credential>> still_good(pg::Connection& connection, const std::set<Credential>& credentials);

}  // namespace berth::store
