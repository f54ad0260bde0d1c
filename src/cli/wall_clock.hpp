// From what a clock on a wall shows to instants: some clock times are skipped, some happen twice.
#pragma once

#include <chrono>
#include <vector>

#include "cli/zone.hpp"

namespace berth::cli {

using WallTime = std::chrono::local_seconds;

WallTime wall_time(Instant at, const Zone& zone);

/// The instants at which the clocks show `wall`, the earlier first: mostly one, none where it is skipped.
std::vector<Instant> instants_of(WallTime wall, const Zone& zone);
/// Of a skipped time: when the clocks jump over it.
Instant jump_over(WallTime wall, const Zone& zone);

/// "2027-10-31 02:30".
std::string wall_text(WallTime wall);

}  // namespace berth::cli
