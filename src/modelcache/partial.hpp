// One file on its way: its bytes in blobs/<hash>.berth.incomplete, which pieces of them are there in a second
// file beside it, and a hash that follows the front. Of other writers' <hash>.incomplete nothing is read:
// they append, and would take ours, which has its whole size at once, for a finished one.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/result.hpp"
#include "modelcache/digest.hpp"
#include "modelcache/disk.hpp"
#include "modelcache/listing.hpp"
#include "modelcache/pieces.hpp"

namespace berth::modelcache {

inline constexpr std::string_view kIncomplete = ".berth.incomplete";
inline constexpr std::string_view kNotes = ".berth.pieces";

class Partial {
 public:
  /// Goes on with what an earlier one noted, or begins anew.
  static Result<std::shared_ptr<Partial>> open(const std::filesystem::path& blobs, const RemoteFile& file,
                                               std::int64_t piece_bytes);

  /// Guarded by the caller; everything else here may be called from several threads.
  Pieces& pieces() { return pieces_; }

  Status write(std::int64_t offset, std::string_view bytes);
  /// The piece's bytes are on the disk, and then that they are. One flush for a piece: its rate is the
  /// network's.
  Status note(std::size_t number);
  /// Hashes up to `front`, unless another thread is at it.
  Status hash_along(std::int64_t front);
  /// When all is there: the digest of all.
  Result<std::string> digest();
  /// Gives it its name, once its digest is good.
  Status keep();
  Status discard();

  /// Bytes of the disk that an unfinished one holds already.
  static std::int64_t allocated(const std::filesystem::path& blobs, const std::string& hash);
  /// Notes whose file is not there any more: a cut came between naming it and removing them.
  static Status remove_stray_notes(const std::filesystem::path& blobs);

 private:
  Partial(std::filesystem::path blobs, RemoteFile file, std::int64_t piece_bytes);
  /// Of a file of one piece there is nothing to go on with.
  bool is_noted() const { return pieces_.count() > 1; }
  Status begin(bool anew);
  Status hash_to(std::int64_t front);

  std::filesystem::path blobs_;
  RemoteFile file_;
  std::int64_t piece_bytes_;
  std::filesystem::path data_path_;
  std::filesystem::path notes_path_;
  Pieces pieces_;
  Descriptor data_;
  Descriptor notes_;
  std::mutex hashing_;
  Digest hash_;
  std::int64_t hashed_ = 0;
};

}  // namespace berth::modelcache
