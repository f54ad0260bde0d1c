// What a booking or a change is refused with: the same problem for the call and for who only asks.
#pragma once

#include "portal/call.hpp"
#include "store/bookings.hpp"

namespace berth::portal {

/// An error and the members that its problem has besides.
struct Refusal {
  Error error;
  json::object extra;
};

/// Says also which units are out of service, where units are short.
Refusal refusal_of(const Call& call, const store::Refused& refused);
Refusal refusal_of(const Call& call, const store::Stale& stale);

}  // namespace berth::portal
