#include "base/number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace berth {

std::string number_text(double value) {
  constexpr double kSmallestPlain = 1e-12;
  constexpr double kFirstNotPlain = 1e21;
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= kSmallestPlain && size < kFirstNotPlain);
  std::array<char, 64>
      text{};  // a sign, the point, 12 zeros or 21 digits, and the 17 that a double has at most
  char* const end = std::to_chars(text.data(), text.data() + text.size(), value,
                                  plain ? std::chars_format::fixed : std::chars_format::scientific)
                        .ptr;
  return {text.data(), end};
}

}  // namespace berth
