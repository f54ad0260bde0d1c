#include "booking/bill.hpp"

#include <algorithm>

#include "booking/price.hpp"

namespace berth::booking {

Bill bill(const model::Reservation& reservation, const std::optional<Window>& held, Instant now) {
  if (!held) return {std::nullopt, reservation.window.end, {}, {}};
  const auto price_until = [&](Instant end) {
    return price(reservation.rate, reservation.units, std::max(end, held->start) - held->start);
  };
  const bool over = !model::is_live(reservation.state);
  Bill out;
  out.until = held->end;
  // What failed is over before its session is away: its units are free when that is.
  if (over && held->end <= now) out.ended_at = held->end;
  out.so_far = price_until(std::min(held->end, now));
  const bool as_booked = !over && !reservation.end_requested_at;
  out.cost = as_booked ? price_until(held->end) : out.so_far;
  return out;
}

}  // namespace berth::booking
