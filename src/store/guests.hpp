// Whom the owner of a reservation lets into its workspace besides: who may is model::Action::kShare's to say.
#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/permissions.hpp"
#include "model/reservation.hpp"
#include "pg/pg.hpp"

namespace berth::store {

inline constexpr int kMaxGuests = 50;

struct Guest {
  model::UserId id;
  std::string email;
  std::string name;
  Instant named_at;
};

/// In the order in which they were named; those who are disabled too, who are not let in.
Result<std::vector<Guest>> list_guests(pg::Connection& connection, const model::ReservationId& reservation);

/// Somebody who is one already stays so. kInvalid with the field `email` for whom there is not, who is
/// disabled, or whose reservation it is; kConflict "too_many_guests". Emits the reservation's event, so it
/// comes last in a transaction.
Result<Guest> add_guest(pg::Transaction& transaction, const model::Reservation& reservation,
                        const std::string& email);

/// kNotFound "no_guest" for who is none. Emits as above.
Status remove_guest(pg::Transaction& transaction, const model::ReservationId& reservation,
                    const model::UserId& member);

}  // namespace berth::store
