#include "store/leave_outages.hpp"

#include <algorithm>
#include <utility>

#include "booking/evacuate.hpp"
#include "store/author.hpp"
#include "store/booking_writes.hpp"
#include "store/claims.hpp"
#include "store/codecs.hpp"
#include "store/events.hpp"
#include "store/pools.hpp"
#include "store/snapshot.hpp"

namespace berth::store {
namespace {

/// What it came from, in the audit log.
constexpr const char* kSource = "outage";

// A change of layout that is made, or a layout that is looked at after a boot, is over in minutes, and what
// waits for it is late and not lost: nobody moves for it, as long as its step has not lasted longer than it
// may. One that still waits for sessions may do so for days.
constexpr pg::Query kPools{"outage_pools", R"sql(
    SELECT n.pool, string_agg(h.id || ' ' || ru.reservation, ',' ORDER BY h.id, ru.reservation) AS what
    FROM berth.hold h
    JOIN berth.unit u ON u.id = h.unit
    JOIN berth.node n ON n.id = u.node
    JOIN berth.reservation_unit ru ON ru.unit = h.unit
    WHERE h.session IS NULL
      AND h.released_at IS NULL
      AND ru.live
      AND NOT ru.begun
      AND lower(ru.during) > clock_timestamp()
      AND lower(ru.during) < clock_timestamp() + interval '1 day'
      AND NOT EXISTS (
        SELECT FROM berth.layout_order o
        WHERE o.node = n.id
          AND NOT o.stuck
          AND o.step_until > clock_timestamp()
          AND ((o.state = 'ordered' AND o.step IN ('relabelling', 'waiting'))
            OR (o.state = 'in_force' AND o.step IN ('relabelling', 'waiting')))
      )
    GROUP BY n.pool
    ORDER BY n.pool
)sql"};
constexpr pg::Query kAway{"outage_away", R"sql(
    SELECT h.unit, EXISTS (
        SELECT FROM berth.layout_order o
        WHERE o.node = n.id
          AND NOT o.stuck
          AND o.step_until > clock_timestamp()
          AND ((o.state = 'ordered' AND o.step IN ('relabelling', 'waiting'))
            OR (o.state = 'in_force' AND o.step IN ('relabelling', 'waiting')))
      ) AS soon_back
    FROM berth.hold h
    JOIN berth.unit u ON u.id = h.unit
    JOIN berth.node n ON n.id = u.node
    WHERE n.pool = $1
      AND h.session IS NULL
      AND h.released_at IS NULL
    ORDER BY h.unit
)sql"};

std::vector<booking::Move> moves_between(const std::vector<booking::Holding>& before,
                                         const std::vector<booking::Holding>& after) {
  std::vector<booking::Move> moves;
  for (const auto& one : after) {
    const auto was = std::ranges::find(before, one.reservation, &booking::Holding::reservation);
    if (was != before.end() && was->units != one.units) moves.push_back({one.reservation, one.units});
  }
  return moves;
}

Result<LeftOutages> leave_once(pg::Connection& connection, model::PoolId id) {
  const auto pool = load_pool(connection, id);
  if (!pool) return fail(pool.error());
  auto author = portal_author();
  author.request_id = kSource;
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  if (auto locked = lock_pool(*transaction, id); !locked) return fail(locked.error());
  const auto current = load_pool(connection, id);  // as it is under the lock
  if (!current) return fail(current.error());
  for (int tries = 1;; ++tries) {
    const auto rows = transaction->exec(kAway, id);
    if (!rows) return fail(within("look which units are away", rows.error()));
    std::vector<model::UnitId> away;
    std::vector<model::UnitId> soon_back;
    for (const auto& row : *rows)
      (row.get<bool>("soon_back") ? soon_back : away).push_back(row.get<model::UnitId>("unit"));
    const auto now = database_now(connection);
    if (!now) return fail(now.error());
    const auto last = last_claim_end(connection, *current, *now + seconds(1));
    if (!last) return fail(last.error());
    auto snapshot = load_snapshot(connection, *current, {*now, *last}, *now);
    if (!snapshot) return fail(snapshot.error());
    // Nobody leaves those, and nobody is put on them either.
    for (auto& unit : snapshot->pool.units)
      unit.out_of_service = unit.out_of_service || std::ranges::find(soon_back, unit.id) != soon_back.end();
    const auto evacuation = booking::evacuate(*snapshot, away, *now, *now + kOutageReach);

    LeftOutages left;
    for (const auto& one : evacuation.affected) {
      left.moved += one.placed ? 1 : 0;
      left.stay += one.placed || one.begun ? 0 : 1;
    }
    const auto moves = moves_between(snapshot->holdings, evacuation.after.holdings);
    if (moves.empty()) return left;
    const auto locked = lock_moved(*transaction, moves, *now);
    if (!locked) return fail(locked.error());
    if (!*locked && tries < kMaxDecisions) continue;
    if (!*locked)
      return fail(Code::kConflict, "bookings began while they were to be moved; try again", "try_again");

    pg::Batch batch;
    add_swaps(batch, swaps_of(moves, snapshot->holdings));
    if (const auto moved = transaction->connection().exec(batch); !moved)
      return fail(in_words("move bookings", moved.error()));
    for (const auto& move : moves) {
      if (auto told = emit_of(*transaction, event_kind::kReservation, move.reservation); !told)
        return fail(told.error());
    }
    if (auto committed = transaction->commit(); !committed)
      return fail(in_words("commit moved bookings", committed.error()));
    return left;
  }
}

}  // namespace

Result<std::vector<OutagePool>> pools_with_outages(pg::Connection& connection) {
  const auto rows = connection.exec(kPools);
  if (!rows) return fail(within("look for bookings on units that are away", rows.error()));
  std::vector<OutagePool> out;
  for (const auto& row : *rows) out.push_back({row.get<model::PoolId>("pool"), row.get<std::string>("what")});
  return out;
}

Result<LeftOutages> leave_outages(pg::Connection& connection, model::PoolId pool) {
  return repeat_collided([&] { return leave_once(connection, pool); });
}

}  // namespace berth::store
