// A database of Berth as records, and records as a database.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backup/records.hpp"
#include "base/embedded.hpp"
#include "pg/pg.hpp"

namespace berth::backup {

/// For each statement of either.
inline constexpr std::chrono::minutes kStatementLimit{10};

struct Dumped {
  Head head;
  Sums sums;
};

/// All of it at one moment, while everything else goes on. kConflict "migrated_meanwhile" where that is a
/// migration.
Result<Dumped> dump(pg::Connection& connection, RecordWriter& out, const std::string& program);

enum class Keep { kNothing, kAll };

struct Loaded {
  Head head;
  Sums sums;
  std::int64_t reservations = 0;
  std::int64_t live_sessions = 0;
  std::int64_t audit_rows = 0;
  /// Reservations of which some change has no row in the audit log. Months of it that are over and dropped do
  /// not count.
  std::int64_t unaudited = 0;
  std::vector<std::string> migrated;  // steps that the backup did not have, where it was kept
};

/// Makes the schema as it was, puts the rows in, and compares what is there then with what the backup says of
/// itself. Into an empty database, for Keep::kAll one that nobody else is connected to, in one transaction:
/// on any error, and for Keep::kNothing, it is as it was.
///
/// kConflict with a slug where the database is not fit: "not_empty", "in_use", "clock_behind", "busy";
/// kInvalid "newer_backup" where this program is too old. `migrations` are the program's.
Result<Loaded> load(pg::Connection& connection, RecordReader& in, Keep keep,
                    std::span<const base::EmbeddedFile> migrations);

}  // namespace berth::backup
