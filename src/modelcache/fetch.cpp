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

struct Asked {
  std::string commit;
  std::vector<RemoteFile> files;
  std::vector<RemoteFile> once;
};

Result<Asked> ask(const FetchSettings& settings, const HubSettings& hub) {
  if (auto fine = check_hub(hub); !fine) return fail(fine.error());
  Web web({.ca_file = settings.ca_file,
           .silence_seconds = settings.silence_seconds,
           .stopped = settings.stopped});
  Pauses pauses(settings.stopped);
  const auto stopped_or = [&](const Error& error) {
    const bool stopped = settings.stopped && settings.stopped();
    return stopped ? Error{.code = Code::kConflict, .message = "told to stop", .slug = std::string(kStopped)}
                   : error;
  };
  Asked asked;
  auto commit = ask_commit(web, hub, settings.source, pauses);
  if (!commit) return fail(stopped_or(commit.error()));
  asked.commit = std::move(*commit);
  if (!settings.commit.empty() && asked.commit != settings.commit)
    return fail(Code::kConflict,
                fmt::format("the server says that {} is {} now, and {} was meant", settings.source.text(),
                            asked.commit, settings.commit),
                std::string(kMoved));
  auto files = ask_files(web, hub, settings.source, asked.commit, pauses);
  if (!files) return fail(stopped_or(files.error()));
  auto once = each_once(*files);
  if (!once) return fail(once.error());
  asked.files = std::move(*files);
  asked.once = std::move(*once);
  return asked;
}

}  // namespace

Result<Offered> look(const FetchSettings& settings) {
  const auto asked = ask(settings, hub_of(settings));
  if (!asked) return fail(asked.error());
  Offered offered{.commit = asked->commit, .files = asked->once.size()};
  for (const auto& file : asked->once) offered.bytes += file.size;
  return offered;
}

Result<Fetched> fetch(const FetchSettings& settings) {
  const auto hub = hub_of(settings);
  const auto asked = ask(settings, hub);
  if (!asked) return fail(asked.error());
  const auto& [commit, files, once] = *asked;

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

  Progress progress{.of_files = once.size()};
  std::vector<RemoteFile> missing;
  std::int64_t to_come = 0;
  for (const auto& file : once) {
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
  Download download(settings, hub, commit, blobs, std::move(missing), progress);
  if (auto got = download.run(); !got) return fail(got.error());
  if (auto seen = publish(model, settings.source, commit, files); !seen) return fail(seen.error());
  return Fetched{.commit = commit, .snapshot = model / "snapshots" / commit, .progress = download.progress()};
}

}  // namespace berth::modelcache
