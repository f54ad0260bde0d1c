// A PostgreSQL server of our own: made, started and stopped as a child process, reachable through a Unix
// socket in a private folder and through nothing else. For the demo and for tests. Nothing is installed or
// changed system-wide.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace berth::pgserver {

struct Settings {
  /// Where initdb and postgres are; empty: asked of pg_config, then the newest of /usr/lib/postgresql/*/bin.
  std::filesystem::path bin_dir;
  /// Holds the cluster, or will. Empty or absent: a cluster is made. One of another major version (kConflict)
  /// and a folder with other files (kInvalid) are refused.
  std::filesystem::path data_dir;
  /// Folder for the socket and nothing else, mode 0700, a path of less than kMaxSocketDirLength bytes. Empty:
  /// one in /tmp, made now and removed at the end, which suits a data_dir with a long path.
  std::filesystem::path socket_dir;
  /// Lines of postgresql.conf: name and value.
  std::vector<std::pair<std::string, std::string>> extra_conf;
  /// The system user the server runs as. PostgreSQL refuses to run as root, so root's server runs as
  /// "postgres", or else "nobody"; the folders then belong to that user. Others run it as themselves and
  /// leave this empty.
  std::string run_as;
  /// False: faster, and a crash of the machine loses everything. For tests.
  bool fsync = true;
  /// Removes data_dir when the server has stopped, however this program ended.
  bool remove_data_at_end = false;
  std::chrono::milliseconds start_timeout{60'000};
  std::chrono::milliseconds stop_timeout{30'000};
};

/// A Unix socket's whole path has at most 107 bytes, and PostgreSQL puts "/.s.PGSQL.5432.lock" behind the
/// folder.
inline constexpr std::size_t kMaxSocketDirLength = 80;
/// The database's superuser. Whoever can enter the socket's folder is let in as any role, without a password.
inline constexpr std::string_view kSuperuser = "postgres";

/// The folder with initdb and postgres: `given` if it holds them, else found as Settings::bin_dir says.
Result<std::filesystem::path> find_binaries(const std::filesystem::path& given);

/// A running server. A small process of ours stands between: it stops the server when it is told to, and also
/// when this program ends in any other way, SIGKILL included. Ctrl-C in a terminal does not reach the server
/// directly.
class Server {
 public:
  /// Makes the cluster if need be, starts the server and waits until it takes connections. A server that
  /// still runs on data_dir (the last program was killed just now) is given `stop_timeout` to end, then it is
  /// kConflict.
  static Result<Server> start(const Settings& settings);
  /// Stops as `stop` does.
  ~Server();
  Server(Server&&) noexcept;
  Server& operator=(Server&&) = delete;

  /// A libpq connection string for one database. No password: the socket's folder is the guard.
  std::string conninfo(std::string_view database, std::string_view user = kSuperuser) const;
  /// The postmaster's process id.
  int pid() const;
  const std::filesystem::path& data_dir() const;
  const std::filesystem::path& socket_dir() const;

  /// False once the server ended, by `stop` or by itself.
  bool running();

  /// Fast shutdown: sessions are ended, what was committed is kept. Nothing to do when it has stopped
  /// already.
  Status stop();

 private:
  struct Running;
  explicit Server(std::unique_ptr<Running> running);
  std::unique_ptr<Running> running_;
};

}  // namespace berth::pgserver
