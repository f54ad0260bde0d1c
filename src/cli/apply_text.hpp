// What a declaration came to, as people read it. Pure.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"

namespace berth::cli {

/// One cluster or pool that was declared: a line for each change, + for what is new, - for what goes, and
/// below what becomes of the bookings that it affects. `tried`: nothing was changed.
std::string applied_text(const json::value& applied, bool tried, Instant now);

/// The bookings of one answer, a line each; empty where there are none.
std::string affected_text(const json::value& answer, bool tried, Instant now);

/// How many of the bookings that an answer names, or a problem, could be moved.
int movable(const json::value& answer);

}  // namespace berth::cli
