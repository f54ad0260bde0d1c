// Folders and files of a cache: readable to everybody, on the disk before they are named, and faults in
// words.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace berth::modelcache {

inline constexpr mode_t kFileMode = 0644;

/// "cannot write /cache/x: no room is left on that disk", of errno.
tl::unexpected<Error> cannot(std::string_view what, const std::filesystem::path& path);

/// Makes those that are missing, open to be read by everybody whatever the umask.
Status make_folders(const std::filesystem::path& folder);
Status flush_folder(const std::filesystem::path& folder);
Status write_at(int file, const std::filesystem::path& path, std::int64_t offset, std::string_view bytes);
/// How many were read: fewer only at the file's end.
Result<std::size_t> read_at(int file, const std::filesystem::path& path, std::int64_t offset, char* bytes,
                            std::size_t most);
/// The file holds that and nothing else, or is as it was.
Status write_whole(const std::filesystem::path& file, std::string_view bytes);
/// At most so many bytes; kTooLarge beyond, kNotFound where it is not.
Result<std::string> read_whole(const std::filesystem::path& file, std::size_t most);
/// A missing one is no fault.
Status remove_file(const std::filesystem::path& file);

/// A folder with all that is in it; links are removed and not followed.
Status remove_tree(const std::filesystem::path& folder);

/// kInvalid with the numbers, where `bytes` and some room for others do not fit beside what is there.
Status check_room(const std::filesystem::path& folder, std::int64_t bytes);

/// What a file takes of the disk, holes left out.
inline std::int64_t bytes_on_disk(const struct stat& file) {
  return static_cast<std::int64_t>(file.st_blocks) * 512;
}
/// Size of a regular file; -1 where it is none.
std::int64_t size_of(const std::filesystem::path& file);

/// One process at a time writes a model; given back with the process, however it ends.
class ModelLock {
 public:
  /// kConflict where another has it.
  static Result<ModelLock> take(const std::filesystem::path& cache, const std::string& folder);

 private:
  explicit ModelLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace berth::modelcache
