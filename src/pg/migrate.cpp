#include "pg/migrate.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "pg/migrate_within.hpp"
#include "pg/transaction.hpp"

namespace berth::pg {
namespace {

constexpr std::string_view kSuffix = ".sql";
constexpr std::size_t kVersionDigits = 4;

// The key is the schema's name: two products in one database do not wait for each other.
constexpr Query kLock{"migrate_lock", "SELECT pg_advisory_lock(hashtext('schema_migration'), hashtext($1))"};
constexpr Query kTryLock{
    "migrate_try_lock",
    "SELECT pg_try_advisory_xact_lock(hashtext('schema_migration'), hashtext($1)) AS had"};
constexpr Query kUnlock{"migrate_unlock",
                        "SELECT pg_advisory_unlock(hashtext('schema_migration'), hashtext($1))"};
constexpr Query kSchemaThere{"migrate_schema_there", "SELECT 1 FROM pg_namespace WHERE nspname = $1"};
constexpr Query kTransactionId{"migrate_transaction_id", "SELECT pg_current_xact_id()::text AS id"};

// Who waits for a table holds up everybody who comes after, so a table that others keep (a dump does, for as
// long as it takes) is waited for briefly, and then again.
constexpr std::string_view kWaitBriefly = "SET LOCAL lock_timeout = '1s'";
constexpr std::chrono::seconds kBetweenTries{2};
constexpr std::string_view kLockNotAvailable = "55P03";
constexpr std::string_view kDeadlock = "40P01";

tl::unexpected<Error> not_migrated(std::string message) {
  return fail(Code::kConflict, std::move(message));
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  std::string text;
  for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

bool is_name(std::string_view path) {
  const auto letters = [](std::string_view part, std::string_view allowed) {
    return !part.empty() && part.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (!path.ends_with(kSuffix) || path.size() <= kVersionDigits + 1 + kSuffix.size()) return false;
  const auto name = path.substr(0, path.size() - kSuffix.size());
  return letters(name.substr(0, kVersionDigits), "0123456789") && name[kVersionDigits] == '_' &&
         letters(name.substr(kVersionDigits + 1), "abcdefghijklmnopqrstuvwxyz0123456789_");
}

/// Holds the session's advisory lock; the server drops it with the session if unlocking fails.
class Lock {
 public:
  Lock(Connection& connection, std::string_view schema) : connection_(connection), schema_(schema) {}
  ~Lock() {
    if (!connection_.broken()) static_cast<void>(connection_.exec(kUnlock, schema_));
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Connection& connection_;
  std::string_view schema_;
};

class TimeoutScope {
 public:
  TimeoutScope(Connection& connection, std::chrono::milliseconds limit)
      : connection_(connection), before_(connection.settings().statement_timeout) {
    connection_.set_statement_timeout(limit);
  }
  ~TimeoutScope() { connection_.set_statement_timeout(before_); }
  TimeoutScope(const TimeoutScope&) = delete;
  TimeoutScope& operator=(const TimeoutScope&) = delete;

 private:
  Connection& connection_;
  std::chrono::milliseconds before_;
};

struct Applied {
  int version;
  std::string name;
  std::string sha256;
};

Result<std::vector<Applied>> applied_of(Connection& connection, const std::string& schema) {
  const auto there = connection.exec(kSchemaThere, schema);
  if (!there) return fail(there.error());
  // Not "IF NOT EXISTS" alone: that asks for the right to create even when there is nothing to do.
  if (there->empty()) {
    if (auto made = connection.run("CREATE SCHEMA " + quote_identifier(schema)); !made)
      return fail(made.error());
  }
  const auto table = quote_identifier(schema) + ".schema_migration";
  const auto made = connection.run("CREATE TABLE IF NOT EXISTS " + table +
                                   " (version integer PRIMARY KEY CHECK (version > 0), name text NOT NULL,"
                                   " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
  if (!made) return fail(made.error());
  const auto sql = "SELECT version, name, sha256 FROM " + table + " ORDER BY version";
  const auto rows = connection.exec(Query{"migrate_applied in " + schema, sql});
  if (!rows) return fail(rows.error());
  std::vector<Applied> all;
  for (const auto& row : *rows) {
    all.push_back({row.get<int>("version"), row.get<std::string>("name"), row.get<std::string>("sha256")});
  }
  return all;
}

Status check_applied(const std::vector<Applied>& applied, std::span<const Migration> known) {
  if (applied.size() > known.size()) {
    return not_migrated(
        fmt::format("the database is at migration {}, this program knows none beyond {}: it is too old",
                    applied.back().name, known.empty() ? "0000" : known.back().name));
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const auto& was = applied[i];
    const auto& is = known[i];
    if (was.version != is.version)
      return not_migrated(fmt::format("migration {} is missing in the database", is.name));
    if (was.name != is.name || was.sha256 != is.sha256) {
      return not_migrated(
          fmt::format("migration {} was changed after it was applied as {} (sha256 {}, then {})", is.name,
                      was.name, is.sha256.substr(0, 12), was.sha256.substr(0, 12)));
    }
  }
  return {};
}

/// In a transaction of the caller's.
Status apply_within(Connection& connection, const std::string& schema, const Migration& migration) {
  const auto before = connection.exec(kTransactionId);
  if (!before) return fail(before.error());
  if (auto set = connection.run(kWaitBriefly); !set) return set;
  if (auto done = connection.run(migration.sql); !done) return done;

  // A file with a COMMIT of its own would be half applied if a later statement failed.
  const auto refused = [&] {
    return not_migrated("it ends its own transaction; what it did until then stays done");
  };
  if (!connection.in_transaction()) return refused();
  const auto since = connection.exec(kTransactionId);
  if (!since) return fail(since.error());
  if (since->front().get<std::string>("id") != before->front().get<std::string>("id")) return refused();

  const auto insert = "INSERT INTO " + quote_identifier(schema) +
                      ".schema_migration (version, name, sha256) VALUES ($1, $2, $3)";
  const auto noted = connection.exec(Query{"migrate_note in " + schema, insert}, migration.version,
                                     migration.name, migration.sha256);
  if (!noted) return fail(noted.error());
  return {};
}

Status apply(Connection& connection, const std::string& schema, const Migration& migration) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return fail(transaction.error());
  if (auto done = apply_within(connection, schema, migration); !done) return done;
  return transaction->commit();
}

/// As `apply`, until nobody else's use of its tables is in its way, or `limit` is over.
Status apply_between(Connection& connection, const std::string& schema, const Migration& migration,
                     std::chrono::milliseconds limit) {
  using Steady = std::chrono::steady_clock;
  const auto until = Steady::now() + limit;
  for (int tries = 1;; ++tries) {
    auto done = apply(connection, schema, migration);
    const bool in_the_way =
        !done && (done.error().slug == kLockNotAvailable || done.error().slug == kDeadlock);
    if (!in_the_way || connection.broken()) return done;
    if (Steady::now() + kBetweenTries > until) {
      return fail(
          within(fmt::format("others use a table that it changes; tried {} times, is a dump or a long "
                             "query running?",
                             tries),
                 done.error()));
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace

Result<std::vector<Migration>> read_migrations(std::span<const base::EmbeddedFile> files) {
  std::vector<Migration> all;
  for (const auto& file : files) {
    if (!is_name(file.path)) {
      return fail(Code::kInvalid,
                  fmt::format("migration \"{}\": the name must be like 0001_name.sql", file.path));
    }
    const auto name = file.path.substr(0, file.path.size() - kSuffix.size());
    all.push_back({std::stoi(std::string(name.substr(0, kVersionDigits))), std::string(name),
                   sha256_hex(file.bytes), file.bytes});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto wanted = static_cast<int>(i) + 1;
    if (all[i].version == wanted) continue;
    const bool twice = i > 0 && all[i].version == all[i - 1].version;
    return fail(Code::kInvalid,
                twice ? fmt::format("migrations {} and {} have one number", all[i - 1].name, all[i].name)
                      : fmt::format("migration {:04} is missing before {}", wanted, all[i].name));
  }
  return all;
}

Result<std::vector<Migration>> migrate(Connection& connection, std::span<const base::EmbeddedFile> files,
                                       const MigrateSettings& settings) {
  const auto known = read_migrations(files);
  if (!known) return fail(known.error());

  const TimeoutScope restore(connection, settings.lock_timeout);
  if (const auto locked = connection.exec(kLock, settings.schema); !locked) {
    return fail(within("wait for another migration run to end", locked.error()));
  }
  const Lock lock(connection, settings.schema);
  connection.set_statement_timeout(settings.migration_timeout);

  const auto applied = applied_of(connection, settings.schema);
  if (!applied) return fail(within("read the migrations applied so far", applied.error()));
  if (auto checked = check_applied(*applied, *known); !checked) return fail(checked.error());

  std::vector<Migration> fresh;
  for (std::size_t i = applied->size(); i < known->size(); ++i) {
    if (auto done = apply_between(connection, settings.schema, (*known)[i], settings.migration_timeout);
        !done) {
      return fail(within("migration " + (*known)[i].name, done.error()));
    }
    fresh.push_back((*known)[i]);
  }
  return fresh;
}

Result<std::vector<Migration>> migrate_within(Connection& connection, std::span<const Migration> known,
                                              const std::string& schema) {
  if (!connection.in_transaction()) throw Misuse("migrate_within wants a transaction of its caller's");
  const auto applied = applied_of(connection, schema);
  if (!applied) return fail(within("read the migrations applied so far", applied.error()));
  if (auto checked = check_applied(*applied, known); !checked) return fail(checked.error());
  const auto missing = known.subspan(applied->size());
  for (const auto& migration : missing) {
    if (auto done = apply_within(connection, schema, migration); !done)
      return fail(within("migration " + migration.name, done.error()));
  }
  return std::vector<Migration>(missing.begin(), missing.end());
}

Result<bool> try_migrate_lock(Connection& connection, const std::string& schema) {
  const auto rows = connection.exec(kTryLock, schema);
  if (!rows) return fail(rows.error());
  return rows->front().get<bool>("had");
}

}  // namespace berth::pg
