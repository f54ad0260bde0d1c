#include "cli/amounts.hpp"

#include <charconv>
#include <string>
#include <utility>

namespace berth::cli {

std::optional<double> amount_in(std::string_view text) {
  constexpr std::pair<char, std::string_view> kPowers[] = {
      {'k', "e3"}, {'K', "e3"}, {'M', "e6"}, {'B', "e9"}, {'G', "e9"}, {'T', "e12"}, {'%', "e-2"}};
  std::string whole(text);
  if (text.find_first_of("eE") == std::string_view::npos && text.size() > 1) {
    // Read with its power of ten: 7% is 0.07, which 7 * 0.01 is not quite.
    for (const auto& [letter, power] : kPowers) {
      if (text.back() == letter) whole.replace(whole.size() - 1, 1, power);
    }
  }
  double value = 0;
  const auto* end = whole.data() + whole.size();
  const auto [stopped, error] = std::from_chars(whole.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

}  // namespace berth::cli
