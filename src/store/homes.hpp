// Homes that outlive their sessions (decision 51): what the portal reads and asks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "booking/homes.hpp"
#include "model/ids.hpp"
#include "model/reservation.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// A home as its owner sees it.
struct OwnHome {
  std::string id;
  std::string pool;  // by name
  std::string time_zone;
  Gib size;
  std::optional<Instant> kept_at;
  std::optional<Instant> kept_until;
  enum class State { kKept, kInUse, kDeleting, kLost } state = State::kKept;
  model::ReservationId reservation;  // whose session has it, or had it last
  std::string name;                  // of that reservation
};
/// The newest first.
Result<std::vector<OwnHome>> read_own_homes(pg::Connection& connection, const model::UserId& owner);
/// Wakes the reconciler. kNotFound where it is another's or gone; kConflict (slug "home_in_use") while a
/// session has it. Asked twice it is answered as it is.
Result<OwnHome> ask_home_deletion(pg::Transaction& transaction, const model::UserId& owner,
                                  const std::string& id);

/// Of a reservation that is booked or running, or would be; of one that is over what it left, if that is
/// kept. Nothing where there is nothing to say.
Result<std::optional<booking::HomeForecast>> forecast_home(pg::Connection& connection,
                                                           const model::Reservation& reservation);

}  // namespace berth::store
