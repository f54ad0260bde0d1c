#include "pgserver/folders.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

namespace berth::pgserver {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPollPause{20};

tl::unexpected<Error> refuse(const fs::path& folder, std::string_view why) {
  return fail(Code::kInvalid, fmt::format("folder {}: {}", folder.string(), why));
}

tl::unexpected<Error> refuse_errno(const fs::path& folder, std::string_view call) {
  return refuse(folder, fmt::format("{}: {}", call, std::strerror(errno)));
}

Status own(const fs::path& folder, const User& user) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) return refuse_errno(folder, "stat");
  if (info.st_uid != user.uid && info.st_uid != ::geteuid()) {
    return refuse(folder, fmt::format("belongs to another user (uid {})", info.st_uid));
  }
  if ((info.st_mode & S_IWOTH) != 0) return refuse(folder, "is open to all users");
  if (info.st_uid != user.uid && ::chown(folder.c_str(), user.uid, user.gid) != 0)
    return refuse_errno(folder, "chown");
  if (::chmod(folder.c_str(), S_IRWXU) != 0) return refuse_errno(folder, "chmod");
  return {};
}

bool may_enter(const struct stat& info, const User& user) {
  if (info.st_uid == user.uid) return (info.st_mode & S_IXUSR) != 0;
  if (info.st_gid == user.gid) return (info.st_mode & S_IXGRP) != 0;
  return (info.st_mode & S_IXOTH) != 0;
}

Status check_parents(const fs::path& folder, const User& user) {
  if (!user.change) return {};
  for (auto parent = folder.parent_path();; parent = parent.parent_path()) {
    struct stat info{};
    if (::stat(parent.c_str(), &info) != 0 || !may_enter(info, user)) {
      return refuse(folder,
                    fmt::format("PostgreSQL runs as user \"{}\" here, who may not enter {}; choose a folder "
                                "elsewhere, e.g. below /var/lib",
                                user.name, parent.string()));
    }
    if (parent == parent.root_path()) return {};
  }
}

/// True for a postmaster that was started on this folder (`postgres -D <data_dir>`, as we and most others
/// start it).
bool is_server_on(pid_t pid, const fs::path& data_dir) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid));
  const std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return line.find("postgres") != std::string::npos && line.find(data_dir.string()) != std::string::npos;
}

}  // namespace

bool is_cluster(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "PG_VERSION", error);
}

bool holds_only_sockets(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with(".s.PGSQL.")) return false;
  }
  return !error;
}

Status prepare_folder(const fs::path& folder, const User& user,
                      const std::function<bool(const fs::path&)>& ours) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return refuse(folder, error.message());
  // Before anything is changed: a wrong path must not cost someone the owner and mode of their folder.
  const bool empty = fs::is_empty(folder, error);
  if (error) return refuse(folder, error.message());
  if (!empty && !ours(folder)) return refuse(folder, "holds files that are not PostgreSQL's");
  if (auto owned = own(folder, user); !owned) return owned;
  return check_parents(fs::weakly_canonical(folder), user);
}

Result<fs::path> make_short_folder(const User& user) {
  std::string name = "/tmp/pg-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    return fail(Code::kUnavailable, fmt::format("a folder in /tmp: {}", std::strerror(errno)));
  }
  fs::path folder(name);
  if (auto owned = own(folder, user); !owned) return fail(owned.error());
  return folder;
}

Result<FolderLock> FolderLock::take(const fs::path& folder, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  FolderLock lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.descriptor_ < 0) return refuse_errno(folder, "open");
  while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return refuse_errno(folder, "flock");
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Code::kConflict,
                  fmt::format("folder {}: another program's PostgreSQL server uses it", folder.string()));
    }
    std::this_thread::sleep_for(kPollPause);
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<PidFile> read_pid_file(const fs::path& data_dir) {
  // Line 1 is the process, line 8 its state; the file grows while the server starts.
  constexpr std::size_t kStateLine = 8;
  std::ifstream file(data_dir / "postmaster.pid");
  PidFile found;
  std::string line;
  for (std::size_t number = 1; number <= kStateLine && std::getline(file, line); ++number) {
    if (number == 1) found.pid = static_cast<pid_t>(std::strtol(line.c_str(), nullptr, 10));
    if (number == kStateLine) found.ready = line.starts_with("ready");
  }
  if (found.pid <= 0) return std::nullopt;
  return found;
}

Status wait_until_unused(const fs::path& data_dir, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (true) {
    const auto found = read_pid_file(data_dir);
    if (!found) return {};
    if (!is_server_on(found->pid, data_dir)) {
      std::error_code error;
      fs::remove(data_dir / "postmaster.pid", error);
      if (error) return refuse(data_dir, "a stale postmaster.pid cannot be removed: " + error.message());
      return {};
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Code::kConflict,
                  fmt::format("folder {}: a PostgreSQL server (process {}) already runs on it",
                              data_dir.string(), found->pid));
    }
    std::this_thread::sleep_for(kPollPause);
  }
}

}  // namespace berth::pgserver
