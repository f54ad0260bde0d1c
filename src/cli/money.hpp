// Money as it is shown, and what a booking costs.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"

namespace berth::cli {

/// "15.60 EUR": two decimals at least, and as many more as a small amount needs to be told from nothing.
std::string money_text(double amount, const std::string& currency);

/// What `length` of a reservation costs by its own rate and units. Empty where they are not told.
std::optional<std::string> price_of(const json::value& reservation, Duration length);

/// What it costs as the server has it: as booked while it is not over, then as it was. By its rate where an
/// older server does not say it, and then nothing once it is over.
std::optional<std::string> cost_of(const json::value& reservation);

}  // namespace berth::cli
