#include <fmt/format.h>

#include "store/codecs.hpp"
#include "store/credentials.hpp"
#include "store/person_rows.hpp"
#include "store/secrets.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kCookieBytes = 32;
constexpr std::size_t kMaxCookieLength = 200;  // longer ones are not ours: not worth a hash
constexpr std::string_view kCookiePurpose = "berth web session";
constexpr std::string_view kCsrfPurpose = "berth csrf token";

constexpr pg::Query kCreate{"web_session_create", R"sql(
    INSERT INTO berth.web_session (token_hash, member, expires_at)
    VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
)sql"};
constexpr pg::Query kFind{"web_session_find", R"sql(
    SELECT p.id, p.email, p.name, p.role, p.disabled, p.created_at, p.last_sign_in_at,
        p.password_change_needed, p.teams, p.team_ids, p.leads, p.led_members, p.guest_of
    FROM berth.web_session s
    JOIN berth.person p ON p.id = s.member
    WHERE s.token_hash = $1 AND s.expires_at > clock_timestamp() AND NOT p.disabled
)sql"};
constexpr pg::Query kDelete{"web_session_delete",
                            R"sql(DELETE FROM berth.web_session WHERE token_hash = $1)sql"};
constexpr pg::Query kEndAll{"web_session_end_all",
                            R"sql(DELETE FROM berth.web_session WHERE member = $1)sql"};
constexpr pg::Query kSignedOut{
    "user_signed_out", R"sql(UPDATE berth.app_user SET signed_out_at = clock_timestamp() WHERE id = $1)sql"};
constexpr pg::Query kRevokeAll{"token_revoke_all", R"sql(
    UPDATE berth.api_token
    SET revoked_at = clock_timestamp()
    WHERE owner = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
)sql"};

}  // namespace

Result<std::string> create_web_session(pg::Transaction& transaction, Random& random,
                                       const model::UserId& user, seconds lifetime) {
  auto cookie = random_secret(random, kCookieBytes);
  const auto rows = transaction.exec(kCreate, secret_hash(kCookiePurpose, cookie), user,
                                     static_cast<double>(lifetime.count()));
  if (!rows) return fail(within("create a web session", rows.error()));
  return cookie;
}

Result<std::optional<Person>> find_web_session(pg::Connection& connection, std::string_view cookie) {
  if (cookie.empty() || cookie.size() > kMaxCookieLength) return std::optional<Person>();
  const auto rows = connection.exec(kFind, secret_hash(kCookiePurpose, cookie));
  if (!rows) return fail(within("read a web session", rows.error()));
  if (rows->empty()) return std::optional<Person>();
  auto person = read_person(rows->front());
  if (!person) return fail(person.error());
  return std::optional(std::move(*person));
}

Status delete_web_session(pg::Connection& connection, std::string_view cookie) {
  const auto rows = connection.exec(kDelete, secret_hash(kCookiePurpose, cookie));
  if (!rows) return fail(within("end a web session", rows.error()));
  return {};
}

Status end_web_sessions(pg::Transaction& transaction, const model::UserId& user) {
  for (const auto& query : {kEndAll, kSignedOut}) {
    if (const auto rows = transaction.exec(query, user); !rows)
      return fail(within("end a user's web sessions", rows.error()));
  }
  return {};
}

Status end_access(pg::Transaction& transaction, const model::UserId& user) {
  if (auto ended = end_web_sessions(transaction, user); !ended) return ended;
  const auto rows = transaction.exec(kRevokeAll, user);
  if (!rows) return fail(within("revoke a user's tokens", rows.error()));
  return {};
}

std::string web_session_key(std::string_view cookie) {
  std::string key;
  for (const auto byte : secret_hash(kCookiePurpose, cookie))
    key += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return key;
}

std::string csrf_token(std::string_view cookie) {
  return secret_hash_text(kCsrfPurpose, cookie);
}

bool is_csrf_token(std::string_view cookie, std::string_view token) {
  return !cookie.empty() && same_secret(csrf_token(cookie), token);
}

}  // namespace berth::store
