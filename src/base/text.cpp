#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/display_name.hpp"

namespace berth {
namespace {

constexpr std::size_t kMaxShownBytes = 100;

}  // namespace

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  // Longer forms than needed, halves of UTF-16 pairs, and beyond the last character.
  if ((bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000)) return {};
  if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {bytes, code};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.bytes == 0) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

bool has_control_character(std::string_view utf8) {
  while (!utf8.empty()) {
    const Character next = first_character(utf8);
    if (next.bytes > 0 && is_control(next.code)) return true;
    utf8.remove_prefix(std::max<std::size_t>(next.bytes, 1));
  }
  return false;
}

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// What nobody would see, or would read in another order, is told by its number: "\\u{200B}".
std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character next = first_character(text);
    const std::size_t bytes = std::max<std::size_t>(next.bytes, 1);
    std::string one(text.substr(0, bytes));
    if (next.bytes == 0 || is_control(next.code)) {
      one = "?";
    } else if (misleads(next.code) || hides(next.code)) {
      one = fmt::format("\\u{{{:04X}}}", static_cast<std::uint32_t>(next.code));
    }
    if (out.size() + std::max(one.size(), bytes) > kMaxShownBytes) return out + "...";
    out += one;
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace berth
