// What a round reads under its locks before it decides.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "store/pool_cache.hpp"
#include "store/wishes.hpp"

namespace berth::store {

struct Booker {
  std::string email;
  std::string name;
  bool disabled = false;
  int live = 0;  // what is past its end holds nothing more
};

/// An earlier use of the same key.
struct Earlier {
  std::vector<std::byte> body_hash;
  model::ReservationId reservation;
};

struct RoundFacts {
  std::shared_ptr<const model::Pool> pool;
  Instant now;                              // after all locks, which may have been waited for
  std::vector<model::ReservationId> fresh;  // as many as there are bookings
  std::map<model::UserId, Booker> bookers;
  std::map<std::pair<model::UserId, std::string>, model::TeamId> teams;  // those that they belong to
  std::map<std::pair<model::UserId, std::string>, Earlier> keys;
  std::map<model::ReservationId, Result<ReservationView>> views;  // of what is to change, locked
};

/// Opens the round's transaction: takes the pool's lock, the bookers' rows, and those of what is to change,
/// each kind in one order, and reads the rest. All in one round trip when the pool is as it was kept.
Result<std::pair<pg::Transaction, RoundFacts>> lock_and_read(pg::Connection& connection, PoolCache* cache,
                                                             model::PoolId pool,
                                                             std::span<const Wish> wishes);

/// What an earlier use of the key booked, or kConflict, "idempotency_key_reused", when it was for something
/// else.
Result<WishOutcome> replay(pg::Connection& connection, const Earlier& earlier,
                           const Idempotency& idempotency);
/// For a key that was used in another pool at the same moment.
Result<WishOutcome> replay_other_pool(pg::Connection& connection, const BookWish& wish);

}  // namespace berth::store
