#include "kube/files.hpp"

#include <fmt/format.h>

#include <fstream>

namespace berth::kube {

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(Code::kNotFound, fmt::format("there is no file {}", path.string()));
  }
  std::ifstream file(path, std::ios::binary);
  // One byte more than allowed tells a file at the limit from one beyond it.
  std::string text(max_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad())
    return fail(Code::kUnavailable, fmt::format("{} cannot be read", path.string()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_bytes) {
    return fail(Code::kTooLarge, fmt::format("{} is longer than {} bytes", path.string(), max_bytes));
  }
  return text;
}

}  // namespace berth::kube
