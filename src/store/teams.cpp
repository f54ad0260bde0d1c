#include "store/teams.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMaxTeamNameBytes = 63;

constexpr pg::Query kCreate{"team_create", R"sql(
    INSERT INTO berth.team (name)
    VALUES ($1)
    ON CONFLICT (name) DO NOTHING
    RETURNING id
)sql"};
constexpr pg::Query kFind{"team_find", R"sql(SELECT id FROM berth.team WHERE name = $1)sql"};
constexpr pg::Query kPutMember{"team_put_member", R"sql(
    INSERT INTO berth.team_member (team, member, leads)
    VALUES ($1, $2, $3)
    ON CONFLICT (team, member) DO UPDATE
    SET leads = EXCLUDED.leads
)sql"};

}  // namespace

Result<model::TeamId> create_team(pg::Transaction& transaction, const std::string& name) {
  if (name.empty() || name.size() > kMaxTeamNameBytes) {
    return fail(invalid_field("name", std::string(first_bytes(name, kMaxTeamNameBytes)),
                              fmt::format("1 to {} bytes", kMaxTeamNameBytes),
                              fmt::format("A team's name has 1 to {} bytes.", kMaxTeamNameBytes)));
  }
  const auto rows = transaction.exec(kCreate, name);
  if (!rows) return fail(within("create a team", rows.error()));
  if (rows->empty())
    return fail(Code::kConflict, fmt::format("there is a team {} already", name), "team_exists");
  return rows->front().get<model::TeamId>("id");
}

Result<std::optional<model::TeamId>> find_team(pg::Connection& connection, std::string_view name) {
  const auto rows = connection.exec(kFind, name);
  if (!rows) return fail(within("read a team", rows.error()));
  if (rows->empty()) return std::optional<model::TeamId>();
  return std::optional(rows->front().get<model::TeamId>("id"));
}

Status put_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user,
                  bool leads) {
  const auto rows = transaction.exec(kPutMember, team, user, leads);
  if (rows) return {};
  if (rows.error().slug == pg::kForeignKeyViolation) {
    return fail(Code::kNotFound, fmt::format("no team {} or no user {}", team.value, user.value));
  }
  return fail(within("add a team member", rows.error()));
}

}  // namespace berth::store
