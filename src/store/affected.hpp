// Bookings whose units are taken out of service or out of the pool by what is declared. Internal to the
// store, but for what it tells.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "booking/booking.hpp"
#include "model/pool.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// kStays: it keeps its units, because it has begun or nothing else is free. kMovable: it could be moved.
enum class Fate { kStays, kMovable, kMoved };
std::string_view to_string(Fate fate);  // "stays", "movable", "moved"

struct AffectedBooking {
  model::ReservationId reservation;
  std::string name;
  std::string owner;  // e-mail
  std::string device_class;
  std::string node;
  std::vector<std::string> units;
  Window during;
  bool in_the_way = false;  // the units go: as long as it holds them nothing can be changed
  Fate fate = Fate::kStays;
  std::string to_node;  // of what can be or was moved
  std::vector<std::string> to_units;
  std::string why;  // a sentence, of what stays
  model::UserId owner_id;
  std::optional<model::TeamId> team;
};

/// What becomes of a pool's bookings.
struct Outcome {
  std::vector<AffectedBooking> affected;   // by start; also those under which a unit changes that they keep
  std::vector<booking::Move> moves;        // all that change their units, others that make room too
  std::vector<booking::Holding> holdings;  // as they then are
};

/// Units of `before` that `wanted` no longer has, or has under another class, or out of service.
bool closes_units(const model::Pool& before, const model::Pool& wanted);

/// `snapshot` is of `before` and has everything from now on.
Result<Outcome> affected_by(pg::Connection& connection, const model::Pool& before, const model::Pool& wanted,
                            const booking::Snapshot& snapshot, Instant now);

}  // namespace berth::store
