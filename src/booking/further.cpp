#include <algorithm>
#include <unordered_set>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/fit.hpp"

namespace berth::booking {

bool further_may_help(const Snapshot& snapshot, const Wanted& wanted) {
  require_known(snapshot, wanted.window);
  const auto reaches_out = [&](const Holding& one) {
    // What reaches in from before what is known never moves, however far the snapshot goes.
    return one.movable && one.device_class == wanted.device_class && one.reservation != wanted.replaces &&
           one.during.start >= snapshot.known.start && one.during.end > snapshot.known.end;
  };
  std::unordered_set<model::NodeId> nodes;
  for (const Holding& one : snapshot.holdings) {
    if (reaches_out(one)) nodes.insert(one.node);
  }
  if (nodes.empty()) return false;
  const Calendar near = make_calendar(snapshot, wanted, wanted.window);
  return std::any_of(near.nodes.begin(), near.nodes.end(), [&](const NodeCalendar& node) {
    return nodes.contains(node.node->id) && !lack(node, wanted);
  });
}

}  // namespace berth::booking
