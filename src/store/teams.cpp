#include "store/teams.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMaxTeamNameBytes = 63;

constexpr pg::Query kCreate{
    "team_create", "INSERT INTO berth.team (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id"};
constexpr pg::Query kFind{"team_find", "SELECT id FROM berth.team WHERE name = $1"};
constexpr pg::Query kAll{"team_all",
                         "SELECT t.id, t.name, a.id AS member, a.email, a.name AS member_name, m.leads"
                         " FROM berth.team t LEFT JOIN berth.team_member m ON m.team = t.id LEFT JOIN "
                         "berth.app_user a ON a.id = m.member"
                         " ORDER BY t.name, a.email"};
constexpr pg::Query kPutMember{"team_put_member",
                               "INSERT INTO berth.team_member (team, member, leads) VALUES ($1, $2, $3)"
                               " ON CONFLICT (team, member) DO UPDATE SET leads = EXCLUDED.leads"};
constexpr pg::Query kRemoveMember{"team_remove_member",
                                  "DELETE FROM berth.team_member WHERE team = $1 AND member = $2"};

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

Result<std::vector<Team>> load_teams(pg::Connection& connection) {
  const auto rows = connection.exec(kAll);
  if (!rows) return fail(within("read teams", rows.error()));
  std::vector<Team> teams;
  for (const auto& row : *rows) {
    auto id = row.get<model::TeamId>("id");
    if (teams.empty() || teams.back().id != id)
      teams.push_back({std::move(id), row.get<std::string>("name"), {}});
    if (auto member = row.get<std::optional<model::UserId>>("member")) {
      teams.back().members.push_back({std::move(*member), row.get<std::string>("email"),
                                      row.get<std::string>("member_name"), row.get<bool>("leads")});
    }
  }
  return teams;
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

Status remove_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user) {
  const auto rows = transaction.exec(kRemoveMember, team, user);
  if (!rows) return fail(within("remove a team member", rows.error()));
  if (rows->affected() == 0) {
    return fail(Code::kNotFound, fmt::format("user {} does not belong to team {}", user.value, team.value));
  }
  return {};
}

}  // namespace berth::store
