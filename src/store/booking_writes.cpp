#include "store/booking_writes.hpp"

#include <algorithm>

#include "store/bookings.hpp"
#include "store/codecs.hpp"
#include "store/events.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kNotify{"booking_notify", R"sql(SELECT pg_notify($1, $2))sql"};

}  // namespace

void add_news(pg::Batch& batch, const model::Pool& pool, const std::vector<model::Reservation>& changed,
              Instant now) {
  const auto has_work = [&](const model::Reservation& one) {
    return one.state == model::ReservationState::kActive || one.window.start < now + kNotifyAhead;
  };
  if (std::ranges::any_of(changed, has_work)) batch.add(kNotify, kWorkChannel, pool.cluster);
  // Last: from here to the commit no other transaction can emit.
  add_emit(batch, event_kind::kReservation, pool.id, changed);
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
