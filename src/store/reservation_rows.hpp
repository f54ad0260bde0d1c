// Reservations as rows, for the files of this folder.
#pragma once

#include <vector>

#include "store/reservations.hpp"

namespace berth::store {

/// Those of `ids` that are there, newest first, whoever asks.
Result<std::vector<ReservationView>> load_views(pg::Connection& connection,
                                                const std::vector<model::ReservationId>& ids);

tl::unexpected<Error> no_reservation();

}  // namespace berth::store
