#include "cli/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "cli/conversation.hpp"

namespace berth::cli {
namespace {

constexpr int kMicroDecimals = 6;

/// Of ISO 4217; most have two.
int decimals_of(std::string_view currency) {
  constexpr std::array<std::string_view, 15> kNone{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                   "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF"};
  constexpr std::array<std::string_view, 7> kThree{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::ranges::find(kNone, currency) != kNone.end()) return 0;
  return std::ranges::find(kThree, currency) != kThree.end() ? 3 : 2;
}

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// `parts` of which `decimals` are behind the point.
std::string decimal_text(std::int64_t parts, int decimals) {
  const auto whole = power_of_ten(decimals);
  return decimals == 0 ? fmt::format("{}", parts)
                       : fmt::format("{}.{:0{}}", parts / whole, parts % whole, decimals);
}

std::int64_t micros_of(double amount) {
  constexpr double kMost = 9e12;  // in millionths still an integer
  return std::llround(std::clamp(amount, -kMost, kMost) * 1e6);
}

}  // namespace

std::string amount_text(std::int64_t micros, const std::string& currency) {
  const auto decimals = decimals_of(currency);
  const auto part = power_of_ten(kMicroDecimals - decimals);
  const auto size = micros < 0 ? -micros : micros;
  const auto parts = (size + part / 2) / part;
  const std::string sign = micros < 0 ? "-" : "";
  if (parts == 0 && size > 0)
    return (micros < 0 ? "> -" : "< ") + decimal_text(1, decimals);  // more than nothing, and no coin of it
  return sign + decimal_text(parts, decimals);
}

std::string money_text(double amount, const std::string& currency) {
  return fmt::format("{} {}", amount_text(micros_of(amount), currency), currency);
}

std::string rate_text(double rate, const std::string& currency) {
  auto text = decimal_text(std::max<std::int64_t>(micros_of(rate), 0), kMicroDecimals);
  const auto least = text.size() - static_cast<std::size_t>(kMicroDecimals - decimals_of(currency));
  while (text.size() > least && text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return fmt::format("{} {}", text, currency);
}

std::optional<std::string> price_of(const json::value& reservation, Duration length) {
  const auto* rate = find(reservation, {"rate"});
  const auto units = find_int(reservation, {"units"});
  if (rate == nullptr || !rate->is_number() || !units) return std::nullopt;
  const double hours_long = std::chrono::duration<double, std::ratio<3600>>(length).count();
  return money_text(rate->to_number<double>() * static_cast<double>(*units) * hours_long,
                    string_at(reservation, {"currency"}));
}

std::optional<std::string> cost_of(const json::value& reservation) {
  const auto* cost = find(reservation, {"cost"});
  if (cost != nullptr && cost->is_number()) {
    return money_text(cost->to_number<double>(), string_at(reservation, {"currency"}));
  }
  const auto start = parse_rfc3339(string_at(reservation, {"start"}));
  const auto end = parse_rfc3339(string_at(reservation, {"end"}));
  if (!start || !end || is_over(string_at(reservation, {"state"}))) return std::nullopt;
  return price_of(reservation, *end - *start);
}

}  // namespace berth::cli
