#include "store/snapshot.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// Claims that are not live were never used: canceled before the start. What ended keeps its claims as long as
// it held. OFFSET 0 keeps the planner from turning the parts around: one walk by time for each span over what
// is held in it, whatever it believes about how much there is. A walk for each unit took 20 times as long
// with 200 of them, and all of it is paid for under the pool's lock. Whose claims are the pool's is known
// here.
constexpr pg::Query kClaims{"snapshot_claims", R"sql(
    SELECT span.number, claim.*
    FROM unnest($1::tstzrange[]) WITH ORDINALITY AS span (during, number)
    CROSS JOIN LATERAL (
      SELECT reservation, unit, during, device_class, cpu_milli, memory_gib, storage_gib, begun
      FROM berth.reservation_unit
      WHERE during && span.during AND live
      OFFSET 0
    ) AS claim
)sql"};

constexpr pg::Query kHolds{"snapshot_holds", R"sql(
    SELECT unit, since
    FROM berth.hold
    WHERE released_at IS NULL
)sql"};

constexpr pg::Query kLastEnd{"snapshot_last_end", R"sql(
    SELECT coalesce(max(r.end_at), $2) AS last
    FROM berth.reservation r
    WHERE r.pool = $1 AND r.state IN ('APPROVED', 'ACTIVE')
)sql"};

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

/// By start, and those of one start by reservation: so that what is decided hangs on nothing else.
bool comes_first(const booking::Holding& one, const booking::Holding& other) {
  return std::tie(one.during.start, one.reservation) < std::tie(other.during.start, other.reservation);
}

/// For each span one holding for each reservation that has claims of the pool in it. What has not begun and
/// begins after `now` may be laid elsewhere.
std::vector<Holdings> read_holdings(const pg::Rows& rows, const model::Pool& pool, std::size_t spans,
                                    Instant now) {
  std::unordered_map<std::int64_t, model::NodeId> nodes;  // by unit
  for (const auto& unit : pool.units) nodes.emplace(unit.id.value, unit.node);
  std::vector<std::map<model::ReservationId, booking::Holding>> found(spans);
  for (const auto& row : rows) {
    const auto unit = row.get<model::UnitId>("unit");
    const auto known = nodes.find(unit.value);
    if (known == nodes.end()) continue;  // of another pool
    auto& of_span = found.at(static_cast<std::size_t>(row.get<std::int64_t>("number") - 1));
    auto reservation = row.get<model::ReservationId>("reservation");
    const auto [at, is_new] = of_span.try_emplace(reservation);
    auto& holding = at->second;
    holding.units.push_back(unit);
    if (!is_new) continue;
    const auto during = row.get<Window>("during");
    holding.reservation = std::move(reservation);
    holding.node = known->second;
    holding.device_class = row.get<model::ClassId>("device_class");
    holding.during = during;
    holding.load = {row.get<CpuMilli>("cpu_milli"), row.get<Gib>("memory_gib"), row.get<Gib>("storage_gib")};
    holding.movable = !row.get<bool>("begun") && during.start > now;
  }
  std::vector<Holdings> all(spans);
  for (std::size_t n = 0; n < spans; ++n) {
    all[n].reserve(found[n].size());
    for (auto& [id, holding] : found[n]) {
      std::sort(holding.units.begin(), holding.units.end());
      all[n].push_back(std::move(holding));
    }
    std::sort(all[n].begin(), all[n].end(), comes_first);
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
  const auto spans = spans_of(known);
  pg::Batch batch;
  batch.add(kClaims, spans);
  batch.add(kHolds);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read the pool's calendar", answers.error()));

  const auto holdings = read_holdings(answers->at(0), pool, spans.size(), now);
  std::vector<CalendarRows> found;
  const auto until = ceil_to_step(now, pool.policy.step) + pool.policy.step;
  for (const auto& window : known) {
    const auto span = std::find_if(spans.begin(), spans.end(), [&](const Window& one) {
      return one.start <= window.start && window.end <= one.end;
    });
    CalendarRows rows{
        overlapping(holdings[static_cast<std::size_t>(span - spans.begin())], window), {}, window};
    for (const auto& row : answers->at(1)) {
      const auto unit = row.get<model::UnitId>("unit");
      const Window during{row.get<Instant>("since"), until};
      if (during.overlaps(window) && pool.find_unit(unit) != nullptr) rows.blocked.push_back({unit, during});
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
