#include "store/snapshot.hpp"

#include <algorithm>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// Claims that are not live were never used: canceled before the start. What ended keeps its claims as long as
// it held. MATERIALIZED and OFFSET 0 keep the planner from turning the parts around: one walk by time over
// what is held in the window, and each claim's reservation by its key, whatever it believes about how many
// there are. A walk for each unit took 20 times as long with 200 of them, and all of it is paid for under the
// pool's lock.
constexpr pg::Query kClaims{"snapshot_claims", R"sql(
    WITH c AS MATERIALIZED (
      SELECT span.number, claim.reservation, claim.unit, claim.during
      FROM unnest($2::tstzrange[]) WITH ORDINALITY AS span (during, number)
      CROSS JOIN LATERAL (
        SELECT reservation, unit, during
        FROM berth.reservation_unit
        WHERE during && span.during AND live
        OFFSET 0
      ) AS claim
    )
    SELECT c.number, c.reservation, c.unit, c.during, r.device_class, r.cpu_milli, r.memory_gib, r.storage_gib,
        r.movable
    FROM c
    CROSS JOIN LATERAL (
      SELECT device_class, cpu_milli, memory_gib, storage_gib,
          state = 'APPROVED' AND start_at > $3 AS movable
      FROM berth.reservation
      WHERE id = c.reservation
      OFFSET 0
    ) AS r
    WHERE c.unit = ANY($1::bigint[])
    ORDER BY c.number, lower(c.during), c.reservation, c.unit
)sql"};

constexpr pg::Query kHolds{"snapshot_holds", R"sql(
    SELECT unit, since
    FROM berth.hold
    WHERE released_at IS NULL AND unit = ANY($1)
)sql"};

constexpr pg::Query kLastEnd{"snapshot_last_end", R"sql(
    SELECT coalesce(max(r.end_at), $2) AS last
    FROM berth.reservation r
    WHERE r.pool = $1 AND r.state IN ('APPROVED', 'ACTIVE')
)sql"};

std::vector<model::UnitId> units_of(const model::Pool& pool) {
  std::vector<model::UnitId> units;
  units.reserve(pool.units.size());
  for (const auto& unit : pool.units) units.push_back(unit.id);
  return units;
}

/// The windows, joined where they overlap, by start.
std::vector<Window> spans_of(std::vector<Window> windows) {
  std::sort(windows.begin(), windows.end(),
            [](const Window& a, const Window& b) { return a.start < b.start; });
  std::vector<Window> spans;
  for (const auto& window : windows) {
    if (!spans.empty() && window.start <= spans.back().end) {
      spans.back().end = std::max(spans.back().end, window.end);
    } else {
      spans.push_back(window);
    }
  }
  return spans;
}

using Holdings = std::vector<booking::Holding>;

/// For each span one holding from the claims of one reservation, which follow each other.
std::vector<Holdings> read_holdings(const pg::Rows& rows, const model::Pool& pool, std::size_t spans) {
  std::vector<Holdings> all(spans);
  for (const auto& row : rows) {
    auto& holdings = all.at(static_cast<std::size_t>(row.get<std::int64_t>("number") - 1));
    auto reservation = row.get<model::ReservationId>("reservation");
    const auto unit = row.get<model::UnitId>("unit");
    if (!holdings.empty() && holdings.back().reservation == reservation) {
      holdings.back().units.push_back(unit);
      continue;
    }
    holdings.push_back(
        {std::move(reservation),
         pool.find_unit(unit)->node,
         row.get<model::ClassId>("device_class"),
         {unit},
         row.get<Window>("during"),
         {row.get<CpuMilli>("cpu_milli"), row.get<Gib>("memory_gib"), row.get<Gib>("storage_gib")},
         row.get<bool>("movable")});
  }
  return all;
}

Holdings overlapping(const Holdings& holdings, const Window& known) {
  Holdings found;
  for (const auto& holding : holdings) {
    if (holding.during.overlaps(known)) found.push_back(holding);
  }
  return found;
}

}  // namespace

Result<std::vector<CalendarRows>> load_calendar_rows(pg::Connection& connection, const model::Pool& pool,
                                                     const std::vector<Window>& known, Instant now) {
  const auto units = units_of(pool);
  const auto spans = spans_of(known);
  pg::Batch batch;
  batch.add(kClaims, units, spans, now);
  batch.add(kHolds, units);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read the pool's calendar", answers.error()));

  const auto holdings = read_holdings(answers->at(0), pool, spans.size());
  std::vector<CalendarRows> found;
  const auto until = ceil_to_step(now, pool.policy.step) + pool.policy.step;
  for (const auto& window : known) {
    const auto span = std::find_if(spans.begin(), spans.end(), [&](const Window& one) {
      return one.start <= window.start && window.end <= one.end;
    });
    CalendarRows rows{
        overlapping(holdings[static_cast<std::size_t>(span - spans.begin())], window), {}, window};
    for (const auto& row : answers->at(1)) {
      const Window during{row.get<Instant>("since"), until};
      if (during.overlaps(window)) rows.blocked.push_back({row.get<model::UnitId>("unit"), during});
    }
    found.push_back(std::move(rows));
  }
  return found;
}

Result<booking::Snapshot> load_snapshot(pg::Connection& connection, const model::Pool& pool, Window known,
                                        Instant now) {
  auto found = load_calendar_rows(connection, pool, {known}, now);
  if (!found) return fail(found.error());
  auto& rows = found->front();
  return booking::Snapshot{pool, std::move(rows.holdings), std::move(rows.blocked), rows.known};
}

Result<Instant> last_claim_end(pg::Connection& connection, const model::Pool& pool, Instant at_least) {
  const auto rows = connection.exec(kLastEnd, pool.id, at_least);
  if (!rows) return fail(within("read the pool's last claim", rows.error()));
  return std::max(at_least, rows->front().get<Instant>("last"));
}

}  // namespace berth::store
