// Teams and who belongs to them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

/// kConflict "team_exists"; kInvalid for an empty or too long name.
Result<model::TeamId> create_team(pg::Transaction& transaction, const std::string& name);
Result<std::optional<model::TeamId>> find_team(pg::Connection& connection, std::string_view name);

/// Adds someone, or changes whether they lead. kNotFound for an unknown team or user.
Status put_member(pg::Transaction& transaction, const model::TeamId& team, const model::UserId& user,
                  bool leads);

}  // namespace berth::store
