#include "manifests/long_value.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace berth::manifests {

std::string kept_value(std::string_view text) {
  if (text.size() <= kMostKept) return std::string(text);
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char one : text) hash = (hash ^ static_cast<unsigned char>(one)) * 0x100000001b3;
  return fmt::format("({} bytes, {:016x})", text.size(), hash);
}

}  // namespace berth::manifests
