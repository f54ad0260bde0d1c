// What every change of a reservation shares: being tried again, and telling others.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "booking/booking.hpp"
#include "model/pool.hpp"
#include "model/reservation.hpp"
#include "pg/pg.hpp"

namespace berth::store {

inline constexpr int kMaxTries = 5;      // of a whole transaction that collided with another
inline constexpr int kMaxDecisions = 3;  // within one transaction, when what should move had begun

/// The last statements of a change: the reconciler is told when it has work within kNotifyAhead, pages
/// always.
void add_news(pg::Batch& batch, const model::Pool& pool, const std::vector<model::Reservation>& changed,
              Instant now);

/// Errors of a write, in the words of a booking: the constraint that makes double booking impossible is a
/// conflict.
Error in_words(std::string_view what, Error error);

/// Runs `work()` again while its transaction collided with another one.
template <typename Work>
auto repeat_collided(Work&& work) -> decltype(work()) {
  for (int tries = 1;; ++tries) {
    auto done = work();
    if (done || tries == kMaxTries || !pg::worth_retrying(done.error())) return done;
  }
}

}  // namespace berth::store
