// What is asked of bookings and what is answered; rounds (round.hpp) decide it under the pool's lock.
//
// The order of locks is always: the pool, the owner's row, the rows that change. The database's clock, read
// under the lock, decides what "now" is. A refusal is a value, not an error: its alternatives are looked for
// after the lock is given back, on a fresh snapshot, and each was admitted there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "booking/booking.hpp"
#include "model/permissions.hpp"
#include "model/reservation.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"
#include "store/reservations.hpp"

namespace berth::store {

/// The reconciler of a cluster listens here; the payload is the cluster's name.
inline constexpr std::string_view kWorkChannel = "berth_work";
/// Told at once of starts nearer than this; it finds the others when it looks by itself.
inline constexpr seconds kNotifyAhead{60};

/// A body that would have been accepted instead: as a new booking, as it stands.
struct Offer {
  booking::Alternative::Kind kind = booking::Alternative::Kind::kLater;
  booking::Request request;
  std::optional<std::string> team;
};

struct Refused {
  booking::Shortage shortage;
  std::vector<Offer> offers;  // empty when nothing fits within the pool's horizon
};

struct CreateRequest {
  booking::Request booking;
  std::optional<std::string> team;  // one of the owner's teams, by name
};

/// The same key gives the same reservation again. Per owner; kept for 7 days.
struct Idempotency {
  std::string key;
  std::vector<std::byte> body_hash;
};

struct Created {
  ReservationView view;
  bool replayed = false;  // an earlier request with the same key booked it
};

/// What is to change, as booking::resolve_edit understands it. Units, class, amounts and mode change only
/// before the start, the window's end and the name while the reservation is live.
struct VersionedEdit {
  std::int64_t version = 0;  // the one that was read
  booking::EditRequest change;
};

struct Changed {
  ReservationView view;
};
/// Someone else changed it first: what it is now.
struct Stale {
  ReservationView current;
};

/// Exactly one of `end`, which is on a step, and `by`.
struct ExtendRequest {
  std::optional<std::int64_t> version;
  std::optional<Instant> end;
  std::optional<minutes> by;  // added to the present end, and rounded up to a step
};

}  // namespace berth::store
