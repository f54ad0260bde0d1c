#include <algorithm>
#include <tuple>

#include "booking/booking.hpp"

namespace berth::booking {
namespace {

void sort_units(std::vector<model::UnitId>& units) {
  std::sort(units.begin(), units.end());
}

Holding* find(std::vector<Holding>& holdings, const model::ReservationId& id) {
  const auto found = std::find_if(holdings.begin(), holdings.end(),
                                  [&](const Holding& one) { return one.reservation == id; });
  return found == holdings.end() ? nullptr : &*found;
}

}  // namespace

Snapshot applied(Snapshot snapshot, const Wanted& wanted, const Placement& placement,
                 const model::ReservationId& reservation, Instant now) {
  for (const Move& move : placement.moves) {
    auto* moved = find(snapshot.holdings, move.reservation);
    if (moved == nullptr) continue;
    moved->units = move.units;
    sort_units(moved->units);
  }
  Holding made{.reservation = reservation,
               .node = placement.node,
               .device_class = wanted.device_class,
               .units = placement.units,
               .during = wanted.window,
               .load = wanted.load,
               .movable = wanted.window.start > now};
  sort_units(made.units);
  if (const auto* own = find(snapshot.holdings, reservation)) {
    if (!own->movable) {  // it has begun: its claims keep their units and their start
      made.units = own->units;
      made.during.start = own->during.start;
      made.movable = false;
    }
    std::erase_if(snapshot.holdings, [&](const Holding& one) { return one.reservation == reservation; });
  }
  if (!made.during.overlaps(snapshot.known)) return snapshot;
  const auto before = [](const Holding& a, const Holding& b) {
    return std::tie(a.during.start, a.reservation) < std::tie(b.during.start, b.reservation);
  };
  const auto place = std::upper_bound(snapshot.holdings.begin(), snapshot.holdings.end(), made, before);
  snapshot.holdings.insert(place, std::move(made));
  return snapshot;
}

}  // namespace berth::booking
