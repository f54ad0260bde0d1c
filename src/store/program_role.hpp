// Whether a running program came into the database as what it has to be.
#pragma once

#include <string_view>

#include "pg/pg.hpp"

namespace berth::store {

inline constexpr std::string_view kPortalGroup = "berth_portal";
inline constexpr std::string_view kReconcilerGroup = "berth_reconciler";

inline constexpr std::string_view kWrongRole = "database_role";
inline constexpr std::string_view kReadOnly = "database_read_only";

/// kUnavailable, in this order: kWrongRole, when the role has not the rights of `group` or is one that none
/// of the database's fences holds (the schema's owner, a superuser); kReadOnly, when nothing can be written,
/// as on a standby. The sentence names the role and says what to do; it holds no secret. Fine where there is
/// no `group` yet: that is for `check_schema` to tell.
Status check_program(pg::Connection& connection, std::string_view group);

/// The same for the portal, and that the schema is the program's (`check_schema`).
Status check_portal_database(pg::Connection& connection);

}  // namespace berth::store
