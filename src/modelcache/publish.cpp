#include "modelcache/publish.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "modelcache/disk.hpp"

namespace berth::modelcache {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMaking = ".berth-snapshot";

bool leads_to(const fs::path& link, const std::string& target) {
  std::error_code error;
  const auto there = fs::read_symlink(link, error);
  return !error && there == target;
}

/// Each is there whole or not at all, and none that is good is touched.
Status link_into(const fs::path& snapshot, const std::vector<RemoteFile>& files) {
  std::set<fs::path> folders{snapshot};
  for (const auto& file : files) {
    const auto target = link_target(file.path, file.hash);
    const auto link = snapshot / file.path;
    if (leads_to(link, target)) continue;
    if (auto made = make_folders(link.parent_path()); !made) return made;
    const fs::path beside = link.parent_path() / ".berth-link";
    if (auto gone = remove_file(beside); !gone) return gone;
    if (::symlink(target.c_str(), beside.c_str()) != 0) return cannot("link", beside);
    if (::rename(beside.c_str(), link.c_str()) != 0) return cannot("link", link);
    for (auto folder = link.parent_path(); folders.insert(folder).second;) folder = folder.parent_path();
  }
  // From the inside out.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    if (auto flushed = flush_folder(*folder); !flushed) return flushed;
  }
  return {};
}

}  // namespace

std::string link_target(const std::string& path, const std::string& hash) {
  std::string target = "../../";
  for (const char c : path) {
    if (c == '/') target += "../";
  }
  return target + "blobs/" + hash;
}

Status publish(const fs::path& model, const Source& source, const std::string& commit,
               const std::vector<RemoteFile>& files) {
  if (auto flushed = flush_folder(model / "blobs"); !flushed) return flushed;
  const auto snapshots = model / "snapshots";
  const auto snapshot = snapshots / commit;
  struct stat there{};
  if (::lstat(snapshot.c_str(), &there) == 0) {
    // Another client's, or ours: what lacks is added.
    if (auto linked = link_into(snapshot, files); !linked) return linked;
  } else {
    const auto making = model / kMaking;
    if (auto gone = remove_tree(making); !gone) return gone;
    if (auto made = make_folders(making); !made) return made;
    if (auto linked = link_into(making, files); !linked) return linked;
    if (::rename(making.c_str(), snapshot.c_str()) != 0) return cannot("name", snapshot);
  }
  if (auto flushed = flush_folder(snapshots); !flushed) return flushed;
  if (source.revision == commit) return {};
  const auto ref = model / "refs" / source.revision;
  if (const auto named = read_whole(ref, kMaxRefBytes); named && *named == commit) return {};
  if (auto made = make_folders(ref.parent_path()); !made) return made;
  // Without a newline: clients read it as it is.
  if (auto written = write_whole(ref, commit); !written) return written;
  // A branch with slashes made folders, whose names are to last too.
  for (auto folder = ref.parent_path(); folder != model; folder = folder.parent_path()) {
    if (auto flushed = flush_folder(folder.parent_path()); !flushed) return flushed;
  }
  return {};
}

}  // namespace berth::modelcache
