// Teams and who belongs to them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

/// kConflict "team_exists"; kInvalid for an empty or too long name.
Result<model::TeamId> create_team(pg::Transaction& transaction, const std::string& name);
Result<std::optional<model::TeamId>> find_team(pg::Connection& connection, std::string_view name);

struct TeamMember {
  model::UserId id;
  std::string email;
  std::string name;
  bool leads = false;
};
struct Team {
  model::TeamId id;
  std::string name;
  Instant created_at;
  std::vector<TeamMember> members;  // by e-mail
};
/// By name.
Result<std::vector<Team>> list_teams(pg::Connection& connection);
/// kNotFound when there is none.
Result<Team> load_team(pg::Connection& connection, const model::TeamId& id);

/// Takes someone out. kNotFound for whoever does not belong to it. What was booked for the team stays booked.
Status remove_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user);

/// Adds someone, or changes whether they lead. kNotFound for an unknown team or user.
Status put_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user,
                  bool leads);

}  // namespace berth::store
