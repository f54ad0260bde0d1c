#include "pgserver/pgserver.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

#include "pgserver/folders.hpp"
#include "pgserver/process.hpp"
#include "pgserver/supervisor.hpp"

namespace berth::pgserver {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kInitdbTimeout{120'000};
constexpr std::chrono::milliseconds kLookEvery{20};
constexpr std::string_view kLogName = "postgresql.log";

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  return {(std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()};
}

/// "15" of a cluster's PG_VERSION.
std::string cluster_version(const fs::path& data_dir) {
  auto text = read_file(data_dir / "PG_VERSION");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Status check_version(const Settings& settings, const fs::path& bin_dir, const User& user) {
  const auto cluster = cluster_version(settings.data_dir);
  const auto printed = run_to_end(Command({bin_dir / "postgres", "--version"}), user, kInitdbTimeout);
  if (!printed) return fail(printed.error());
  if (printed->find(fmt::format(") {}.", cluster)) != std::string::npos) return {};
  return fail(Code::kConflict,
              fmt::format("{} was made by PostgreSQL {}, but {} is: {}", settings.data_dir.string(), cluster,
                          bin_dir.string(), tail(*printed)));
}

/// Stands beside the folder while initdb works in it: what a killed initdb leaves looks like a cluster and is
/// none.
fs::path unfinished_mark(const fs::path& data_dir) {
  return data_dir.string() + ".unfinished";
}

bool is_unfinished(const fs::path& data_dir) {
  std::error_code error;
  return fs::exists(unfinished_mark(data_dir), error);
}

Status make_cluster(const Settings& settings, const fs::path& bin_dir, const User& user) {
  const auto mark = unfinished_mark(settings.data_dir);
  std::error_code error;
  if (is_unfinished(settings.data_dir)) {
    for (const auto& entry : fs::directory_iterator(settings.data_dir, error))
      fs::remove_all(entry.path(), error);
  } else if (!std::ofstream(mark)) {
    return fail(Code::kUnavailable, fmt::format("cannot write {}: {}", mark.string(), std::strerror(errno)));
  }
  // C.UTF-8 sorts by code point and is on every Debian; a cluster made under another locale would sort
  // differently.
  std::vector<std::string> arguments{bin_dir / "initdb",      "-D",
                                     settings.data_dir,       "-U",
                                     std::string(kSuperuser), "--encoding=UTF8",
                                     "--locale=C.UTF-8",      "--auth-local=trust",
                                     "--auth-host=reject"};
  if (!settings.fsync) arguments.emplace_back("--no-sync");
  if (const auto made = run_to_end(Command(std::move(arguments)), user, kInitdbTimeout); !made)
    return fail(made.error());
  fs::remove(mark, error);
  if (error)
    return fail(Code::kInternal, fmt::format("cannot remove {}: {}", mark.string(), error.message()));
  return {};
}

std::vector<std::string> server_arguments(const Settings& settings, const fs::path& bin_dir) {
  std::vector<std::string> arguments{bin_dir / "postgres", "-D", settings.data_dir};
  const auto set = [&](std::string_view name, std::string_view value) {
    arguments.emplace_back("-c");
    arguments.push_back(fmt::format("{}={}", name, value));
  };
  set("listen_addresses", "");
  set("unix_socket_directories", settings.socket_dir.string());
  set("unix_socket_permissions", "0700");
  set("logging_collector", "off");
  if (!settings.fsync) {
    set("fsync", "off");
    set("synchronous_commit", "off");
    set("full_page_writes", "off");
  }
  for (const auto& [name, value] : settings.extra_conf) set(name, value);
  return arguments;
}

/// One log for each run, and the one before it kept.
Result<fs::path> fresh_log(const fs::path& data_dir) {
  auto log = data_dir / kLogName;
  std::error_code error;
  if (fs::exists(log, error)) fs::rename(log, data_dir / fmt::format("{}.1", kLogName), error);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0)
    return fail(Code::kUnavailable, fmt::format("cannot write {}: {}", log.string(), std::strerror(errno)));
  ::close(file);
  return log;
}

/// Removes a private folder when the supervisor did not live to do it.
class RemoveAtEnd {
 public:
  explicit RemoveAtEnd(fs::path folder) : folder_(std::move(folder)) {}
  ~RemoveAtEnd() {
    std::error_code ignored;  // a folder left behind in /tmp is not worth an error of its own
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  RemoveAtEnd(RemoveAtEnd&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  RemoveAtEnd& operator=(RemoveAtEnd&&) = delete;

 private:
  fs::path folder_;
};

Status prepare_socket_dir(const fs::path& folder, const User& user) {
  const auto length = folder.string().size();
  if (length >= kMaxSocketDirLength) {
    return fail(Code::kInvalid, fmt::format("socket folder {} has {} bytes, must have less than {}",
                                            folder.string(), length, kMaxSocketDirLength));
  }
  return prepare_folder(folder, user, holds_only_sockets);
}

/// Until the server takes connections.
Result<pid_t> wait_until_ready(const Settings& settings, Supervisor& supervisor, const fs::path& log) {
  const auto deadline = std::chrono::steady_clock::now() + settings.start_timeout;
  while (true) {
    const auto state = read_pid_file(settings.data_dir);
    if (state && state->ready) return state->pid;
    // Before the question: a server that failed may take its folder with it.
    const auto said = tail(read_file(log));
    if (!supervisor.running()) return fail(Code::kUnavailable, "PostgreSQL did not start: " + said);
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Code::kTimeout, fmt::format("PostgreSQL was not ready within {} ms: {}",
                                              settings.start_timeout.count(), said));
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace

struct Server::Running {
  Settings settings;
  RemoveAtEnd socket_dir;
  FolderLock lock;
  Supervisor supervisor;
  pid_t pid = 0;
};

Result<Server> Server::start(const Settings& given) {
  Settings settings = given;
  const auto user = server_user(settings.run_as);
  if (!user) return fail(user.error());
  const auto bin_dir = find_binaries(settings.bin_dir);
  if (!bin_dir) return fail(bin_dir.error());
  if (settings.data_dir.empty()) return fail(Code::kInvalid, "the server's data folder has no name");
  settings.data_dir = fs::absolute(settings.data_dir).lexically_normal();

  std::vector<fs::path> remove_at_end;
  const bool own_socket_dir = settings.socket_dir.empty();
  if (own_socket_dir) {
    const auto folder = make_short_folder(*user);
    if (!folder) return fail(folder.error());
    settings.socket_dir = *folder;
    remove_at_end.push_back(*folder);
  } else {
    settings.socket_dir = fs::absolute(settings.socket_dir).lexically_normal();
    if (auto ready = prepare_socket_dir(settings.socket_dir, *user); !ready) return fail(ready.error());
  }
  RemoveAtEnd socket_dir(own_socket_dir ? settings.socket_dir : fs::path());

  const auto ours = [](const fs::path& folder) { return is_cluster(folder) || is_unfinished(folder); };
  if (auto ready = prepare_folder(settings.data_dir, *user, ours); !ready) return fail(ready.error());
  auto lock = FolderLock::take(settings.data_dir, settings.stop_timeout);
  if (!lock) return fail(lock.error());
  const bool adopt = is_cluster(settings.data_dir) && !is_unfinished(settings.data_dir);
  auto made = adopt ? check_version(settings, *bin_dir, *user) : make_cluster(settings, *bin_dir, *user);
  if (made) made = wait_until_unused(settings.data_dir, settings.stop_timeout);
  if (!made) return fail(made.error());
  const auto log = fresh_log(settings.data_dir);
  if (!log) return fail(log.error());
  if (settings.remove_data_at_end) remove_at_end.push_back(settings.data_dir);

  auto supervisor = Supervisor::start({Command(server_arguments(settings, *bin_dir)), *user, *log,
                                       lock->descriptor(), std::move(remove_at_end), settings.stop_timeout});
  if (!supervisor) return fail(supervisor.error());
  const auto pid = wait_until_ready(settings, *supervisor, *log);
  if (!pid) return fail(pid.error());
  return Server(std::unique_ptr<Running>(new Running{std::move(settings), std::move(socket_dir),
                                                     std::move(*lock), std::move(*supervisor), *pid}));
}

Server::Server(std::unique_ptr<Running> running) : running_(std::move(running)) {}
Server::Server(Server&&) noexcept = default;

Server::~Server() {
  if (running_) static_cast<void>(stop());
}

Status Server::stop() {
  return running_->supervisor.stop();
}

std::string Server::conninfo(std::string_view database, std::string_view user) const {
  return fmt::format("host={} dbname={} user={}", running_->settings.socket_dir.string(), database, user);
}

bool Server::running() {
  return running_->supervisor.running();
}
int Server::pid() const {
  return running_->pid;
}
const fs::path& Server::data_dir() const {
  return running_->settings.data_dir;
}
const fs::path& Server::socket_dir() const {
  return running_->settings.socket_dir;
}

}  // namespace berth::pgserver
