// What decisions change of a calendar, as values: the next one can be made before the first is written.
#pragma once

#include <variant>

#include "booking/booking.hpp"

namespace berth::booking {

/// A new reservation, or one that was edited (`wanted.replaces`), at its place. `own_may_move`: it had not
/// begun, so its units could change although its start had passed.
struct Placed {
  Wanted wanted;
  Placement placement;
  model::ReservationId reservation;
  bool own_may_move = false;
};
/// Canceled before it began.
struct GivenUp {
  model::ReservationId reservation;
};
/// Asked to end: what it holds is expected to be free at `end`.
struct CutShort {
  model::ReservationId reservation;
  Instant end;
};
using Change = std::variant<Placed, GivenUp, CutShort>;

/// What would be read once `change` was written and nothing else happened. `now` as when the snapshot was
/// read; what the change is about outside of what is known is left out.
Snapshot changed(Snapshot snapshot, const Change& change, Instant now);

}  // namespace berth::booking
