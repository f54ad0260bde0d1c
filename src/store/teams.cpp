#include "store/teams.hpp"

#include <fmt/format.h>

#include "base/display_name.hpp"
#include "base/text.hpp"
#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMaxTeamNameCharacters = 63;

// A team with its members as one JSON column: [[id, e-mail, name, leads], ...] by e-mail.
constexpr pg::Query kTeamList{"team_list", R"sql(
    SELECT t.id, t.name, t.created_at,
        (
          SELECT coalesce(jsonb_agg(jsonb_build_array(a.id, a.email, a.name, m.leads) ORDER BY a.email), '[]')
          FROM berth.team_member m
          JOIN berth.app_user a ON a.id = m.member
          WHERE m.team = t.id
        ) AS members
    FROM berth.team t
    WHERE $1::uuid IS NULL OR t.id = $1
    ORDER BY t.name
)sql"};
constexpr pg::Query kRemoveMember{"team_remove_member",
                                  R"sql(DELETE FROM berth.team_member WHERE team = $1 AND member = $2)sql"};

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

Team read_team(const pg::Row& row) {
  Team team{row.get<model::TeamId>("id"), row.get<std::string>("name"), row.get<Instant>("created_at"), {}};
  const auto members = row.get<json::value>("members");
  for (const auto& member : members.as_array()) {
    const auto& fields = member.as_array();
    team.members.push_back({model::UserId{std::string(fields.at(0).as_string())},
                            std::string(fields.at(1).as_string()), std::string(fields.at(2).as_string()),
                            fields.at(3).as_bool()});
  }
  return team;
}

}  // namespace

Result<model::TeamId> create_team(pg::Transaction& transaction, const std::string& name) {
  if (auto good = check_name({"name", "A team's name", kMaxTeamNameCharacters}, name); !good) {
    return fail(good.error());
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

Result<std::vector<Team>> list_teams(pg::Connection& connection) {
  const auto rows = connection.exec(kTeamList, std::nullopt);
  if (!rows) return fail(within("list teams", rows.error()));
  std::vector<Team> teams;
  for (const auto& row : *rows) teams.push_back(read_team(row));
  return teams;
}

Result<Team> load_team(pg::Connection& connection, const model::TeamId& id) {
  const auto rows = connection.exec(kTeamList, id);
  if (!rows) return fail(within("read a team", rows.error()));
  if (rows->empty())
    return fail(Code::kNotFound, fmt::format("no team with the id {}", id.value), "team_not_found");
  return read_team(rows->front());
}

Status remove_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user) {
  const auto rows = transaction.exec(kRemoveMember, team, user);
  if (!rows) return fail(within("remove a team member", rows.error()));
  if (rows->affected() == 0)
    return fail(Code::kNotFound, fmt::format("user {} does not belong to team {}", user.value, team.value),
                "not_a_member");
  return {};
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
