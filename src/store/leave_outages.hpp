// Bookings that begin soon leave units that their nodes do not offer.
#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/ids.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// How far ahead bookings are moved and their owners warned: what begins later may find the unit back.
inline constexpr hours kOutageReach{24};

/// A pool in which such bookings are, and what they and the units are: while that is the same, moving was
/// tried already.
struct OutagePool {
  model::PoolId pool;
  std::string what;
  bool operator==(const OutagePool&) const = default;
};
Result<std::vector<OutagePool>> pools_with_outages(pg::Connection& connection);

struct LeftOutages {
  int moved = 0;
  int stay = 0;  // nothing else is free for all of their time
};
/// Each gets units of its class as a new booking would, in the order of their starts, and others that have
/// not begun make room (decision 35). In one transaction; what has begun stays.
Result<LeftOutages> leave_outages(pg::Connection& connection, model::PoolId pool);

}  // namespace berth::store
