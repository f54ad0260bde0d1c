// A model of a Hub-compatible server in a folder, as Hugging Face's clients look for it where they are
// offline: all of it with every byte checked, or nothing that they would see. Knows no database and no
// cluster.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "modelcache/source.hpp"

namespace berth::modelcache {

inline constexpr std::string_view kPublicHub = "https://huggingface.co";
inline constexpr int kMostConnections = 64;
inline constexpr std::int64_t kPieceBytes = 8 << 20;

struct Progress {
  std::int64_t bytes = 0;  // of the model: those that are there and noted
  std::int64_t of_bytes = 0;
  std::int64_t downloaded = 0;  // that came over the network in this run, those that came twice among them
  std::size_t files = 0;
  std::size_t of_files = 0;
};

struct FetchSettings {
  Source source;
  std::filesystem::path cache;  // what HF_HUB_CACHE names
  std::string commit{};         // that the server has to name now; empty: any
  std::string endpoint{kPublicHub};
  std::string token{};    // sent to the endpoint alone; empty: none
  std::string ca_file{};  // trusted instead of the system's list
  int connections = 8;
  std::int64_t bytes_per_second = 0;  // of all connections together; 0: as fast as it goes
  std::int64_t piece_bytes = kPieceBytes;
  int first_pause_ms = 500;  // before a request is repeated; doubles
  int silence_seconds = 60;  // after which a connection is taken for dead
  /// Told about twice a second, from the thread that called.
  std::function<void(const Progress&)> tell{};
  /// Asked at least twice a second, from any thread: whether to end without being done.
  std::function<bool()> stopped{};
};

/// The slug of what fetch and look fail with where they were told to stop (kConflict).
inline constexpr std::string_view kStopped = "stopped";
/// And where the server names another commit than the settings do (kConflict); nothing was fetched then.
inline constexpr std::string_view kMoved = "moved";

struct Fetched {
  std::string commit;
  std::filesystem::path snapshot;
  Progress progress;
};

/// Asks for the revision's commit and files, gets what is missing, and then lets it be seen. What was got
/// stays where that fails, and the next call goes on from there. kConflict while another process writes this
/// model; kInvalid with numbers where the disk has no room for it.
Result<Fetched> fetch(const FetchSettings& settings);

/// What the server has under that name now.
struct Offered {
  std::string commit;
  std::int64_t bytes = 0;  // of all files, the same bytes once
  std::size_t files = 0;
};
/// Asks and downloads nothing. Fails as fetch does.
Result<Offered> look(const FetchSettings& settings);

/// One thing that is not as it should be, and whether it was removed.
struct Fault {
  std::string model;  // "owner/name"
  std::string what;   // "blobs/<hash>", "snapshots/<commit>/<path>", "refs/<revision>"
  std::string why;
  bool removed = false;
};
struct Verified {
  std::size_t models = 0;
  std::size_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t unfinished_bytes = 0;  // of fetches that did not end yet
  std::vector<Fault> faults;
};

/// Reads every byte of every model back. With `repair`, what is corrupt is removed with all that shows it, so
/// that no client reads it and the next fetch gets it again.
Result<Verified> verify(const std::filesystem::path& cache, bool repair);

}  // namespace berth::modelcache
