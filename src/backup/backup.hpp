// Backups of the database: made and tried, looked at, put back. See docs/decisions/0058.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backup/dump.hpp"
#include "backup/keys.hpp"
#include "base/clock.hpp"
#include "pg/pg.hpp"

namespace berth::backup {

struct MakeSettings {
  pg::Settings database;
  /// An empty database, in which the backup is restored for as long as that takes to be looked at.
  pg::Settings scratch;
  PublicKey key{};
  std::filesystem::path folder;
  std::size_t keep = 0;  // how many of this installation stay in the folder; 0: all
  std::string program;   // its version
};

struct Made {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::string sha256;
  Loaded tried;
  std::vector<std::string> removed;
  std::vector<std::string> ahead;  // files there with a name of the future
};

/// A file with its name is one that was written to the end, read back from the disk, restored and compared;
/// only then is it noted in the database, and an older one removed.
Result<Made> make(const MakeSettings& settings, Random& random);

/// A file as whoever restores it finds it: opened by the private key, every row added up anew.
struct Looked {
  PublicKey key{};
  Head head;
  Sums sums;
};
Result<Looked> look(const std::filesystem::path& file, const PrivateKey& key);

/// Into an empty database; `Keep::kNothing` leaves it as it was.
Result<Loaded> restore(const std::filesystem::path& file, const PrivateKey& key, const pg::Settings& database,
                       Keep keep);

}  // namespace berth::backup
