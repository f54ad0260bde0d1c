// The calendar: a lane per unit, a bar per claim or hold. Others' bars say only that the unit is booked,
// unless the pool's policy shows names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "booking/booking.hpp"
#include "model/permissions.hpp"
#include "model/pool.hpp"
#include "model/reservation.hpp"
#include "pg/pg.hpp"

namespace berth::store {

inline constexpr std::chrono::hours kMaxCalendarRange{24 * 400};

/// kTeam: someone else's that the viewer may see. kBlocked: a sibling is claimed or kept by lingering pods.
enum class BarKind { kMine, kTeam, kBooked, kHold, kBlocked };
std::string_view to_string(BarKind kind);

struct Bar {
  Window during;
  BarKind kind = BarKind::kBooked;
  std::optional<model::ReservationId>
      reservation;  // these five only where the viewer may see the reservation
  std::optional<model::ReservationState> state;
  std::optional<model::SessionPhase> phase;
  std::string name;   // these two also where the policy shows names
  std::string owner;  // e-mail
};

struct UnitBars {
  std::string node;
  std::string unit;
  std::string device;
  std::string device_class;
  int slots = 1;
  bool out_of_service = false;
  std::vector<Bar> bars;  // by start
};

/// Lanes of the units that are in use, by node and unit, with what overlaps `range` (at most
/// kMaxCalendarRange, else kInvalid). Claims that ended are shown as long as they were held.
Result<std::vector<UnitBars>> load_calendar(pg::Connection& connection, const model::Viewer& viewer,
                                            const model::Pool& pool, Window range);

/// Free, reserved, blocked, out of service; `range` as for the calendar.
Result<booking::Availability> load_availability(pg::Connection& connection, const model::Pool& pool,
                                                Window range);

}  // namespace berth::store
