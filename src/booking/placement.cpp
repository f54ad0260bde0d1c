#include <algorithm>
#include <stdexcept>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/fit.hpp"
#include "booking/rearrange.hpp"

namespace berth::booking {
namespace {

std::vector<model::UnitId> units_of(const NodeCalendar& node, const std::vector<std::size_t>& lanes) {
  std::vector<model::UnitId> units;
  for (const std::size_t lane : lanes) units.push_back(node.lanes[lane].unit);
  return units;
}

bool is_own_node(const Calendar& calendar, const NodeCalendar& node) {
  return calendar.own != nullptr && calendar.own->node == node.node->id;
}

/// A started reservation keeps its units, so it can only be asked for with as many as it has.
bool asks_to_swap_what_runs(const Calendar& calendar, const Wanted& wanted) {
  return calendar.own != nullptr && !calendar.own->movable &&
         calendar.own->units.size() != static_cast<std::size_t>(wanted.units);
}

bool is_tighter(const DirectFit& a, const DirectFit& b) {
  return a.blocks != b.blocks ? a.blocks < b.blocks : a.hole_hours < b.hole_hours;
}

std::optional<Placement> best_direct(const Calendar& calendar, const Wanted& wanted) {
  const NodeCalendar* best_node = nullptr;
  DirectFit best;
  for (const NodeCalendar& node : calendar.nodes) {
    if (lack(node, wanted)) continue;
    auto fit = direct_fit(node, wanted);
    if (!fit) continue;
    if (best_node == nullptr || is_own_node(calendar, node) ||
        (!is_own_node(calendar, *best_node) && is_tighter(*fit, best))) {
      best_node = &node;
      best = std::move(*fit);
    }
  }
  if (best_node == nullptr) return std::nullopt;
  return Placement{best_node->node->id, units_of(*best_node, best.lanes), {}};
}

std::vector<Move> moves_of(const NodeCalendar& node, const Arrangement& arrangement) {
  std::vector<Move> moves;
  for (const auto& [job, lanes] : arrangement.moves) {
    moves.push_back({node.jobs[job].holding->reservation, units_of(node, lanes)});
  }
  std::sort(moves.begin(), moves.end(),
            [](const Move& a, const Move& b) { return a.reservation < b.reservation; });
  return moves;
}

/// The arrangement with the fewest moves over all nodes, the reservation's own node first.
std::optional<Placement> best_rearranged(const Calendar& calendar, const Wanted& wanted) {
  SearchBudget budget;
  std::optional<Placement> best;
  bool best_is_own = false;
  for (const NodeCalendar& node : calendar.nodes) {
    if (lack(node, wanted)) continue;
    const auto found = rearrange(node, wanted, budget);
    if (!found) continue;
    const bool own = is_own_node(calendar, node);
    if (best && (best_is_own || (!own && best->moves.size() <= found->moves.size()))) continue;
    best = Placement{node.node->id, units_of(node, found->wanted), moves_of(node, *found)};
    best_is_own = own;
  }
  return best;
}

Shortage least_shortage(const Calendar& calendar, const Wanted& wanted) {
  std::optional<Lack> least;
  for (const NodeCalendar& node : calendar.nodes) {
    const Lack one = lack(node, wanted).value_or(lack_of_lanes(node, wanted));
    const bool less = !least || one.resources < least->resources ||
                      (one.resources == least->resources && one.share < least->share);
    if (less) least = one;
  }
  if (least) return least->shortage;
  return {Shortage::Resource::kUnits, wanted.units, 0, wanted.window.start};
}

}  // namespace

std::string_view to_string(Shortage::Resource resource) {
  switch (resource) {
    case Shortage::Resource::kUnits:
      return "units";
    case Shortage::Resource::kCpu:
      return "cpu";
    case Shortage::Resource::kMemory:
      return "memory_gib";
    case Shortage::Resource::kStorage:
      return "storage_gib";
  }
  return "units";
}

Verdict place(const Snapshot& snapshot, const Wanted& wanted) {
  require_known(snapshot, wanted.window);
  if (wanted.units < 1) throw std::logic_error("booking: place() asked for less than one unit");
  // Most bookings fit as they are, and for that only what overlaps the window counts.
  const Calendar near = make_calendar(snapshot, wanted, wanted.window);
  if (asks_to_swap_what_runs(near, wanted)) {
    return Shortage{Shortage::Resource::kUnits, wanted.units,
                    static_cast<std::int64_t>(near.own->units.size()), wanted.window.start};
  }
  if (auto direct = best_direct(near, wanted)) return *std::move(direct);
  const bool worth_moving = std::any_of(near.nodes.begin(), near.nodes.end(),
                                        [&](const NodeCalendar& node) { return !lack(node, wanted); });
  if (worth_moving) {
    const Calendar all = make_calendar(snapshot, wanted, snapshot.known);
    if (auto rearranged = best_rearranged(all, wanted)) return *std::move(rearranged);
  }
  return least_shortage(near, wanted);
}

}  // namespace berth::booking
