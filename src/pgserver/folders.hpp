// The server's folders: made, owned by its user, and closed to all others. Internal to this module.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/result.hpp"
#include "pgserver/process.hpp"

namespace berth::pgserver {

/// Makes `folder` (its parents too) with mode 0700 for `user`. One that is there is taken over, owner and
/// mode changed, only if it is empty or `ours` says so, and is not open to all like /tmp. A parent that
/// `user` cannot enter is named.
Status prepare_folder(const std::filesystem::path& folder, const User& user,
                      const std::function<bool(const std::filesystem::path&)>& ours);

/// Holds a PostgreSQL cluster; holds nothing but sockets.
bool is_cluster(const std::filesystem::path& folder);
bool holds_only_sockets(const std::filesystem::path& folder);

/// A new folder in /tmp, mode 0700, for `user`. The path is short: a socket's has little room.
Result<std::filesystem::path> make_short_folder(const User& user);

/// A folder that one program and its server use alone. A forked child shares the lock: it is free when all of
/// them are gone.
class FolderLock {
 public:
  /// Waits for whoever holds it, at most `limit` (kConflict).
  static Result<FolderLock> take(const std::filesystem::path& folder, std::chrono::milliseconds limit);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// What postmaster.pid says.
struct PidFile {
  pid_t pid = 0;
  bool ready = false;  // takes connections
};
/// Nothing when there is none, or its first line is not written yet.
std::optional<PidFile> read_pid_file(const std::filesystem::path& data_dir);

/// Waits for a server on `data_dir` to end, at most `limit` (kConflict), and removes a pid file that names a
/// process which is no server on `data_dir`: PostgreSQL itself would take any process of its user with that
/// number for one.
Status wait_until_unused(const std::filesystem::path& data_dir, std::chrono::milliseconds limit);

}  // namespace berth::pgserver
