// Writing claims of others that make room.
#pragma once

#include <vector>

#include "booking/booking.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// One unit of a reservation swapped for another.
struct Swap {
  model::ReservationId reservation;
  model::UnitId from;
  model::UnitId to;
  bool operator==(const Swap&) const = default;
};
/// What really changes: units that a reservation keeps are not swapped for each other.
std::vector<Swap> swaps_of(const std::vector<booking::Move>& moves,
                           const std::vector<booking::Holding>& holdings);

/// Locks those that are to move. False when one of them has begun or ended meanwhile: then decide again.
Result<bool> lock_moved(pg::Transaction& transaction, const std::vector<booking::Move>& moves, Instant now);

/// All swaps in one statement, so that the constraint sees only the end of it.
void add_swaps(pg::Batch& batch, const std::vector<Swap>& swaps);

}  // namespace berth::store
