// What is to be said of a reservation's end and cost at one moment, whoever says it: page, command line,
// usage.
#pragma once

#include <optional>

#include "model/reservation.hpp"

namespace berth::booking {

struct Bill {
  /// Since when its units are free; empty while they are not, and where it never had any.
  std::optional<Instant> ended_at;
  /// When they are free at the latest: its end, or a cleaning's length after an end that was asked for;
  /// `ended_at` once that is known.
  Instant until;
  /// Of the hours until now.
  MoneyMicros so_far;
  /// As booked while nothing says that it ends before. While it is ending nobody knows how long the cleaning
  /// takes, so what it holds until now; in the end what it has held.
  MoneyMicros cost;
};

/// `held`: what its claims span, as booked or cut short, as usage counts them; empty once they were given up.
Bill bill(const model::Reservation& reservation, const std::optional<Window>& held, Instant now);

}  // namespace berth::booking
