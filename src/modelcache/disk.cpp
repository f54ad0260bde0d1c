#include "modelcache/disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace berth::modelcache {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolderMode = 0755;
constexpr std::int64_t kLeastRoomLeft = 64 << 20;
constexpr std::int64_t kRoomLeftShare = 100;  // of what is to come

std::string_view words_of(int fault, std::string& room) {
  switch (fault) {
    case ENOSPC:
      return "no room is left on that disk";
    case EDQUOT:
      return "this account's share of that disk is used up";
    case EROFS:
      return "that disk can only be read";
    case EACCES:
    case EPERM:
      return "this account may not";
    case EIO:
      return "the disk is at fault";
    default:
      room = std::strerror(fault);
      return room;
  }
}

}  // namespace

tl::unexpected<Error> cannot(std::string_view what, const fs::path& path) {
  std::string room;
  const auto words = words_of(errno, room);
  return fail(Code::kUnavailable, fmt::format("cannot {} {}: {}", what, path.string(), words));
}

Status make_folders(const fs::path& folder) {
  struct stat there{};
  if (::stat(folder.c_str(), &there) == 0) {
    if (S_ISDIR(there.st_mode)) return {};
    errno = ENOTDIR;
    return cannot("make the folder", folder);
  }
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    if (auto made = make_folders(folder.parent_path()); !made) return made;
  }
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) return cannot("make the folder", folder);
  if (::chmod(folder.c_str(), kFolderMode) != 0) return cannot("open to readers the folder", folder);
  return {};
}

Status flush_folder(const fs::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return cannot("flush", folder);
  return {};
}

Status write_at(int file, const fs::path& path, std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return {};
}

Result<std::size_t> read_at(int file, const fs::path& path, std::int64_t offset, char* bytes,
                            std::size_t most) {
  std::size_t got = 0;
  while (got < most) {
    const auto read = ::pread(file, bytes + got, most - got, offset + static_cast<std::int64_t>(got));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return cannot("read", path);
    if (read == 0) break;
    got += static_cast<std::size_t>(read);
  }
  return got;
}

Status write_whole(const fs::path& file, std::string_view bytes) {
  const fs::path beside = file.string() + ".berth-new";
  {
    const Descriptor opened(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (opened.get() < 0) return cannot("make", beside);
    if (auto written = write_at(opened.get(), beside, 0, bytes); !written) return written;
    if (::fchmod(opened.get(), kFileMode) != 0 || ::fsync(opened.get()) != 0) return cannot("flush", beside);
  }
  if (::rename(beside.c_str(), file.c_str()) != 0) return cannot("name", file);
  return flush_folder(file.parent_path());
}

Result<std::string> read_whole(const fs::path& file, std::size_t most) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0 && (errno == ENOENT || errno == ENOTDIR))
    return fail(Code::kNotFound, fmt::format("there is no {}", file.string()));
  if (opened.get() < 0) return cannot("open", file);
  std::string bytes(most + 1, '\0');
  const auto got = read_at(opened.get(), file, 0, bytes.data(), bytes.size());
  if (!got) return fail(got.error());
  if (*got > most)
    return fail(Code::kTooLarge, fmt::format("{} has more than {} bytes", file.string(), most));
  bytes.resize(*got);
  return bytes;
}

Status remove_file(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return cannot("remove", file);
  return {};
}

Status remove_tree(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error)
    return fail(Code::kUnavailable, fmt::format("cannot remove {}: {}", folder.string(), error.message()));
  return {};
}

Status check_room(const fs::path& folder, std::int64_t bytes) {
  if (bytes <= 0) return {};
  struct statvfs disk{};
  if (::statvfs(folder.c_str(), &disk) != 0) return cannot("ask for the room of", folder);
  const auto room = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  const auto margin = std::max(kLeastRoomLeft, bytes / kRoomLeftShare);
  if (bytes <= room - margin) return {};
  return fail(invalid_field(
      "--to", folder.string(), fmt::format("{} bytes free", bytes + margin),
      fmt::format(
          "the model does not fit: {} bytes are still to come and {} are to stay free, and {} has {} free",
          bytes, margin, folder.string(), room)));
}

std::int64_t size_of(const fs::path& file) {
  struct stat there{};
  return ::lstat(file.c_str(), &there) == 0 && S_ISREG(there.st_mode) ? there.st_size : -1;
}

Result<ModelLock> ModelLock::take(const fs::path& cache, const std::string& folder) {
  const auto locks = cache / ".locks" / folder;
  if (auto made = make_folders(locks); !made) return fail(made.error());
  const auto path = locks / "berth.lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (file.get() < 0) return cannot("open", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot("lock", path);
    return fail(Code::kConflict, fmt::format("another process writes {}: this one would only be in its way",
                                             (cache / folder).string()));
  }
  return ModelLock(std::move(file));
}

}  // namespace berth::modelcache
