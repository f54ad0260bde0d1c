// What lies in a cache, without reading it, and taking a model out of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "modelcache/disk.hpp"

namespace berth::modelcache {

struct Holding {
  std::string folder;         // "models--owner--name"
  std::int64_t bytes = 0;     // of the disk, of files that a snapshot shows
  std::int64_t arriving = 0;  // of those that none shows, unfinished ones too
  Instant published_at{};     // the latest time at which a name or a snapshot was made
  /// By revision and, for each snapshot, by its own name: the commit that a client finds.
  std::map<std::string, std::string> commits{};
};

/// By folder. What is none of ours (no models--owner--name) is left out.
Result<std::vector<Holding>> holdings(const std::filesystem::path& cache);

/// Names first, then snapshots, then the rest. kConflict while a process writes it; a missing one is no
/// fault.
Status remove_model(const std::filesystem::path& cache, const std::string& folder);

/// Of the disk that the folder is on.
struct DiskRoom {
  std::int64_t bytes = 0;
  std::int64_t free = 0;  // for those who are not root
};
Result<DiskRoom> disk_room(const std::filesystem::path& folder);

/// One daemon for a cache, for as long as it lives. kConflict where there is another.
Result<Descriptor> take_cache(const std::filesystem::path& cache);

}  // namespace berth::modelcache
