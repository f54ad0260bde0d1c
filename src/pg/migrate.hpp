// Forward-only migrations.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.hpp"
#include "base/result.hpp"
#include "pg/connection.hpp"

namespace berth::pg {

struct Migration {
  int version = 0;
  std::string name;    // "0003_tokens"
  std::string sha256;  // of the file's bytes, in hexadecimal
  std::string_view sql;
};

struct MigrateSettings {
  /// Where the table `schema_migration` lives; made when it is not there.
  std::string schema;
  /// How long another runner may take before this one gives up (kTimeout).
  std::chrono::milliseconds lock_timeout{120'000};
  /// For each migration as a whole.
  std::chrono::milliseconds migration_timeout{600'000};
};

/// The files in order. Each is named NNNN_name.sql (four digits from 0001 on, then a-z, 0-9 and _), none
/// missing, none twice; anything else is kInvalid with the file's name.
Result<std::vector<Migration>> read_migrations(std::span<const base::EmbeddedFile> files);

/// Applies what is missing, each file in a transaction of its own, stops at the first fault, and says what it
/// applied. Several runners at once are safe: they take turns. Refused with kConflict and the file's name:
/// one that was changed after it was applied, a database that is ahead of `files`, a file that ends its own
/// transaction. A file sets what it needs with SET LOCAL.
Result<std::vector<Migration>> migrate(Connection& connection, std::span<const base::EmbeddedFile> files,
                                       const MigrateSettings& settings);

}  // namespace berth::pg
