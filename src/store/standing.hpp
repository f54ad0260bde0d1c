// What the role that came into a database may do there, said before anything is begun that needs more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pg/pg.hpp"

namespace berth::store {

inline constexpr std::string_view kBackupGroup = "berth_backup";

// Each refusal is kForbidden with the slug kNoStanding; its sentence names the role, the database and what an
// admin of the server has to type.
inline constexpr std::string_view kNoStanding = "database_standing";

/// For `berth migrate`: the schema is the role's own, or it may make one and the groups that it lets in.
Status check_may_migrate(pg::Connection& connection);

/// For `berth restore`: the role is the database's owner itself and neither a superuser nor a program's,
/// since what it makes belongs to it, and each later `berth migrate` has to come in as it.
Status check_may_restore(pg::Connection& connection);

/// For a trial, of which nothing stays: the role may make a schema there.
Status check_may_try(pg::Connection& connection);

/// For `berth backup`: the role is in kBackupGroup. Fine where there is no schema yet: `check_schema` tells.
Status check_backup_role(pg::Connection& connection);
/// After `check_schema`: that group may read all that a backup has, and note it.
Status check_backup_rights(pg::Connection& connection);

/// Why the schema's version cannot be read, where it is not that there is none yet in a schema of Berth's: no
/// schema in this database, which may be another one than was meant, or no right to look into it.
Result<std::optional<std::string>> why_unread(pg::Connection& connection);

/// What keeps backups from being made of this database, as a note for an admin; none where nothing does.
Result<std::optional<std::string>> no_backups_yet(pg::Connection& connection);

}  // namespace berth::store
