// How a backup's bytes are handed to libsodium, and lengths are written in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::backup {

template <typename Byte>
unsigned char* raw(Byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}
template <typename Byte>
const unsigned char* raw(const Byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

/// A length is four bytes, the highest first.
inline constexpr std::size_t kLengthBytes = 4;

inline std::string length_text(std::size_t length) {
  std::string text(kLengthBytes, '\0');
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    text[i] = static_cast<char>((length >> (8 * (kLengthBytes - 1 - i))) & 0xFFU);
  return text;
}

/// Of the first four bytes.
inline std::size_t length_of(std::string_view text) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length = length << 8 | static_cast<unsigned char>(text[i]);
  return length;
}

}  // namespace berth::backup
