// Money as it is shown, and what a booking costs. Exact amounts are in the JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"

namespace berth::cli {

/// "15.60", "1250": rounded half up to what the currency is paid in; "< 0.01" for what that leaves nothing
/// of.
std::string amount_text(std::int64_t micros, const std::string& currency);
/// "15.60 EUR", "< 0.01 EUR".
std::string money_text(double amount, const std::string& currency);
/// "0.80 EUR", "0.0125 EUR": a price of one of something is not rounded, it only has at least the decimals of
/// money.
std::string rate_text(double rate, const std::string& currency);

/// What `length` of a reservation costs by its own rate and units. Empty where they are not told.
std::optional<std::string> price_of(const json::value& reservation, Duration length);

/// What it costs as the server has it: as booked while it is not over, then as it was. By its rate where an
/// older server does not say it, and then nothing once it is over.
std::optional<std::string> cost_of(const json::value& reservation);

}  // namespace berth::cli
