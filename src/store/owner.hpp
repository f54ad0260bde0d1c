// What the owner of the schema can do that it need not, once the schema is there.
#pragma once

#include <string>
#include <vector>

#include "pg/pg.hpp"

namespace berth::store {

/// What an admin of the server has yet to do so that the roles of the running programs make no objects, each
/// a sentence with its SQL statement; empty when nothing is left.
Result<std::vector<std::string>> loose_ends(pg::Connection& connection);

/// To be called after migrating, as the owner: gives up the right to make roles, which only the first
/// migration needs, where the server lets a role do so, and says what is then left for an admin, that right
/// included.
Result<std::vector<std::string>> tie_up(pg::Connection& connection);

/// As the owner, after migrating: gives the role of backups, where the server has it, the right to read what
/// there is now.
Status let_backups_read(pg::Connection& connection);

}  // namespace berth::store
