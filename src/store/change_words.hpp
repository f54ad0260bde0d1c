// What a booking or a change comes to before it is written: the same for the change itself and for who only
// asks.
#pragma once

#include "store/bookings.hpp"
#include "store/decision.hpp"
#include "store/reservations.hpp"

namespace berth::store {

/// The pool that a booking names; kInvalid, field "pool", when there is none.
Result<model::PoolId> known_pool_id(pg::Connection& connection, const std::string& name);
Error no_team_of_ones_own(const std::string& team);

/// kForbidden (slug "not_allowed") when the viewer may not do `action` with what they see.
Status check_allowed(const model::Viewer& viewer, const ReservationView& view, model::Action action);

/// An extension as an edit, or what is wrong with it.
Result<booking::EditRequest> extension(const model::Policy& policy, const model::Reservation& current,
                                       const ExtendRequest& request);

/// The reservation after the change.
model::Reservation changed(const model::Pool& pool, const model::Reservation& current,
                           const booking::Resolved& resolved);

/// Nothing of where and when changes, so there is nothing to decide.
bool same_place(const model::Reservation& current, const booking::Wanted& wanted);

/// What is looked for where a change does not fit. Offers are bookings of their own, beside what the
/// reservation holds now.
struct Instead {
  Asked asked;
  AsAsked as_asked = AsAsked::kRefused;
};
/// The change moves the start to now.
bool begins_now(const booking::EditRequest& wish);
Instead asked_instead(const model::Viewer& viewer, const ReservationView& current,
                      const booking::Resolved& resolved, bool start_now);

}  // namespace berth::store
