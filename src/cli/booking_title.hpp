// What to call a booking in a table.
#pragma once

#include <string>

#include "base/json.hpp"

namespace berth::cli {

/// When it ended, or is to end at the latest.
std::string real_end(const json::value& booking);

/// Its name; else what was booked and when, by the clocks of this machine: "slice-24gb, 14:00 to 18:00". That
/// is no name that it could be called by, and kept nowhere: commands take its id.
std::string title_of(const json::value& booking);

}  // namespace berth::cli
