#include "base/private_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/descriptor.hpp"

namespace berth {
namespace {

tl::unexpected<Error> cannot(std::string_view what, const std::filesystem::path& path) {
  return fail(Code::kUnavailable, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

Status write_flushed(const std::filesystem::path& path, std::string_view bytes) {
  // A link that somebody laid there leads to a file of somebody's choice.
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.get() < 0) return cannot("open", path);
  // One that was left over may have had another mode.
  if (::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0) return cannot("protect", path);
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return cannot("flush", path);
  return {};
}

}  // namespace

Status write_private_file(const std::filesystem::path& file, std::string_view bytes) {
  auto beside = file;
  beside += ".new";
  if (auto done = write_flushed(beside, bytes); !done) return done;
  if (::rename(beside.c_str(), file.c_str()) != 0) return cannot("rename", beside);
  const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return cannot("flush", parent);
  return {};
}

}  // namespace berth
