#include "kube/base64.hpp"

#include <cstdint>

namespace berth::kube {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8U) | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= count ? kAlphabet[(group >> (18U - 6U * j)) & 0x3fU] : '=';
    }
  }
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t group = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos || padding > 0) return std::nullopt;
    group = (group << 6U) | static_cast<std::uint32_t>(digit);
    if (++digits % 4 == 0) {
      bytes += static_cast<char>((group >> 16U) & 0xffU);
      bytes += static_cast<char>((group >> 8U) & 0xffU);
      bytes += static_cast<char>(group & 0xffU);
      group = 0;
    }
  }
  const auto over = digits % 4;
  if (over == 1 || (padding > 0 && (over == 0 || over + padding != 4))) return std::nullopt;
  if (over >= 2) bytes += static_cast<char>((group >> (over == 2 ? 4U : 10U)) & 0xffU);
  if (over == 3) bytes += static_cast<char>((group >> 2U) & 0xffU);
  return bytes;
}

}  // namespace berth::kube
