// What one node offers for one window, asked of a calendar that is laid out already.
#pragma once

#include <optional>
#include <vector>

#include "booking/calendar.hpp"

namespace berth::booking {

/// What is missing on a node: the first thing in the way, how many things are, and the worst share of what is
/// needed.
struct Lack {
  Shortage shortage;
  int resources = 0;
  double share = 0;
};

/// Empty when the node's load and number of lanes allow the wanted reservation at every instant of its
/// window. Without room for the lanes' number no rearrangement helps: moving frees nothing at an instant,
/// save what siblings of another class block, which is not counted.
std::optional<Lack> lack(const NodeCalendar& node, const Wanted& wanted);

/// The lack of a node where the numbers allow it and yet no arrangement was found.
Lack lack_of_lanes(const NodeCalendar& node, const Wanted& wanted);

/// When `lack` is there, the first instant after which it may be gone: every window that touches the last bad
/// stretch of this one fails too. Empty when nothing is missing.
std::optional<Instant> lacking_until(const NodeCalendar& node, const Wanted& wanted);

/// Whether enough lanes are free without anyone moving.
bool fits_directly(const NodeCalendar& node, const Wanted& wanted);

/// The best of such lanes, on a calendar of the window alone: it looks at all that is there. `hole_hours` is
/// how much free time their gaps have left around the window. Where siblings are of one class it may miss
/// some that fit together; a rearrangement without moves finds those.
struct DirectFit {
  std::vector<std::size_t> lanes;  // ascending
  std::size_t kept = 0;            // of these, the reservation being edited holds already
  std::size_t blocks = 0;          // lanes that are free, and blocked by these
  double hole_hours = 0;
};
std::optional<DirectFit> direct_fit(const NodeCalendar& node, const Wanted& wanted);

}  // namespace berth::booking
