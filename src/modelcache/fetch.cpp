#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "modelcache/disk.hpp"
#include "modelcache/download.hpp"
#include "modelcache/hub.hpp"
#include "modelcache/modelcache.hpp"
#include "modelcache/publish.hpp"

namespace berth::modelcache {
namespace {

namespace fs = std::filesystem;

HubSettings hub_of(const FetchSettings& settings) {
  auto endpoint = settings.endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return {.endpoint = std::move(endpoint),
          .token = settings.token,
          .first_pause = std::chrono::milliseconds(settings.first_pause_ms)};
}

/// Files with the same bytes have one blob.
Result<std::vector<RemoteFile>> each_once(const std::vector<RemoteFile>& files) {
  std::unordered_map<std::string, std::int64_t> sizes;
  std::vector<RemoteFile> once;
  for (const auto& file : files) {
    const auto [at, added] = sizes.emplace(file.hash, file.size);
    if (added) once.push_back(file);
    if (at->second != file.size)
      return fail(Code::kMalformed, fmt::format("the server's list of files: {} has two sizes, {} and {}",
                                                file.hash, at->second, file.size));
  }
  return once;
}

}  // namespace

Result<Fetched> fetch(const FetchSettings& settings) {
  const auto hub = hub_of(settings);
  if (auto fine = check_hub(hub); !fine) return fail(fine.error());
  Web web({.ca_file = settings.ca_file, .silence_seconds = settings.silence_seconds, .stopped = {}});
  Pauses pauses;
  const auto commit = ask_commit(web, hub, settings.source, pauses);
  if (!commit) return fail(commit.error());
  const auto files = ask_files(web, hub, settings.source, *commit, pauses);
  if (!files) return fail(files.error());
  const auto once = each_once(*files);
  if (!once) return fail(once.error());

  std::error_code error;
  const auto cache = fs::absolute(settings.cache, error);
  if (error) return fail(Code::kInvalid, fmt::format("--to: {}", error.message()));
  const auto model = cache / settings.source.folder();
  const auto blobs = model / "blobs";
  const auto lock = ModelLock::take(cache, settings.source.folder());
  if (!lock) return fail(lock.error());
  for (const auto* folder : {"blobs", "snapshots", "refs"}) {
    if (auto made = make_folders(model / folder); !made) return fail(made.error());
  }
  if (auto flushed = flush_folder(cache); !flushed) return fail(flushed.error());
  if (auto flushed = flush_folder(model); !flushed) return fail(flushed.error());

  Progress progress{.of_files = once->size()};
  std::vector<RemoteFile> missing;
  std::int64_t to_come = 0;
  for (const auto& file : *once) {
    progress.of_bytes += file.size;
    if (size_of(blobs / file.hash) == file.size) {
      progress.bytes += file.size;
      ++progress.files;
      continue;
    }
    missing.push_back(file);
    to_come += std::max<std::int64_t>(0, file.size - Partial::allocated(blobs, file.hash));
  }
  if (auto room = check_room(blobs, to_come); !room) return fail(room.error());
  if (auto gone = Partial::remove_stray_notes(blobs); !gone) return fail(gone.error());
  Download download(settings, hub, *commit, blobs, std::move(missing), progress);
  if (auto got = download.run(); !got) return fail(got.error());
  if (auto seen = publish(model, settings.source, *commit, *files); !seen) return fail(seen.error());
  return Fetched{
      .commit = *commit, .snapshot = model / "snapshots" / *commit, .progress = download.progress()};
}

}  // namespace berth::modelcache
