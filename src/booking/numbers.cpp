#include <algorithm>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/fit.hpp"

namespace berth::booking {

bool numbers_allow(const Snapshot& snapshot, const Wanted& wanted) {
  require_known(snapshot, wanted.window);
  const Calendar near = make_calendar(snapshot, wanted, wanted.window);
  return std::any_of(near.nodes.begin(), near.nodes.end(),
                     [&](const NodeCalendar& node) { return !lack(node, wanted); });
}

}  // namespace berth::booking
