// What a booking or a change would come to: decided by the functions that decide it, written nowhere. No lock
// is taken and nothing is held, so what fits now may be taken a moment later.
#pragma once

#include <optional>
#include <variant>

#include "booking/furthest.hpp"
#include "store/bookings.hpp"

namespace berth::store {

struct Fits {};

/// What is asked for, made concrete, and what it costs.
struct Planned {
  model::Reservation reservation;  // as it would then be; of a new booking without what the database gives it
  std::string class_name;
  MoneyMicros amount;
  std::optional<MoneyMicros>
      before;  // what is changed costs now; empty for a new booking and another currency
};

struct Forecast {
  /// The outcome of the call itself: an Error is one that its request is refused with, kInvalid or kConflict.
  std::variant<Fits, Error, Stale, Refused> verdict;
  std::optional<Planned> planned;  // empty where a rule forbids it
  std::optional<booking::Furthest> furthest;
};

/// As the wishes (wishes.hpp), and with their errors where it is not the request that is at fault.
Result<Forecast> check_create(pg::Connection& connection, const model::Viewer& owner,
                              const CreateRequest& request);
Result<Forecast> check_edit(pg::Connection& connection, const model::Viewer& viewer,
                            const model::ReservationId& id, const VersionedEdit& request);
Result<Forecast> check_extend(pg::Connection& connection, const model::Viewer& viewer,
                              const model::ReservationId& id, const ExtendRequest& request);

}  // namespace berth::store
