// Texts from outside: read character by character, and cut to be shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth {

/// Bytes of the well-formed UTF-8 character that a text begins with, and the character; 0 bytes when it
/// begins with none.
struct Character {
  std::size_t bytes = 0;
  char32_t code = 0;
};
/// `text` must not be empty.
Character first_character(std::string_view text);

/// True for well-formed UTF-8 from end to end: no longer forms than needed, no halves of UTF-16 pairs,
/// nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// C0, DEL and C1: what a terminal obeys instead of showing it.
constexpr bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}
bool has_control_character(std::string_view utf8);

/// A text from outside as an error shows it: at most 100 bytes, control characters and broken UTF-8 as "?".
std::string shown(std::string_view text);

/// Without white space around it.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The letters A to Z in lower case; everything else stays.
std::string in_lower_case(std::string_view text);

/// The front of `text`, at most `most` bytes and never half a character: half a character would make the
/// whole answer, or the row it is written to, no UTF-8 any more.
inline std::string_view first_bytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  // A character has at most three bytes behind its first; anything else is no UTF-8 and may be cut anywhere.
  for (std::size_t back = 0; back < 4 && back <= most; ++back) {
    if ((static_cast<unsigned char>(text[most - back]) & 0xC0U) != 0x80U) return text.substr(0, most - back);
  }
  return text.substr(0, most);
}

}  // namespace berth
