// `berth backup` and `berth restore`.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace berth::app {

struct BackupOptions {
  std::string database_url;
  std::string scratch_url;
  std::string public_key;
  std::filesystem::path to;  // a folder
  std::size_t keep = 0;
};
Status run_backup(const BackupOptions& options);

/// Writes the private half to `file`; the public one is printed.
Status run_backup_key(const std::filesystem::path& file);

struct BackupVerifyOptions {
  std::filesystem::path from;
  std::filesystem::path key_file;
  std::string sha256;       // empty: it is told, and not compared
  std::string scratch_url;  // empty: it is read, and not restored
};
Status run_backup_verify(const BackupVerifyOptions& options);

struct RestoreOptions {
  std::filesystem::path from;
  std::filesystem::path key_file;
  std::string sha256;
  std::string database_url;
};
Status run_restore(const RestoreOptions& options);

}  // namespace berth::app
