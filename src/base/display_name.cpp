#include "base/display_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

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

constexpr std::array kMisleading{Range{0x061C, 0x061C}, Range{0x200E, 0x200F}, Range{0x2028, 0x202E},
                                 Range{0x2066, 0x2069}};
constexpr std::array kHidden{Range{0x00AD, 0x00AD}, Range{0x034F, 0x034F}, Range{0x115F, 0x1160},
                             Range{0x17B4, 0x17B5}, Range{0x180E, 0x180E}, Range{0x200B, 0x200B},
                             Range{0x2060, 0x2065}, Range{0x206A, 0x206F}, Range{0x3164, 0x3164},
                             Range{0xFEFF, 0xFEFF}, Range{0xFFA0, 0xFFA0}, Range{0xE0000, 0xE00FF}};
/// White space, joiners and selectors: with nothing else in it a name is blank to the eye.
constexpr std::array kBlank{Range{0x0020, 0x0020}, Range{0x00A0, 0x00A0},  Range{0x1680, 0x1680},
                            Range{0x180B, 0x180F}, Range{0x2000, 0x200D},  Range{0x202F, 0x202F},
                            Range{0x205F, 0x205F}, Range{0x2800, 0x2800},  Range{0x3000, 0x3000},
                            Range{0xFE00, 0xFE0F}, Range{0xE0100, 0xE0FFF}};

NameFault not_utf8() {
  return {"UTF-8", "is not valid UTF-8."};
}

/// "U+200B".
std::string number_of(char32_t code) {
  return fmt::format("U+{:04X}", static_cast<std::uint32_t>(code));
}

/// What no text of one line may hold.
std::optional<NameFault> obeyed(char32_t code) {
  if (is_control(code)) {
    return NameFault{"no control characters",
                     "holds a control character, such as a line break or a tab. Leave it out."};
  }
  if (misleads(code)) {
    return NameFault{"no characters that turn the direction of writing or end a line",
                     "holds a character that turns the direction of writing or ends a line. Leave it out."};
  }
  return std::nullopt;
}

NameFault hidden(char32_t code) {
  return {"no characters that cannot be seen",
          fmt::format("holds {}, which cannot be seen. Leave it out.", number_of(code))};
}

}  // namespace

bool misleads(char32_t code) {
  return is_control(code) || lies_in(kMisleading, code);
}

bool hides(char32_t code) {
  return lies_in(kHidden, code);
}

std::size_t characters_of(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<std::size_t>(first_character(text).bytes, 1));
  return count;
}

std::optional<NameFault> fault_of_name(std::string_view text) {
  bool seen = text.empty();
  std::optional<NameFault> inside;
  for (auto rest = text; !rest.empty();) {
    const Character next = first_character(rest);
    if (next.bytes == 0) return not_utf8();
    if (auto fault = obeyed(next.code)) return fault;
    if (hides(next.code)) {
      if (!inside) inside = hidden(next.code);
    } else {
      seen = seen || !lies_in(kBlank, next.code);
    }
    rest.remove_prefix(next.bytes);
  }
  if (!seen) return NameFault{"a character that can be seen", "has no character that can be seen."};
  return inside;
}

std::optional<NameFault> fault_of_address(std::string_view text) {
  for (auto rest = text; !rest.empty();) {
    const Character next = first_character(rest);
    if (next.bytes == 0) return not_utf8();
    if (auto fault = obeyed(next.code)) return fault;
    if (hides(next.code) || lies_in(kBlank, next.code)) return hidden(next.code);
    rest.remove_prefix(next.bytes);
  }
  return std::nullopt;
}

Status check_name(const NameRule& rule, std::string_view text) {
  const auto refuse = [&](std::string limit, std::string message) {
    return fail(invalid_field(std::string(rule.field), shown(text), std::move(limit), std::move(message)));
  };
  if (text.empty() || characters_of(text) > rule.most) {
    return refuse(fmt::format("1 to {} characters", rule.most),
                  fmt::format("{} has 1 to {} characters.", rule.what, rule.most));
  }
  if (auto fault = fault_of_name(text))
    return refuse(fault->limit, fmt::format("{} {}", rule.what, fault->message));
  return {};
}

}  // namespace berth
