#include "store/claims.hpp"

#include <algorithm>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// Whoever begins a session locks its reservation's row first and reads its claims after that.
constexpr pg::Query kLockMoved{"claims_lock_moved", R"sql(
    SELECT id
    FROM berth.reservation
    WHERE id = ANY($1::uuid[]) AND state = 'APPROVED' AND start_at > $2
    ORDER BY id
    FOR NO KEY UPDATE
)sql"};
constexpr pg::Query kSwap{"claims_swap", R"sql(
    UPDATE berth.reservation_unit AS claim
    SET unit = swap.to_unit
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS swap (reservation, from_unit, to_unit)
    WHERE claim.reservation = swap.reservation
      AND claim.unit = swap.from_unit
      AND claim.live
)sql"};
bool contains(const std::vector<model::UnitId>& units, model::UnitId unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

}  // namespace

std::vector<Swap> swaps_of(const std::vector<booking::Move>& moves,
                           const std::vector<booking::Holding>& holdings) {
  std::vector<Swap> swaps;
  for (const auto& move : moves) {
    const auto held = std::find_if(holdings.begin(), holdings.end(), [&](const booking::Holding& holding) {
      return holding.reservation == move.reservation;
    });
    if (held == holdings.end()) continue;
    auto to = move.units.begin();
    for (const auto from : held->units) {
      if (contains(move.units, from)) continue;
      while (contains(held->units, *to)) ++to;  // as many come as go, so there is one
      swaps.push_back({move.reservation, from, *to++});
    }
  }
  return swaps;
}

Result<bool> lock_moved(pg::Transaction& transaction, const std::vector<booking::Move>& moves, Instant now) {
  if (moves.empty()) return true;
  std::vector<model::ReservationId> ids;
  for (const auto& move : moves) ids.push_back(move.reservation);
  const auto rows = transaction.exec(kLockMoved, ids, now);
  if (!rows) return fail(within("lock the reservations that make room", rows.error()));
  return rows->size() == ids.size();
}

void add_swaps(pg::Batch& batch, const std::vector<Swap>& swaps) {
  if (swaps.empty()) return;
  std::vector<model::ReservationId> reservations;
  std::vector<model::UnitId> from;
  std::vector<model::UnitId> to;
  for (const auto& swap : swaps) {
    reservations.push_back(swap.reservation);
    from.push_back(swap.from);
    to.push_back(swap.to);
  }
  batch.add(kSwap, reservations, from, to);
}

}  // namespace berth::store
