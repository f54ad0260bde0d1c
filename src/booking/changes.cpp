#include "booking/changes.hpp"

#include <algorithm>

namespace berth::booking {
namespace {

Snapshot made(Snapshot snapshot, const Placed& change, Instant now) {
  if (change.own_may_move) {
    for (auto& holding : snapshot.holdings) {
      if (holding.reservation == change.reservation) holding.movable = true;
    }
  }
  return applied(std::move(snapshot), change.wanted, change.placement, change.reservation, now);
}

Snapshot made(Snapshot snapshot, const GivenUp& change, Instant) {
  std::erase_if(snapshot.holdings, [&](const Holding& one) { return one.reservation == change.reservation; });
  return snapshot;
}

Snapshot made(Snapshot snapshot, const CutShort& change, Instant) {
  for (auto& holding : snapshot.holdings) {
    if (holding.reservation == change.reservation) holding.during.end = change.end;
  }
  std::erase_if(snapshot.holdings, [&](const Holding& one) {
    return one.reservation == change.reservation && !one.during.overlaps(snapshot.known);
  });
  return snapshot;
}

}  // namespace

Snapshot changed(Snapshot snapshot, const Change& change, Instant now) {
  return std::visit([&](const auto& one) { return made(std::move(snapshot), one, now); }, change);
}

}  // namespace berth::booking
