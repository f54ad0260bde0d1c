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
  const auto freed = *reservation.end_requested_at + kCleaningTakes;
  return freed > reservation.window.start ? std::min(reservation.window.end, freed) : reservation.window.end;
}

}  // namespace berth::model
