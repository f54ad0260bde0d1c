#include "modelcache/partial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::modelcache {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHashedAtOnce = 1 << 20;
constexpr std::size_t kMaxNotesBytes = 64 << 20;

fs::path with(const fs::path& blobs, const std::string& hash, std::string_view ending) {
  return blobs / (hash + std::string(ending));
}

}  // namespace

Partial::Partial(fs::path blobs, RemoteFile file, std::int64_t piece_bytes)
    : blobs_(std::move(blobs)),
      file_(std::move(file)),
      piece_bytes_(piece_bytes),
      data_path_(with(blobs_, file_.hash, kIncomplete)),
      notes_path_(with(blobs_, file_.hash, kNotes)),
      pieces_(file_.size, piece_bytes),
      hash_(file_.hash, file_.size) {}

Result<std::shared_ptr<Partial>> Partial::open(const fs::path& blobs, const RemoteFile& file,
                                               std::int64_t piece_bytes) {
  std::shared_ptr<Partial> made(new Partial(blobs, file, piece_bytes));
  bool anew = !made->is_noted() || size_of(made->data_path_) != file.size;
  if (!anew) {
    const auto notes = read_whole(made->notes_path_, kMaxNotesBytes);
    anew = !notes || !made->pieces_.read_notes(*notes, file.hash);
  }
  if (auto begun = made->begin(anew); !begun) return fail(begun.error());
  return made;
}

Status Partial::begin(bool anew) {
  if (anew) {
    if (auto gone = discard(); !gone) return gone;
  }
  constexpr int kHow = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
  data_ = Descriptor(::open(data_path_.c_str(), anew ? kHow | O_CREAT | O_EXCL : kHow, kFileMode));
  if (data_.get() < 0) return cannot("open", data_path_);
  if (anew) {
    // Where the file system can: its room is held now, and not found wanting in the middle.
    if (file_.size > 0 && ::fallocate(data_.get(), 0, 0, file_.size) != 0) {
      if (errno != EOPNOTSUPP && errno != ENOSYS) return cannot("make room for", data_path_);
      if (::ftruncate(data_.get(), file_.size) != 0) return cannot("make", data_path_);
    }
    if (!is_noted()) return {};
    if (::fsync(data_.get()) != 0) return cannot("flush", data_path_);
    if (auto written = write_whole(notes_path_, pieces_.notes(file_.hash)); !written) return written;
  }
  notes_ = Descriptor(::open(notes_path_.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (notes_.get() < 0) return cannot("open", notes_path_);
  return {};
}

Status Partial::write(std::int64_t offset, std::string_view bytes) {
  return write_at(data_.get(), data_path_, offset, bytes);
}

Status Partial::note(std::size_t number) {
  if (!is_noted()) return {};
  if (::fdatasync(data_.get()) != 0) return cannot("flush", data_path_);
  const auto offset = Pieces::notes_offset(file_.size, piece_bytes_, file_.hash) + number;
  return write_at(notes_.get(), notes_path_, static_cast<std::int64_t>(offset), {&Pieces::kNoted, 1});
}

Status Partial::hash_along(std::int64_t front) {
  const std::unique_lock lock(hashing_, std::try_to_lock);
  return lock ? hash_to(front) : Status{};
}

Status Partial::hash_to(std::int64_t front) {
  std::string bytes(
      static_cast<std::size_t>(std::min(kHashedAtOnce, front - hashed_ > 0 ? front - hashed_ : 0)), '\0');
  while (hashed_ < front) {
    const auto most = std::min(bytes.size(), static_cast<std::size_t>(front - hashed_));
    const auto got = read_at(data_.get(), data_path_, hashed_, bytes.data(), most);
    if (!got) return fail(got.error());
    if (*got != most)
      return fail(Code::kUnavailable,
                  fmt::format("{} became shorter while it was written", data_path_.string()));
    hash_.add({bytes.data(), most});
    hashed_ += static_cast<std::int64_t>(most);
  }
  return {};
}

Result<std::string> Partial::digest() {
  const std::scoped_lock lock(hashing_);
  if (auto hashed = hash_to(file_.size); !hashed) return fail(hashed.error());
  return hash_.hex();
}

Status Partial::keep() {
  if (::fchmod(data_.get(), kFileMode) != 0 || ::fsync(data_.get()) != 0) return cannot("flush", data_path_);
  const auto name = blobs_ / file_.hash;
  if (::rename(data_path_.c_str(), name.c_str()) != 0) return cannot("name", name);
  return remove_file(notes_path_);
}

Status Partial::discard() {
  if (auto gone = remove_file(notes_path_); !gone) return gone;
  return remove_file(data_path_);
}

std::int64_t Partial::allocated(const fs::path& blobs, const std::string& hash) {
  struct stat there{};
  if (::lstat(with(blobs, hash, kIncomplete).c_str(), &there) != 0) return 0;
  return bytes_on_disk(there);
}

Status Partial::remove_stray_notes(const fs::path& blobs) {
  std::error_code error;
  for (fs::directory_iterator at(blobs, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (!name.ends_with(kNotes)) continue;
    const auto hash = name.substr(0, name.size() - kNotes.size());
    if (size_of(with(blobs, hash, kIncomplete)) >= 0) continue;
    if (auto gone = remove_file(at->path()); !gone) return gone;
  }
  if (error)
    return fail(Code::kUnavailable, fmt::format("cannot list {}: {}", blobs.string(), error.message()));
  return {};
}

}  // namespace berth::modelcache
