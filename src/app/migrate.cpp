// `berth migrate`, by hand or before a portal's start.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

#include "app/roles.hpp"
#include "cli/prompt.hpp"
#include "pg/pg.hpp"
#include "store/gate_keys.hpp"
#include "store/migrations.hpp"
#include "store/owner.hpp"
#include "store/passwords.hpp"
#include "store/standing.hpp"
#include "store/users.hpp"

namespace berth::app {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBackupLookEvery{500};

/// A database that is begun beside this program takes a moment. Each new reason is told once.
Result<pg::Connection> connect(const pg::Settings& settings, std::chrono::seconds patience) {
  const auto until = Steady::now() + patience;
  std::string told;
  while (true) {
    auto connection = pg::Connection::connect(settings);
    if (connection || Steady::now() + kBackupLookEvery > until) return connection;
    if (connection.error().message != told) {
      told = connection.error().message;
      std::cerr << fmt::format("waiting for the database: {}\n", told);
    }
    std::this_thread::sleep_for(kBackupLookEvery);
  }
}

Result<std::string> first_password(const std::filesystem::path& file) {
  if (file.empty()) return cli::read_password_line();
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  if (line.empty())
    return fail(Code::kInvalid,
                fmt::format("no password is in {} (--first-admin-password-file)", file.string()));
  return line;
}

/// Somebody has to be able to sign in before anybody can be let in by them.
Status make_first_admin(pg::Connection& connection, const MigrateOptions& options) {
  const auto there = [&]() -> Result<bool> {
    auto has_one = store::has_admin(connection);
    if (has_one && *has_one) std::cout << "there is an admin already\n";
    return has_one;
  };
  const auto before = there();
  if (!before || *before) return before ? Status{} : fail(before.error());
  auto password = first_password(options.first_admin_password);
  if (!password) return fail(password.error());
  auto hash = store::hash_password(*password);
  if (!hash) return fail(hash.error());
  auto transaction = store::begin_write(connection, store::owner_author());
  if (!transaction) return fail(transaction.error());
  // What lies in a file is known to whoever put it there.
  const auto known_to =
      options.first_admin_password.empty() ? store::KnownTo::kOwner : store::KnownTo::kOthersToo;
  auto made = store::create_user(*transaction, {.email = options.first_admin,
                                                .name = "Administrator",
                                                .role = model::Role::kAdmin,
                                                .password_hash = *hash,
                                                .password_known_to = known_to});
  if (!made) {
    const auto error = made.error();
    static_cast<void>(transaction->rollback());  // what failed is told already
    // Two of these may run at once, before two portals' start.
    if (error.code == Code::kConflict)
      if (const auto after = there(); after && *after) return {};
    return fail(error);
  }
  if (auto done = transaction->commit(); !done) return done;
  std::cout << fmt::format("made admin {}\n", options.first_admin);
  return {};
}

/// True where another program's later schema serves this one: nothing is to be done then.
Result<bool> serves_as_it_is(pg::Connection& connection) {
  const auto fine = store::check_schema(connection);
  if (fine) return true;
  if (fine.error().slug == "schema_behind") return false;
  return fail(fine.error());
}

}  // namespace

Status run_migrate(const MigrateOptions& options) {
  if (auto given = need_database(options.database_url); !given) return given;
  pg::Settings settings;
  settings.conninfo = options.database_url;
  settings.application_name = "berth-migrate";
  settings.statement_timeout = std::chrono::minutes(10);
  auto connection = connect(settings, std::chrono::seconds(options.wait_seconds));
  if (!connection) return fail(within("connect to the database", connection.error()));
  bool migrated = false;
  if (options.unless_newer) {
    const auto serves = serves_as_it_is(*connection);
    if (!serves) return fail(serves.error());
    migrated = *serves;
    if (migrated) std::cout << "the database serves this program\n";
  }
  if (!migrated) {
    if (auto may = store::check_may_migrate(*connection); !may) return may;
    auto applied = store::migrate(*connection);
    if (!applied) return fail(applied.error());
    for (const auto& step : *applied) std::cout << fmt::format("applied {:04} {}\n", step.version, step.name);
    if (applied->empty()) std::cout << "the database is up to date\n";
  }
  // Tables may be new, and so may the role.
  if (auto let = store::let_backups_read(*connection); !let) return let;
  // Now, not at the first ticket: by then every gate knows it.
  SystemRandom random;
  if (const auto key = store::signing_key(*connection, random, store::owner_author()); !key)
    return fail(key.error());
  const auto left = store::tie_up(*connection);
  if (!left) return fail(left.error());
  for (const auto& note : *left) std::cerr << fmt::format("note: {}\n", note);
  return options.first_admin.empty() ? Status{} : make_first_admin(*connection, options);
}

}  // namespace berth::app
