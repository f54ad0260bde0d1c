#include "cacheplan/words.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace berth::cacheplan {

std::string bytes_text(std::int64_t bytes) {
  constexpr double kStep = 1024;
  constexpr double kNext = 1023.95;  // what would be shown as 1024.0
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= kNext && unit + 1 < kUnits.size()) {
    amount /= kStep;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string percent_text(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "0 %";
  return fmt::format("{:.0f} %", static_cast<double>(part) * 100 / static_cast<double>(whole));
}

}  // namespace berth::cacheplan
