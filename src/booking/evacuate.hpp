// Taking bookings off units that are to be closed. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "booking/booking.hpp"

namespace berth::booking {

struct Evacuated {
  model::ReservationId reservation;
  bool begun = false;  // a session stays where it runs
  bool placed = false;
};

/// `after` is the same snapshot with those moved that can be. Others that make room for them are moved too.
struct Evacuation {
  std::vector<Evacuated> affected;  // all that hold one of the closed units, by start
  Snapshot after;
};

/// Gives every booking that holds one of the `closed` units, in order of their starts, other units of its
/// class, as a new booking would get them; on another node where its own has none. Nothing is put on a closed
/// unit. First come, first served: it is not looked for an order in which more would find room. What begins
/// at `before` or later is left where it is, and is not among those affected.
Evacuation evacuate(Snapshot snapshot, std::span<const model::UnitId> closed, Instant now,
                    Instant before = Instant::max());

}  // namespace berth::booking
