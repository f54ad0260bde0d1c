// Requests written back as text, for fuzzers that read them again.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::fuzz {

/// Every byte but letters and digits as %XX; the slashes of a path stay.
inline std::string percent_encoded(std::string_view text, bool is_path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain || (is_path && c == '/')) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

inline std::string target_text(std::string_view path,
                               const std::vector<std::pair<std::string, std::string>>& query) {
  auto out = percent_encoded(path, true);
  char separator = '?';
  for (const auto& [name, value] : query) {
    out += separator + percent_encoded(name, false) + "=" + percent_encoded(value, false);
    separator = '&';
  }
  return out;
}

}  // namespace berth::fuzz
