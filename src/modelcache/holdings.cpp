#include "modelcache/holdings.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>

#include "modelcache/disk.hpp"
#include "modelcache/source.hpp"

namespace berth::modelcache {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderStart = "models--";
constexpr std::size_t kMaxRefBytes = 4096;
constexpr std::int64_t kBlockBytes = 512;
constexpr mode_t kLockMode = 0644;

tl::unexpected<Error> cannot_list(const fs::path& folder, const std::error_code& error) {
  return fail(Code::kUnavailable, fmt::format("cannot list {}: {}", folder.string(), error.message()));
}

std::int64_t bytes_on_disk(const fs::path& path) {
  struct stat there{};
  return ::lstat(path.c_str(), &there) == 0 && S_ISREG(there.st_mode)
             ? static_cast<std::int64_t>(there.st_blocks) * kBlockBytes
             : 0;
}

std::optional<Instant> changed_at(const fs::path& path) {
  struct stat there{};
  if (::lstat(path.c_str(), &there) != 0) return std::nullopt;
  return Instant(seconds(there.st_mtim.tv_sec));
}

/// A missing folder has nothing in it: one that is being made or removed is no fault.
template <typename Each>
Status each(const fs::path& folder, const Each& what) {
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  if (error == std::errc::no_such_file_or_directory) return {};
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    std::error_code is;
    if (at->is_directory(is) && !at->is_symlink(is)) continue;
    what(at->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) return cannot_list(folder, error);
  return {};
}

Status look_at(const fs::path& model, Holding& holding) {
  std::set<std::string> shown;
  const auto snapshots = model / "snapshots";
  const auto seen = [&](const fs::path& path) {
    if (const auto at = changed_at(path)) holding.published_at = std::max(holding.published_at, *at);
  };
  auto looked = each(snapshots, [&](const fs::path& path) {
    const auto commit = path.lexically_relative(snapshots).begin()->string();
    if (is_commit(commit) && holding.commits.emplace(commit, commit).second) seen(snapshots / commit);
    std::error_code error;
    if (const auto target = fs::read_symlink(path, error); !error) shown.insert(target.filename().string());
  });
  if (!looked) return looked;
  const auto refs = model / "refs";
  looked = each(refs, [&](const fs::path& path) {
    const auto commit = read_whole(path, kMaxRefBytes);
    if (!commit || !is_commit(*commit) || !holding.commits.contains(*commit)) return;
    holding.commits[path.lexically_relative(refs).string()] = *commit;
    seen(path);
  });
  if (!looked) return looked;
  return each(model / "blobs", [&](const fs::path& path) {
    (shown.contains(path.filename().string()) ? holding.bytes : holding.arriving) += bytes_on_disk(path);
  });
}

}  // namespace

Result<std::vector<Holding>> holdings(const fs::path& cache) {
  std::vector<Holding> all;
  std::error_code error;
  for (fs::directory_iterator at(cache, error), end; !error && at != end; at.increment(error)) {
    std::error_code is;
    auto name = at->path().filename().string();
    if (!name.starts_with(kFolderStart) || !at->is_directory(is) || at->is_symlink(is)) continue;
    all.push_back({.folder = std::move(name)});
    if (auto looked = look_at(at->path(), all.back()); !looked) return fail(looked.error());
  }
  if (error) return cannot_list(cache, error);
  std::ranges::sort(all, {}, &Holding::folder);
  return all;
}

Status remove_model(const fs::path& cache, const std::string& folder) {
  if (!folder.starts_with(kFolderStart) || folder.find('/') != folder.npos)
    return fail(Code::kInternal, fmt::format("{} is no model's folder", folder));
  const auto lock = ModelLock::take(cache, folder);
  if (!lock) return fail(lock.error());
  const auto model = cache / folder;
  for (const auto* part : {"refs", "snapshots"}) {
    if (auto gone = remove_tree(model / part); !gone) return gone;
    std::error_code error;
    if (!fs::exists(model, error)) return {};
    // Names are off the disk before the files that they lead to.
    if (auto flushed = flush_folder(model); !flushed) return flushed;
  }
  if (auto gone = remove_tree(model); !gone) return gone;
  return flush_folder(cache);
}

Result<DiskRoom> disk_room(const fs::path& folder) {
  struct statvfs disk{};
  if (::statvfs(folder.c_str(), &disk) != 0) return cannot("ask for the room of", folder);
  const auto block = static_cast<std::int64_t>(disk.f_frsize);
  // What only root may write counts as used: a daemon may be root, what fills the disk beside it is not.
  const auto held_back = static_cast<std::int64_t>(disk.f_bfree) - static_cast<std::int64_t>(disk.f_bavail);
  return DiskRoom{.bytes = (static_cast<std::int64_t>(disk.f_blocks) - held_back) * block,
                  .free = static_cast<std::int64_t>(disk.f_bavail) * block};
}

Result<Descriptor> take_cache(const fs::path& cache) {
  if (auto made = make_folders(cache / ".locks"); !made) return fail(made.error());
  const auto path = cache / ".locks" / "berth-daemon.lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kLockMode));
  if (file.get() < 0) return cannot("open", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot("lock", path);
    return fail(Code::kConflict, fmt::format("another daemon keeps {}: one is enough", cache.string()));
  }
  return file;
}

}  // namespace berth::modelcache
