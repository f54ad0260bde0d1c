// Why units of a class are not to be had that nobody has booked.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "model/ids.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// Whose units: a class of a pool by their names or, for a change of a reservation, that one's pool and,
/// where `device_class` is empty, its class.
struct AboutUnits {
  std::string pool;
  std::string device_class;
  std::optional<model::ReservationId> reservation;
};

/// A sentence for whoever was refused for want of units at `at`, such as "4 of the 4 units of this class are
/// out of service. Node gpu-node-1 is not ready."; "" when none is. An outage that lasts stands in the way of
/// what begins now; later ones are booked in the hope that it is over.
Result<std::string> why_unusable(pg::Connection& connection, const AboutUnits& about, Instant at);

}  // namespace berth::store
