// Reservations as rows, for the files of this folder.
#pragma once

#include <vector>

#include "store/reservations.hpp"

namespace berth::store {

/// From the columns of berth.reservation by their own names. Slug kNewerVersion as `known` has it.
Result<model::Reservation> read_reservation(const pg::Row& row);

/// Those of `ids` that are there, newest first, whoever asks.
Result<std::vector<ReservationView>> load_views(pg::Connection& connection,
                                                const std::vector<model::ReservationId>& ids);

tl::unexpected<Error> no_reservation();

}  // namespace berth::store
