// Texts from outside, cut to be shown.
#pragma once

#include <string_view>

namespace berth {

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
