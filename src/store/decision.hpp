// Deciding a booking on rows: as few of them as the question needs, and as many as its answer does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "booking/booking.hpp"
#include "model/pool.hpp"
#include "pg/pg.hpp"
#include "store/booking_writes.hpp"
#include "store/bookings.hpp"

namespace berth::store {

/// How far on both sides of a window its neighbours are read too, so that units can be chosen that leave few
/// holes: as far as another booking like it would reach, within these bounds.
inline constexpr std::chrono::hours kLeastNearby{2};
inline constexpr std::chrono::hours kMostNearby{24};
/// How far past the window rows are read, in turn, while a rearrangement or a later start is looked for.
inline constexpr std::chrono::hours kSoon{48};
inline constexpr std::chrono::hours kLater{24 * 16};

struct Decision {
  booking::Verdict verdict;
  booking::Snapshot snapshot;  // what it was decided on
};

/// Where a decision's rows come from: `load_snapshot` and `last_claim_end` of one pool and one now, or what
/// stands in for them.
struct Reads {
  std::function<Result<booking::Snapshot>(Window known)> snapshot;
  std::function<Result<Instant>(Instant at_least)> last_claim_end;
};

/// What is read of the calendar at first; mostly it is enough.
Window known_at_first(const booking::Wanted& wanted);

/// `own_may_move`: the reservation that `wanted` replaces has not begun, so its units may change although its
/// start passed. Called under the pool's lock. Exact: more rows are read as long as they could change a
/// refusal.
Result<Decision> decide(const Reads& reads, const booking::Wanted& wanted, bool own_may_move);
Result<Decision> decide(pg::Connection& connection, const model::Pool& pool, const booking::Wanted& wanted,
                        Instant now, bool own_may_move);

/// Everything that is claimed from the start of `wanted` to `until` and beyond, as `decide` sees it in the
/// end.
Result<booking::Snapshot> whole_snapshot(pg::Connection& connection, const model::Pool& pool,
                                         const booking::Wanted& wanted, Instant until, Instant now,
                                         bool own_may_move);

/// What someone asked for and did not get, as far as offers need it.
struct Asked {
  booking::Wanted wanted;
  std::optional<minutes> duration = {};  // as it was asked for, where the end was given by it
  bool explicit_load = false;
  bool start_now = false;  // and so would the offer be, where its window begins there
  model::Mode mode = model::Mode::kInteractiveMl;
  std::string name;
  std::optional<std::string> team;
};

/// What would be admitted instead, on a fresh snapshot. Called without the lock: it may take its time.
/// Each is a booking that `asker` could make as it stands: what a rule of the pool forbids is not offered.
/// `as_asked`: what is asked for is worth a look itself, because it is not the same as what was refused.
enum class AsAsked { kRefused, kUntried };
Result<std::vector<Offer>> find_offers(pg::Connection& connection, const model::Pool& pool,
                                       const model::UserId& asker, const Asked& asked,
                                       AsAsked as_asked = AsAsked::kRefused);

/// A booking or a change that was decided against, with all that looking for alternatives needs.
struct Denied {
  booking::Shortage shortage;
  model::Pool pool;
  Asked asked;
  AsAsked as_asked = AsAsked::kRefused;
};

}  // namespace berth::store
