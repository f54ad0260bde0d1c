#include "backup/file.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/descriptor.hpp"

namespace berth::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = ".berth-backup.lock";
constexpr std::size_t kInstallationDigits = 8;
constexpr std::string_view kNameShape = "berth-20261130T021700Z-0f3a9c21.backup";

tl::unexpected<Error> cannot(std::string_view what, const fs::path& path) {
  return fail(Code::kUnavailable, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

std::string_view short_installation(std::string_view installation) {
  return installation.substr(0, kInstallationDigits);
}

/// Ours by their name, digit for digit.
bool is_file_of(const std::string& name, std::string_view installation) {
  if (name.size() != kNameShape.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    constexpr std::size_t kOwner = 23;
    if (i >= kOwner && i < kOwner + kInstallationDigits) continue;
    const bool digit = kNameShape[i] >= '0' && kNameShape[i] <= '9';
    if (digit ? name[i] < '0' || name[i] > '9' : name[i] != kNameShape[i]) return false;
  }
  return name.find(fmt::format("-{}.backup", short_installation(installation))) != std::string::npos;
}

std::string hex_of(crypto_hash_sha256_state state) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256_final(&state, hash.data());
  std::string text;
  for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

struct FileWriter::State {
  fs::path path;
  int number = -1;
  std::uint64_t bytes = 0;
  crypto_hash_sha256_state hash{};
  bool kept = false;

  ~State() {
    if (number >= 0) ::close(number);
    if (number >= 0 && !kept) ::unlink(path.c_str());
  }
};

FileWriter::FileWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileWriter::~FileWriter() = default;
FileWriter::FileWriter(FileWriter&&) noexcept = default;

Result<FileWriter> FileWriter::open(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return cannot("replace", file);
  auto state = std::make_unique<State>();
  state->path = file;
  state->number =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (state->number < 0) return cannot("make", file);
  crypto_hash_sha256_init(&state->hash);
  return FileWriter(std::move(state));
}

Status FileWriter::write(std::string_view bytes) {
  crypto_hash_sha256_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
  state_->bytes += bytes.size();
  while (!bytes.empty()) {
    const auto written = ::write(state_->number, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot("write", state_->path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status FileWriter::flush() {
  if (::fsync(state_->number) != 0) return cannot("flush", state_->path);
  return {};
}

Status FileWriter::keep_as(const fs::path& name) {
  struct stat there{};
  if (::lstat(name.c_str(), &there) == 0) {
    errno = EEXIST;
    return cannot("name the backup", name);
  }
  if (::rename(state_->path.c_str(), name.c_str()) != 0) return cannot("name the backup", name);
  state_->kept = true;
  const auto parent = folder_of(name);
  const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return cannot("flush", parent);
  return {};
}

const fs::path& FileWriter::path() const {
  return state_->path;
}
std::uint64_t FileWriter::bytes() const {
  return state_->bytes;
}

std::string FileWriter::sha256() const {
  return hex_of(state_->hash);
}

Result<Source> read_file(const fs::path& file) {
  const int number = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0)
    return fail(Code::kInvalid, fmt::format("cannot open {}: {}", file.string(), std::strerror(errno)));
  const std::shared_ptr<int> held(new int(number), [](const int* it) {
    ::close(*it);
    delete it;
  });
  return Source([held, file](std::span<char> room) -> Result<std::size_t> {
    while (true) {
      const auto got = ::read(*held, room.data(), room.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return cannot("read", file);
    }
  });
}

Result<std::string> hash_file(const fs::path& file, const std::string& wanted) {
  constexpr std::size_t kDigits = 2 * crypto_hash_sha256_BYTES;
  std::string meant;
  for (const char one : wanted) meant += one >= 'A' && one <= 'F' ? static_cast<char>(one - 'A' + 'a') : one;
  if (!meant.empty() &&
      (meant.size() != kDigits || meant.find_first_not_of("0123456789abcdef") != std::string::npos)) {
    return fail(
        invalid_field("sha256", wanted.substr(0, kDigits), "64 hexadecimal digits",
                      fmt::format("{} (--sha256) is not 64 hexadecimal digits", wanted.substr(0, kDigits))));
  }
  const auto source = read_file(file);
  if (!source) return fail(source.error());
  crypto_hash_sha256_state state{};
  crypto_hash_sha256_init(&state);
  std::vector<char> room(std::size_t{1} << 18);
  while (true) {
    const auto got = (*source)(room);
    if (!got) return fail(got.error());
    if (*got == 0) break;
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(room.data()), *got);
  }
  auto found = hex_of(state);
  if (meant.empty() || found == meant) return found;
  return fail(Code::kMalformed, fmt::format("{} has the sha256 {}, and the one that was given (--sha256) is "
                                            "{}: it is not the file that was written",
                                            file.string(), found, meant));
}

Result<FolderLock> FolderLock::take(const fs::path& folder) {
  struct stat found{};
  if (::stat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode))
    return fail(invalid_field("to", folder.string(), "a folder that is there",
                              fmt::format("{} (--to) is no folder that is there", folder.string())));
  const auto file = folder / kLockName;
  const int number = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (number < 0) return cannot("make", file);
  FolderLock lock(number);
  if (::flock(number, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK)
    return fail(Code::kConflict, fmt::format("another backup into {} is under way", folder.string()));
  return cannot("lock", file);
}

FolderLock::~FolderLock() {
  if (number_ >= 0) ::close(number_);
}
FolderLock::FolderLock(FolderLock&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

std::string file_name(std::string_view installation, Instant taken_at) {
  const auto whole = std::chrono::floor<seconds>(taken_at);
  return fmt::format("berth-{:%Y%m%dT%H%M%SZ}-{}.backup",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     short_installation(installation));
}

Result<Cleared> remove_older(const fs::path& folder, std::string_view installation, const std::string& newest,
                             std::size_t keep) {
  std::vector<std::string> before;
  Cleared cleared;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    auto name = at->path().filename().string();
    if (!is_file_of(name, installation) || name == newest) continue;
    (name < newest ? before : cleared.ahead).push_back(std::move(name));
  }
  if (error)
    return fail(Code::kUnavailable, fmt::format("cannot list {}: {}", folder.string(), error.message()));
  std::sort(before.begin(), before.end());
  std::sort(cleared.ahead.begin(), cleared.ahead.end());
  const auto kept = std::max<std::size_t>(keep, 1) - 1;
  before.resize(before.size() > kept ? before.size() - kept : 0);
  for (const auto& name : before) {
    if (::unlink((folder / name).c_str()) != 0 && errno != ENOENT) return cannot("remove", folder / name);
  }
  cleared.removed = std::move(before);
  return cleared;
}

}  // namespace berth::backup
