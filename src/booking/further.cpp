#include <algorithm>
#include <unordered_map>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/fit.hpp"

namespace berth::booking {

bool further_may_help(const Snapshot& snapshot, const Wanted& wanted) {
  require_known(snapshot, wanted.window);
  const auto reaches_out = [&](const Holding& one) {
    // What reaches in from before what is known never moves, however far the snapshot goes.
    return one.movable && one.reservation != wanted.replaces && one.during.start >= snapshot.known.start &&
           one.during.end > snapshot.known.end;
  };
  std::unordered_map<model::NodeId, std::vector<model::ClassId>> reaching;
  for (const Holding& one : snapshot.holdings) {
    if (reaches_out(one)) reaching[one.node].push_back(one.device_class);
  }
  if (reaching.empty()) return false;
  const Calendar near = make_calendar(snapshot, wanted, wanted.window);
  return std::any_of(near.nodes.begin(), near.nodes.end(), [&](const NodeCalendar& node) {
    const auto found = reaching.find(node.node->id);
    return found != reaching.end() &&
           std::any_of(found->second.begin(), found->second.end(),
                       [&](model::ClassId device_class) { return concerns(node, device_class); }) &&
           !lack(node, wanted);
  });
}

}  // namespace berth::booking
