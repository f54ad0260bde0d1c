// Teams and who belongs to them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

struct TeamMember {
  model::UserId user;
  std::string email;
  std::string name;
  bool leads = false;
};

struct Team {
  model::TeamId id;
  std::string name;
  std::vector<TeamMember> members;  // by e-mail
};

/// kConflict "team_exists"; kInvalid for an empty or too long name.
Result<model::TeamId> create_team(pg::Transaction& transaction, const std::string& name);
Result<std::optional<model::TeamId>> find_team(pg::Connection& connection, std::string_view name);
/// All teams, by name.
Result<std::vector<Team>> load_teams(pg::Connection& connection);

/// Adds someone, or changes whether they lead. kNotFound for an unknown team or user.
Status put_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user,
                  bool leads);
/// kNotFound when the user does not belong to it.
Status remove_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user);

}  // namespace berth::store
