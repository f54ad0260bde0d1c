#include "store/booking_writes.hpp"

#include "store/bookings.hpp"
#include "store/codecs.hpp"
#include "store/events.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kNotify{"booking_notify", R"sql(SELECT pg_notify($1, $2))sql"};

}  // namespace

void add_news(pg::Batch& batch, const model::Pool& pool, const model::Reservation& reservation, Instant now) {
  const bool begun = reservation.state == model::ReservationState::kActive;
  if (begun || reservation.window.start < now + kNotifyAhead) batch.add(kNotify, kWorkChannel, pool.cluster);
  // Last: from here to the commit no other transaction can emit.
  add_emit(batch, {event_kind::kReservation, pool.id, reservation.id, reservation.owner, reservation.team});
}

Error in_words(std::string_view what, Error error) {
  if (error.slug == pg::kExclusionViolation) {
    return {.code = Code::kConflict,
            .message = "a unit was taken at the same moment; try again",
            .slug = "unit_taken",
            .fields = {},
            .retry_after_seconds = 1};
  }
  return within(what, std::move(error));
}

}  // namespace berth::store
