#include "base/display_name.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace berth {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool lies_in(const std::array<Range, N>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

constexpr std::array kMisleading{Range{0x2028, 0x202E}, Range{0x2066, 0x2069}};
/// White space, zero widths, fillers and selectors: with nothing else in it a name is blank to the eye.
constexpr std::array kUnseen{
    Range{0x0020, 0x0020}, Range{0x00A0, 0x00A0}, Range{0x00AD, 0x00AD},  Range{0x034F, 0x034F},
    Range{0x061C, 0x061C}, Range{0x115F, 0x1160}, Range{0x1680, 0x1680},  Range{0x17B4, 0x17B5},
    Range{0x180B, 0x180F}, Range{0x2000, 0x200F}, Range{0x2028, 0x202F},  Range{0x205F, 0x206F},
    Range{0x2800, 0x2800}, Range{0x3000, 0x3000}, Range{0x3164, 0x3164},  Range{0xFE00, 0xFE0F},
    Range{0xFEFF, 0xFEFF}, Range{0xFFA0, 0xFFA0}, Range{0xE0000, 0xE0FFF}};

}  // namespace

bool misleads(char32_t code) {
  return is_control(code) || lies_in(kMisleading, code);
}

std::optional<NameFault> fault_of_name(std::string_view text) {
  bool seen = text.empty();
  for (auto rest = text; !rest.empty();) {
    const Character next = first_character(rest);
    if (next.bytes == 0) return NameFault{"UTF-8", "is not valid UTF-8."};
    if (is_control(next.code)) {
      return NameFault{"no control characters",
                       "holds a control character, such as a line break or a tab. Leave it out."};
    }
    if (misleads(next.code)) {
      return NameFault{"no characters that turn the direction of writing or end a line",
                       "holds a character that turns the direction of writing or ends a line. Leave it out."};
    }
    seen = seen || !lies_in(kUnseen, next.code);
    rest.remove_prefix(next.bytes);
  }
  if (!seen) return NameFault{"a character that can be seen", "has no character that can be seen."};
  return std::nullopt;
}

}  // namespace berth
