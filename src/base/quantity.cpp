#include "base/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth {

std::string format_cores(CpuMilli cpu) {
  if (cpu.value % 1000 == 0) return std::to_string(cpu.value / 1000);
  auto text = fmt::format("{}.{:03}", cpu.value / 1000, cpu.value % 1000);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::string kube_cpu(CpuMilli cpu) {
  return cpu.value % 1000 == 0 ? std::to_string(cpu.value / 1000) : std::to_string(cpu.value) + "m";
}

std::string kube_gib(Gib amount) {
  return std::to_string(amount.value) + "Gi";
}

std::string format_money(MoneyMicros amount) {
  const bool negative = amount.value < 0;
  // Unsigned, so that the least number has an opposite too.
  const auto micros =
      negative ? 0 - static_cast<std::uint64_t>(amount.value) : static_cast<std::uint64_t>(amount.value);
  auto text = fmt::format("{}{}", negative ? "-" : "", micros / 1'000'000);
  if (micros % 1'000'000 == 0) return text;
  text += fmt::format(".{:06}", micros % 1'000'000);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::optional<MoneyMicros> parse_money(std::string_view text) {
  constexpr std::size_t kMostWholeDigits = 12;
  constexpr std::size_t kMostDecimals = 6;
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto decimals = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || whole.size() > kMostWholeDigits || decimals.size() > kMostDecimals)
    return std::nullopt;
  if (point != std::string_view::npos && decimals.empty()) return std::nullopt;
  std::int64_t micros = 0;
  const auto append = [&](char digit) {
    micros = micros * 10 + (digit - '0');
    return digit >= '0' && digit <= '9';
  };
  if (!std::all_of(whole.begin(), whole.end(), append)) return std::nullopt;
  if (!std::all_of(decimals.begin(), decimals.end(), append)) return std::nullopt;
  for (auto digits = decimals.size(); digits < kMostDecimals; ++digits) micros *= 10;
  return MoneyMicros{micros};
}

}  // namespace berth
