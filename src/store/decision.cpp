#include "store/decision.hpp"

#include <algorithm>

#include "store/author.hpp"
#include "store/claims.hpp"
#include "store/snapshot.hpp"

namespace berth::store {
namespace {

void free_own(booking::Snapshot& snapshot, const booking::Wanted& wanted, bool own_may_move) {
  if (!wanted.replaces || !own_may_move) return;
  for (auto& holding : snapshot.holdings) {
    if (holding.reservation == *wanted.replaces) holding.movable = true;
  }
}

Result<Decision> decide_on(const Reads& reads, const booking::Wanted& wanted, Window known,
                           bool own_may_move) {
  auto snapshot = reads.snapshot(known);
  if (!snapshot) return fail(snapshot.error());
  free_own(*snapshot, wanted, own_may_move);
  auto verdict = booking::place(*snapshot, wanted);
  return Decision{std::move(verdict), std::move(*snapshot)};
}

}  // namespace

Result<booking::Snapshot> whole_snapshot(pg::Connection& connection, const model::Pool& pool,
                                         const booking::Wanted& wanted, Instant until, Instant now,
                                         bool own_may_move) {
  const auto last = last_claim_end(connection, pool, until);
  if (!last) return fail(last.error());
  auto snapshot = load_snapshot(connection, pool, {wanted.window.start, *last}, now);
  if (!snapshot) return fail(snapshot.error());
  free_own(*snapshot, wanted, own_may_move);
  return snapshot;
}

Window known_at_first(const booking::Wanted& wanted) {
  const Duration nearby = std::clamp<Duration>(wanted.window.length(), kLeastNearby, kMostNearby);
  return {wanted.window.start - nearby, wanted.window.end + nearby};
}

Result<Decision> decide(const Reads& reads, const booking::Wanted& wanted, bool own_may_move) {
  const Window first = known_at_first(wanted);
  const Instant start = first.start;
  auto decision = decide_on(reads, wanted, first, own_may_move);
  const auto settled = [&] {
    return !decision || std::holds_alternative<booking::Placement>(decision->verdict) ||
           !booking::further_may_help(decision->snapshot, wanted);
  };
  if (settled()) return decision;

  // Enough units at every instant, yet none of them for all of the window: others would have to move. A
  // holding that reaches out of what is known cannot, so more is read until it fits, or until all that could
  // move is known whole. Read under the pool's lock: no row more than can change the answer.
  const auto last = reads.last_claim_end(wanted.window.end);
  if (!last) return fail(last.error());
  for (const Instant end : {wanted.window.end + kSoon, wanted.window.end + kLater, *last}) {
    const Instant known_end = std::min(end, *last);
    if (known_end <= decision->snapshot.known.end) continue;
    decision = decide_on(reads, wanted, {start, known_end}, own_may_move);
    if (settled()) return decision;
  }
  return decision;
}

Result<Decision> decide(pg::Connection& connection, const model::Pool& pool, const booking::Wanted& wanted,
                        Instant now, bool own_may_move) {
  const Reads reads{
      .snapshot = [&](Window known) { return load_snapshot(connection, pool, known, now); },
      .last_claim_end = [&](Instant at_least) { return last_claim_end(connection, pool, at_least); }};
  return decide(reads, wanted, own_may_move);
}

}  // namespace berth::store
