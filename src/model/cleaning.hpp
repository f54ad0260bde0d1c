// When what is ended before its time is expected to be free again.
#pragma once

#include <algorithm>

#include "model/reservation.hpp"

namespace berth::model {

/// Ample for the pods of a session to go: their grace is two minutes at most. What lingers beyond is a hold.
inline constexpr seconds kCleaningTakes{600};

/// The end of the claims of a reservation that runs: its own, or soon after it was asked to end.
inline Instant free_by(const Reservation& reservation) {
  if (!reservation.end_requested_at) return reservation.window.end;
  return std::min(reservation.window.end, *reservation.end_requested_at + kCleaningTakes);
}

}  // namespace berth::model
