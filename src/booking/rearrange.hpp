// Making room on one node by giving movable holdings other units of their class. Where layouts overlap, those
// of other classes that stand in the way move too, each within its own class.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "booking/calendar.hpp"

namespace berth::booking {

/// How many lanes one decision may try before it gives up. Reached only where something fixed lies in the
/// middle of what would have to move, or where many devices have layouts that overlap, and then the booking
/// is refused though it might fit; an answer is never wrong.
inline constexpr int kMaxSearchSteps = 20'000;

/// Counts down; shared by all searches of one decision.
struct SearchBudget {
  int steps = kMaxSearchSteps;
  bool spend() {
    if (steps == 0) return false;
    --steps;
    return true;
  }
};

/// Lanes for the wanted reservation and for the jobs that move, ascending.
struct Arrangement {
  std::vector<std::size_t> wanted;
  std::vector<std::pair<std::size_t, std::vector<std::size_t>>> moves;  // by job
};

/// Finds an arrangement with the fewest moves by pushing out what is in the way, and what is in the way of
/// that: whoever holds the lane or a sibling of it. Every arrangement can be reached so: give each pushed-out
/// job the lanes it has there, and nothing else is touched. So a search that ends within its budget is exact.
std::optional<Arrangement> search(const NodeCalendar& node, const Wanted& wanted, SearchBudget& budget);

/// Goes through the jobs by start and gives each its own lanes if they are free, else others. Where no
/// layouts overlap and every fixed stretch reaches in from the left of the jobs it meets, any free lane at a
/// job's start is free to its end, so this finds an arrangement whenever there is one; otherwise it may miss
/// one. Moves more than `search` does.
std::optional<Arrangement> deal_out(const NodeCalendar& node, const Wanted& wanted);

/// The one after the other: few moves where the search finds them, and room in any case where dealing out is
/// exact. Exact unless the budget runs out on a node that has something fixed in the middle, or layouts that
/// overlap.
std::optional<Arrangement> rearrange(const NodeCalendar& node, const Wanted& wanted, SearchBudget& budget);

}  // namespace berth::booking
