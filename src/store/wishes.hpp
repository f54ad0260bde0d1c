// What people want of a pool's calendar, as values: to book, to change, to end.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "store/bookings.hpp"
#include "store/decision.hpp"

namespace berth::store {

inline constexpr std::string_view kDecidedTooLate = "decided_too_late";

/// Books for `owner`. Errors: kInvalid with the fields at fault (an unknown pool too), kConflict
/// "idempotency_key_reused", kForbidden; kTimeout when the pool's lock was not had in time.
struct BookWish {
  model::Viewer owner;
  CreateRequest request;
  std::optional<Idempotency> idempotency;
};
/// Units, class, amounts and mode change only before the start, the window's end and the name while the
/// reservation is live; a running session that is extended keeps its units. kConflict "reservation_over" when
/// it is over or ending; kInvalid with the fields at fault. The viewer was allowed to: whose a reservation is
/// never changes.
struct ChangeWish {
  model::Viewer viewer;
  model::ReservationId id;
  std::optional<std::int64_t> version;  // the one that was read
  std::variant<booking::EditRequest, ExtendRequest> change;
  /// Not decided later than that, by the database's clock: kConflict, kDecidedTooLate.
  std::optional<Instant> not_after{};
};
/// Cancels what has not begun: its units are free at once. Ends what has: the reconciler is told, and the
/// units are free when the session is gone. What is over or ending already is answered as it is; what has
/// passed its end and still is taken away is kConflict, "reservation_over".
struct EndWish {
  model::Viewer viewer;
  model::ReservationId id;
};
struct Wish {
  Author author;
  std::variant<BookWish, ChangeWish, EndWish> what;
};

/// It is over or ending, as it was asked to; or was already.
struct Ended {
  ReservationView view;
};
using WishOutcome = std::variant<Created, Changed, Stale, Ended, Denied>;

/// Whether `next` may be in one round with `others`: what it reads of its own (its reservation, its key) none
/// of them writes.
bool may_join(std::span<const Wish> others, const Wish& next);
/// The same for one pair.
bool may_join(const Wish& other, const Wish& next);

// --- Before the round: which pool it is about, and may they ---

/// kInvalid, field "pool" or "Idempotency-Key".
Result<model::PoolId> pool_of(pg::Connection& connection, const BookWish& wish);
/// kNotFound for what the viewer may not see, kForbidden for what they may see and not change or end.
Result<model::PoolId> pool_of(pg::Connection& connection, const ChangeWish& wish);
Result<model::PoolId> pool_of(pg::Connection& connection, const EndWish& wish);
Result<model::PoolId> pool_of(pg::Connection& connection, const Wish& wish);

// --- After it, without its locks ---

/// What is answered: offers are looked for where it was denied.
using Answer = std::variant<Created, Changed, Stale, Ended, Refused>;
Result<Answer> answer_of(pg::Connection& connection, const Wish& wish, Result<WishOutcome> outcome);

}  // namespace berth::store
