// A pool's rows as the booking decision wants them.
#pragma once

#include <vector>

#include "base/instant.hpp"
#include "booking/booking.hpp"
#include "model/pool.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// Everything that overlaps `known`. A holding may be moved when its reservation has not started at `now` and
/// does not reach out of `known` at its end: what lies beyond is not in the snapshot. (One that reaches out
/// at the beginning stays where it is too; room is never lost by that, since units can be dealt out anew from
/// left to right.) Lingering holds block their unit until one step after `now`'s.
Result<booking::Snapshot> load_snapshot(pg::Connection& connection, const model::Pool& pool, Window known,
                                        Instant now);

/// A snapshot without its pool, which is the same for all.
struct CalendarRows {
  std::vector<booking::Holding> holdings;
  std::vector<booking::Blocked> blocked;
  Window known;
};
/// The same for several windows at once, in their order, each as load_snapshot gives it. They are joined
/// where they overlap, so that no row is read twice.
Result<std::vector<CalendarRows>> load_calendar_rows(pg::Connection& connection, const model::Pool& pool,
                                                     const std::vector<Window>& known, Instant now);

/// The end of the last claim in the pool, or `at_least`: a snapshot to there has everything.
Result<Instant> last_claim_end(pg::Connection& connection, const model::Pool& pool, Instant at_least);

}  // namespace berth::store
