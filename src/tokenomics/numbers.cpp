#include "tokenomics/numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace berth::tokenomics {
namespace {

constexpr int kSignificantDigits = 8;
constexpr int kMoneyDigits = 3;
constexpr double kLargestPlain = 1e15;
constexpr double kSmallestPlain = 1e-6;
constexpr double kTwoDecimalsFrom = 0.1;
constexpr double kNoDecimalsFrom = 1000;
// The longest fixed text: 309 digits before the point and a few after it.
constexpr std::size_t kTextBytes = 400;

std::string written(double value, std::chars_format format, int precision) {
  std::array<char, kTextBytes> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format, precision);
  return {text.data(), end.ptr};
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

/// Decimals that show so many significant digits of a number above 0.
int decimals_for(double size, int digits) {
  const int before_point = static_cast<int>(std::floor(std::log10(size))) + 1;
  return digits > before_point ? digits - before_point : 0;
}

}  // namespace

std::string number_text(double value) {
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (!(size < kLargestPlain) || size < kSmallestPlain) {
    return written(value, std::chars_format::general, kSignificantDigits);
  }
  return without_trailing_zeros(
      written(value, std::chars_format::fixed, decimals_for(size, kSignificantDigits)));
}

std::string exact_text(double value) {
  std::array<char, kTextBytes> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string fixed_text(double value, int decimals) {
  std::string text = written(value, std::chars_format::fixed, decimals);
  // "-0.00" helps nobody.
  if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string money_text(double value) {
  const double size = std::abs(value);
  if (size >= kNoDecimalsFrom) return whole_text(value);
  if (size >= kTwoDecimalsFrom || size == 0) return fixed_text(value, 2);
  return without_trailing_zeros(fixed_text(value, decimals_for(size, kMoneyDigits)));
}

std::string percent_text(double share) {
  return without_trailing_zeros(fixed_text(share * 100, 1)) + " %";
}

std::string whole_text(double value) {
  if (!(std::abs(value) < kLargestPlain)) return number_text(value);
  std::string text = fixed_text(value, 0);
  const std::size_t first_digit = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = text.size(); at > first_digit + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

}  // namespace berth::tokenomics
