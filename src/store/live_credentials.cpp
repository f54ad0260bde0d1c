#include "store/codecs.hpp"
#include "store/credentials.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kGoodTokens{"credentials_good_tokens", R"sql(
    SELECT t.id::text AS key
    FROM berth.api_token t
    JOIN berth.app_user a ON a.id = t.owner
    WHERE t.id = ANY ($1::uuid[]) AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
      AND a.disabled_at IS NULL
)sql"};
constexpr pg::Query kGoodSessions{"credentials_good_sessions", R"sql(
    SELECT encode(s.token_hash, 'hex') AS key
    FROM berth.web_session s
    JOIN berth.app_user a ON a.id = s.member
    WHERE s.token_hash IN (SELECT decode(one, 'hex') FROM unnest($1::text[]) AS one)
      AND s.expires_at > clock_timestamp() AND a.disabled_at IS NULL
)sql"};

}  // namespace

Result<std::set<Credential>> still_good(pg::Connection& connection, const std::set<Credential>& credentials) {
  std::set<Credential> good;
  const auto look = [&](const pg::Query& query, Credential::Kind kind) -> Status {
    std::vector<std::string> keys;
    for (const auto& one : credentials) {
      if (one.kind == kind) keys.push_back(one.key);
    }
    if (keys.empty()) return {};
    const auto rows = connection.exec(query, keys);
    if (!rows) return fail(within("look whether credentials are still good", rows.error()));
    for (const auto& row : *rows) good.insert({kind, row.get<std::string>("key")});
    return {};
  };
  if (auto done = look(kGoodTokens, Credential::Kind::kToken); !done) return fail(done.error());
  if (auto done = look(kGoodSessions, Credential::Kind::kWebSession); !done) return fail(done.error());
  return good;
}

}  // namespace berth::store
