// What the owners of bookings should know of the units that they hold: those that their nodes do not offer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/ids.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// A sentence for each unit that is away while its claim runs or before it begins within a day: until then it
/// may be back, or the booking on another; and for each that a layout which was ordered takes away, or brings
/// late: what, when and by whose order. What heals is not told any more.
Result<std::map<model::ReservationId, std::vector<std::string>>> load_warnings(
    pg::Connection& connection, const std::vector<model::ReservationId>& ids);

}  // namespace berth::store
