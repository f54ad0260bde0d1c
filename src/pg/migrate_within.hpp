// Migrations as a part of something larger, such as a database that is restored.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pg/migrate.hpp"

namespace berth::pg {

/// As `migrate`, in a transaction of the caller's, all of it or nothing, up to the last of `known`. The
/// caller keeps other runners away by `try_migrate_lock` and sets the statement timeout.
Result<std::vector<Migration>> migrate_within(Connection& connection, std::span<const Migration> known,
                                              const std::string& schema);
/// For the rest of the transaction; false where another runner has it.
Result<bool> try_migrate_lock(Connection& connection, const std::string& schema);

}  // namespace berth::pg
