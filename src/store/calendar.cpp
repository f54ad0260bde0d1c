#include "store/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "store/author.hpp"
#include "store/codecs.hpp"
#include "store/snapshot.hpp"

namespace berth::store {
namespace {

// Claims as in snapshot.cpp: one walk by time, and then each one's reservation and owner by their keys,
// whatever the planner believes about how many there are. What has not begun has no session.
constexpr pg::Query kBars{"calendar_bars", R"sql(
    SELECT c.unit, c.during, r.id, r.state, r.name, r.owner, r.team, a.email,
        CASE WHEN r.state <> 'APPROVED' THEN (
          SELECT phase FROM berth.session s WHERE s.reservation = r.id ORDER BY attempt DESC LIMIT 1
        ) END AS phase
    FROM (
      SELECT reservation, unit, during
      FROM berth.reservation_unit
      WHERE during && $2::tstzrange AND live AND unit IN (SELECT unnest($1::bigint[]))
      OFFSET 0
    ) AS c
    CROSS JOIN LATERAL (
      SELECT id, state, name, owner, team
      FROM berth.reservation
      WHERE id = c.reservation
      OFFSET 0
    ) AS r
    CROSS JOIN LATERAL (
      SELECT email
      FROM berth.app_user
      WHERE id = r.owner
      OFFSET 0
    ) AS a
)sql"};
constexpr pg::Query kHolds{"calendar_holds", R"sql(
    SELECT unit, since
    FROM berth.hold
    WHERE released_at IS NULL AND unit = ANY($1)
    ORDER BY since
)sql"};

Status check_range(Window range) {
  if (range.end <= range.start) {
    return fail(invalid_field("to", format_rfc3339(range.end), format_rfc3339(range.start),
                              fmt::format("To must be after {}.", format_rfc3339(range.start))));
  }
  const auto latest = range.start + kMaxCalendarRange;
  if (range.end > latest) {
    return fail(invalid_field(
        "to", format_rfc3339(range.end), format_rfc3339(latest),
        fmt::format("At most {} days can be asked for at once.", kMaxCalendarRange.count() / 24)));
  }
  return {};
}

Bar read_bar(const pg::Row& row, const model::Viewer& viewer, bool show_names) {
  const auto owner = row.get<model::UserId>("owner");
  const bool seen = allowed(viewer, model::Action::kSee, row.get<model::ReservationId>("id"), owner,
                            row.get<std::optional<model::TeamId>>("team"));
  Bar bar;
  bar.during = row.get<Window>("during");
  bar.kind = owner == viewer.id ? BarKind::kMine : seen ? BarKind::kTeam : BarKind::kBooked;
  if (seen) {
    bar.reservation = row.get<model::ReservationId>("id");
    // Of a word that this version does not know nothing is said: the bar is there all the same.
    bar.state = row.get<Word<model::ReservationState>>("state").known;
    if (const auto phase = row.get<std::optional<Word<model::SessionPhase>>>("phase"))
      bar.phase = phase->known;
  }
  if (seen || show_names) {
    bar.name = row.get<std::string>("name");
    bar.owner = row.get<std::string>("email");
  }
  return bar;
}

using BarsOfUnits = std::map<model::UnitId, std::vector<Bar>>;

/// Bars for the times in which a unit cannot be used because of what is on a sibling.
void add_blocked(const model::Pool& pool, BarsOfUnits& bars) {
  booking::TimesOfUnits kept(pool.units.size());
  for (std::size_t i = 0; i < pool.units.size(); ++i) {
    for (const auto& bar : bars[pool.units[i].id]) kept[i].push_back(bar.during);
  }
  const auto blocked = booking::blocked_times(pool, kept);
  for (std::size_t i = 0; i < pool.units.size(); ++i) {
    for (const auto& during : blocked[i]) {
      Bar bar;
      bar.kind = BarKind::kBlocked;
      bar.during = during;
      bars[pool.units[i].id].push_back(std::move(bar));
    }
  }
}

}  // namespace

std::string_view to_string(BarKind kind) {
  switch (kind) {
    case BarKind::kMine:
      return "mine";
    case BarKind::kTeam:
      return "team";
    case BarKind::kBooked:
      return "booked";
    case BarKind::kHold:
      return "hold";
    case BarKind::kBlocked:
      return "blocked";
  }
  return "booked";
}

Result<std::vector<UnitBars>> load_calendar(pg::Connection& connection, const model::Viewer& viewer,
                                            const model::Pool& pool, Window range) {
  if (auto good = check_range(range); !good) return fail(good.error());
  // Those of retired units too: what holds them blocks their siblings.
  std::vector<model::UnitId> units;
  for (const auto& unit : pool.units) units.push_back(unit.id);
  const auto now = database_now(connection);
  if (!now) return fail(now.error());
  pg::Batch batch;
  batch.add(kBars, units, range);
  batch.add(kHolds, units);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read the calendar", answers.error()));

  BarsOfUnits bars;
  for (const auto& row : answers->at(0)) {
    bars[row.get<model::UnitId>("unit")].push_back(read_bar(row, viewer, pool.policy.show_names));
  }
  const auto until = ceil_to_step(*now, pool.policy.step) + pool.policy.step;
  for (const auto& row : answers->at(1)) {
    Bar hold;
    hold.kind = BarKind::kHold;
    hold.during = {row.get<Instant>("since"), until};
    if (hold.during.overlaps(range)) bars[row.get<model::UnitId>("unit")].push_back(std::move(hold));
  }
  add_blocked(pool, bars);
  std::vector<UnitBars> lanes;
  for (const auto& unit : pool.units) {
    if (unit.retired) continue;
    auto& of_unit = bars[unit.id];
    std::stable_sort(of_unit.begin(), of_unit.end(),
                     [](const Bar& a, const Bar& b) { return a.during.start < b.during.start; });
    lanes.push_back({pool.find_node(unit.node)->name, unit.name, pool.find_device(unit.device)->name,
                     pool.find_class(unit.device_class)->name, unit.replicas, unit.out_of_service,
                     std::move(of_unit)});
  }
  return lanes;
}

Result<booking::Availability> load_availability(pg::Connection& connection, const model::Pool& pool,
                                                Window range) {
  if (auto good = check_range(range); !good) return fail(good.error());
  const auto now = database_now(connection);
  if (!now) return fail(now.error());
  const auto snapshot = load_snapshot(connection, pool, range, *now);
  if (!snapshot) return fail(snapshot.error());
  return booking::availability(*snapshot, range);
}

}  // namespace berth::store
