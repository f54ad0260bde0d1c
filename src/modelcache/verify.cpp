#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "modelcache/digest.hpp"
#include "modelcache/disk.hpp"
#include "modelcache/modelcache.hpp"
#include "modelcache/partial.hpp"
#include "modelcache/publish.hpp"

namespace berth::modelcache {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderStart = "models--";
constexpr std::size_t kReadAtOnce = 1 << 20;

class Looking {
 public:
  Looking(fs::path model, std::string name, Verified& found)
      : model_(std::move(model)), name_(std::move(name)), found_(found) {}

  Status look() {
    if (auto done = blobs(); !done) return done;
    if (auto done = snapshots(); !done) return done;
    return refs();
  }
  /// What names it goes before it: at no moment does a revision's name lead to what is not whole.
  Status repair() {
    for (const auto& file : bad_refs_) {
      if (auto gone = remove_file(file); !gone) return gone;
      if (auto flushed = flush_folder(file.parent_path()); !flushed) return flushed;
    }
    for (const auto& folder : bad_snapshots_) {
      std::error_code error;
      fs::remove_all(folder, error);
      if (error)
        return fail(Code::kUnavailable,
                    fmt::format("cannot remove {}: {}", folder.string(), error.message()));
      if (auto flushed = flush_folder(folder.parent_path()); !flushed) return flushed;
    }
    for (const auto& hash : bad_blobs_) {
      if (auto gone = remove_file(model_ / "blobs" / hash); !gone) return gone;
    }
    for (auto& fault : found_.faults) fault.removed = fault.removed || fault.model == name_;
    return {};
  }

 private:
  template <typename Each>
  Status each(const fs::path& folder, Each what) {
    std::error_code error;
    if (!fs::exists(folder, error)) return {};
    fs::recursive_directory_iterator at(folder, error);
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
      if (at->is_directory(error) && !at->is_symlink(error)) continue;
      if (auto done = what(at->path()); !done) return done;
    }
    if (error)
      return fail(Code::kUnavailable, fmt::format("cannot list {}: {}", folder.string(), error.message()));
    return {};
  }
  void fault(const fs::path& path, std::string why) {
    found_.faults.push_back(
        {.model = name_, .what = shown(path.lexically_relative(model_).string()), .why = std::move(why)});
  }

  Status blobs() {
    return each(model_ / "blobs", [this](const fs::path& path) -> Status {
      const auto name = path.filename().string();
      if (name.ends_with(".incomplete")) {
        struct stat there{};
        if (::lstat(path.c_str(), &there) == 0) found_.unfinished_bytes += bytes_on_disk(there);
        return {};
      }
      if (!is_hex(name, 64) && !is_hex(name, 40)) return {};
      return blob(path, name);
    });
  }

  Status blob(const fs::path& path, const std::string& name) {
    const auto size = size_of(path);
    const Descriptor file(size < 0 ? -1 : ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file.get() < 0) {
      fault(path, "it is no file that can be read");
      bad_blobs_.insert(name);
      return {};
    }
    Digest digest(name, size);
    std::string bytes(kReadAtOnce, '\0');
    std::int64_t at = 0;
    while (true) {
      const auto got = read_at(file.get(), path, at, bytes.data(), bytes.size());
      if (!got) {
        fault(path, got.error().message);
        bad_blobs_.insert(name);
        return {};
      }
      digest.add({bytes.data(), *got});
      at += static_cast<std::int64_t>(*got);
      if (*got < bytes.size()) break;
    }
    ++found_.files;
    found_.bytes += at;
    if (auto is = digest.hex(); is != name) {
      fault(path, fmt::format("its {} bytes are others than its name says: their hash is {}", at, is));
      bad_blobs_.insert(name);
    }
    return {};
  }

  Status snapshots() {
    return each(model_ / "snapshots", [this](const fs::path& path) -> Status {
      const auto inside = path.lexically_relative(model_ / "snapshots");
      std::error_code error;
      if (!fs::is_symlink(path, error)) return {};  // a client's own copy, where it makes no links
      const auto blob = fs::read_symlink(path, error).filename().string();
      const bool corrupt = bad_blobs_.contains(blob);
      const bool there = fs::is_regular_file(path, error);
      if (!there) fault(path, "what it leads to is not there");
      if (corrupt || !there) bad_snapshots_.insert(model_ / "snapshots" / *inside.begin());
      return {};
    });
  }

  Status refs() {
    return each(model_ / "refs", [this](const fs::path& path) -> Status {
      const auto commit = read_whole(path, kMaxRefBytes);
      std::error_code error;
      if (!commit || !is_commit(*commit)) {
        fault(path, "it holds no commit");
        bad_refs_.insert(path);
      } else if (!fs::is_directory(model_ / "snapshots" / *commit, error)) {
        fault(path, fmt::format("there is no snapshot of {}", *commit));
        bad_refs_.insert(path);
      } else if (bad_snapshots_.contains(model_ / "snapshots" / *commit)) {
        bad_refs_.insert(path);
      }
      return {};
    });
  }

  fs::path model_;
  std::string name_;
  Verified& found_;
  std::set<std::string> bad_blobs_;
  std::set<fs::path> bad_snapshots_;
  std::set<fs::path> bad_refs_;
};

}  // namespace

Result<Verified> verify(const fs::path& cache, bool repair) {
  std::error_code error;
  std::vector<std::string> folders;
  for (fs::directory_iterator at(cache, error), end; !error && at != end; at.increment(error)) {
    auto name = at->path().filename().string();
    if (name.starts_with(kFolderStart) && at->is_directory(error)) folders.push_back(std::move(name));
  }
  if (error)
    return fail(Code::kUnavailable, fmt::format("cannot list {}: {}", cache.string(), error.message()));
  std::ranges::sort(folders);
  Verified found;
  for (const auto& folder : folders) {
    std::optional<ModelLock> lock;
    if (repair) {
      auto taken = ModelLock::take(cache, folder);
      if (!taken) return fail(taken.error());
      lock = std::move(*taken);
    }
    auto name = shown(folder.substr(kFolderStart.size()));
    if (const auto dashes = name.find("--"); dashes != name.npos) name.replace(dashes, 2, "/");
    ++found.models;
    Looking looking(cache / folder, std::move(name), found);
    if (auto looked = looking.look(); !looked) return fail(looked.error());
    if (!repair) continue;
    if (auto repaired = looking.repair(); !repaired) return fail(repaired.error());
  }
  return found;
}

}  // namespace berth::modelcache
