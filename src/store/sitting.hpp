// Deciding a round: the wishes one after the other, each on what the earlier ones leave.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "booking/changes.hpp"
#include "store/claims.hpp"
#include "store/round_facts.hpp"

namespace berth::store {

/// A reservation and where it lies when the round is over.
struct Laid {
  model::Reservation reservation;
  std::vector<model::UnitId> units;
};

/// All that a round changes, as rows.
struct RoundWrites {
  std::vector<model::ReservationId> made;        // new, in the order of their wishes
  std::map<model::ReservationId, Laid> laid;     // new ones, and those that get their claims anew
  std::vector<model::ReservationId> relaid;      // of these, those that were there
  std::vector<model::Reservation> edited;        // with what they become
  std::map<model::ReservationId, Instant> ends;  // of the claims of what has begun
  std::map<model::ReservationId, std::string> canceled, ended;  // and the reason
  std::vector<Swap> swaps;                                      // of others that make room
  struct Key {
    model::UserId owner;
    Idempotency idempotency;
    model::ReservationId reservation;
  };
  std::vector<Key> keys;
  struct Doing {
    Author author;
    std::string action;  // empty: the table's own word
    Instant at;          // when it was decided, by the database's clock
  };
  std::map<model::ReservationId, Doing> authors;
  /// What is told of, in the order of the wishes; as it was before, since that says who has work with it.
  std::vector<model::Reservation> news;

  bool empty() const { return news.empty(); }
};

struct Sat {
  std::vector<Result<WishOutcome>> outcomes;  // views of what was changed are still to be read
  RoundWrites writes;
};

/// Decides all, on facts that were read under the round's locks, and locks those that make room. An error is
/// of the database. kConflict (slug "try_again") when what should make room keeps beginning.
Result<Sat> sit(pg::Transaction& transaction, const RoundFacts& facts, std::span<const Wish> wishes);

}  // namespace berth::store
