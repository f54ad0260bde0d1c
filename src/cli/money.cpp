#include "cli/money.hpp"

#include <fmt/format.h>

#include <cmath>

#include "cli/conversation.hpp"

namespace berth::cli {

std::string money_text(double amount, const std::string& currency) {
  constexpr double kCents = 100;
  const bool small = amount != 0 && std::abs(amount) * kCents < 1;
  return small ? fmt::format("{:.6f} {}", amount, currency) : fmt::format("{:.2f} {}", amount, currency);
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
