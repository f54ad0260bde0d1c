#include "entry/safe_path.hpp"

#include <algorithm>

namespace berth::entry {
namespace {

constexpr std::size_t kMaxPathBytes = 2048;

}  // namespace

std::string safe_path(std::string_view asked) {
  // "//host" and "/\host" lead elsewhere; so does what has a control character in the right place.
  const bool fine =
      asked.starts_with('/') && !asked.starts_with("//") && asked.size() <= kMaxPathBytes &&
      std::all_of(asked.begin(), asked.end(), [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
  return std::string(fine ? asked : "/");
}

}  // namespace berth::entry
