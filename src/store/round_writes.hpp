// What a round changes, written: one statement for each kind of row, whatever the number of wishes.
#pragma once

#include "store/sitting.hpp"

namespace berth::store {

/// Writes all of it and commits; gives the changed reservations as they are then. On an error nothing is
/// written.
Result<std::map<model::ReservationId, Result<ReservationView>>> write_round(pg::Transaction& transaction,
                                                                            const model::Pool& pool,
                                                                            const RoundWrites& writes,
                                                                            Instant now);

}  // namespace berth::store
