// A pool's rows as the booking decision wants them.
#pragma once

#include "booking/booking.hpp"
#include "storetwin/rows.hpp"

namespace berth::storetwin {

booking::Snapshot snapshot_of(const Tables& tables, const model::Pool& pool, Window known, Instant now);

/// The end of the last claim in the pool, or `at_least`.
Instant last_claim_end(const Tables& tables, const model::Pool& pool, Instant at_least);

/// Whether something lingers on the unit or on a sibling of it; `units` are of the pool of both.
bool is_held(const Tables& tables, const model::Pool& pool, const model::Unit& unit);

/// Whether two units share a slot of a device: one unit does so with itself.
bool share_a_slot(const model::Unit& a, const model::Unit& b);

}  // namespace berth::storetwin
