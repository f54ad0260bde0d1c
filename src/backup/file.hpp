// A backup's file: written beside its name, and named only when somebody says that it is good.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backup/sealed_stream.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::backup {

/// Bytes that are counted and hashed on their way, and of which nobody else sees a half: for its owner alone.
class FileWriter {
 public:
  /// Of a file that was left there by one that was killed nothing stays. The folder has to be locked.
  static Result<FileWriter> open(const std::filesystem::path& file);
  /// Takes the file away, unless it was kept.
  ~FileWriter();
  FileWriter(FileWriter&&) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;

  Status write(std::string_view bytes);
  /// All of it is on the disk.
  Status flush();
  /// Gives it its name, which nothing may have yet, on the disk too.
  Status keep_as(const std::filesystem::path& name);

  const std::filesystem::path& path() const;
  std::uint64_t bytes() const;
  std::string sha256() const;

 private:
  struct State;
  explicit FileWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A file as a source. kInvalid where it cannot be opened.
Result<Source> read_file(const std::filesystem::path& file);

/// Its SHA-256. kMalformed where that is not `wanted` (64 hexadecimal digits; empty where nobody says),
/// kInvalid where `wanted` is no such number.
Result<std::string> hash_file(const std::filesystem::path& file, const std::string& wanted);

/// Held by one process at a time; given back with the process, however it ends.
class FolderLock {
 public:
  /// kConflict where another has it.
  static Result<FolderLock> take(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  explicit FolderLock(int number) : number_(number) {}
  int number_;
};

/// "berth-20261130T021700Z-0f3a9c21.backup": by their names they are in the order of their moments, and those
/// of another installation in the same folder are told apart.
std::string file_name(std::string_view installation, Instant taken_at);

struct Cleared {
  std::vector<std::string> removed;
  std::vector<std::string> ahead;  // of moments later than the newest: some clock was wrong
};
/// Removes the oldest of an installation's beyond `keep`, `newest` and those before it counted. It stays
/// itself, and so do those whose names say that they are later: they hold no place of the `keep`, or a clock
/// that was ahead for an hour would have all good ones removed.
Result<Cleared> remove_older(const std::filesystem::path& folder, std::string_view installation,
                             const std::string& newest, std::size_t keep);

}  // namespace berth::backup
