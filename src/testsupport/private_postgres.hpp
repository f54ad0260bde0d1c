// A PostgreSQL server for one test program, and databases in it for single tests.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/embedded.hpp"
#include "pg/pg.hpp"
#include "pgserver/pgserver.hpp"

namespace berth::testsupport {

class PrivatePostgres;

/// A database that is dropped when this ends, together with whoever is still connected to it. The server must
/// outlive it.
class Database {
 public:
  ~Database();
  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) = delete;

  /// As superuser, with short deadlines: nothing in a test should take long.
  pg::Settings settings() const;
  /// As another role of the server.
  pg::Settings settings_as(std::string_view role) const;
  /// Throws when it fails: a test cannot go on without.
  pg::Connection connect() const;
  const std::string& name() const { return *name_; }

 private:
  friend class PrivatePostgres;
  Database(PrivatePostgres& server, std::string name)
      : server_(&server), name_(std::make_unique<std::string>(std::move(name))) {}

  PrivatePostgres* server_;
  std::unique_ptr<std::string> name_;  // null when moved from
};

/// A cluster of its own in a temporary folder, in memory where there is room, without fsync. It is stopped
/// and removed at the end of the program, also when that is killed. Safe to use from several threads. What
/// fails is thrown as std::runtime_error.
class PrivatePostgres {
 public:
  PrivatePostgres();

  /// An empty database.
  Database fresh_database();
  /// A copy of a database to which `migrations` were applied (once for each test program).
  Database fresh_database(std::span<const base::EmbeddedFile> migrations, const std::string& schema);

  std::string conninfo(std::string_view database, std::string_view user = pgserver::kSuperuser) const;
  pgserver::Server& server() { return server_; }

 private:
  friend class Database;
  void admin(const std::string& sql);
  std::string template_for(std::span<const base::EmbeddedFile> migrations, const std::string& schema);

  pgserver::Server server_;
  std::mutex admin_mutex_;
  std::optional<pg::Connection> admin_;  // kept: to connect costs more than most of what is asked here
  std::mutex mutex_;
  std::set<std::string> templates_;
  int databases_ = 0;
};

/// The test program's server: started when it is first asked for, stopped at the program's end. GoogleTest's
/// main has no place to hand one in from, so this is a static of a function, the only one.
PrivatePostgres& postgres();

}  // namespace berth::testsupport
