#include "store/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// PostgreSQL knows the zones. What is answered is cut to the period, so that the first and last month of all
// time do not lead beyond what an instant can be.
constexpr pg::Query kMonths{"usage_months", R"sql(
    WITH clock AS (
      SELECT least($3::timestamptz, clock_timestamp()) AS now
    ), this_month AS (
      SELECT now, date_trunc('month', now AT TIME ZONE $4) AS first
      FROM clock
    ), asked AS (
      SELECT now,
          coalesce($1::timestamptz, first AT TIME ZONE $4) AS from_at,
          coalesce($2::timestamptz, (first + interval '1 month') AT TIME ZONE $4) AS to_at
      FROM this_month
    )
    SELECT a.now, to_char(m.first, 'YYYY-MM') AS name,
        greatest(m.first AT TIME ZONE $4, a.from_at) AS start_at,
        least((m.first + interval '1 month') AT TIME ZONE $4, a.to_at) AS end_at,
        (m.first + interval '1 month') AT TIME ZONE $4 > a.now AS provisional
    FROM asked a
    CROSS JOIN LATERAL generate_series(
      date_trunc('month', a.from_at AT TIME ZONE $4), a.to_at AT TIME ZONE $4, interval '1 month'
    ) AS m (first)
    WHERE m.first AT TIME ZONE $4 < a.to_at
    ORDER BY m.first
)sql"};

// Claims as in snapshot.cpp: one walk by time.
constexpr pg::Query kClaims{"usage_claims", R"sql(
    WITH c AS MATERIALIZED (
      SELECT reservation, unit, during
      FROM berth.reservation_unit
      WHERE during && $2::tstzrange AND live
    )
    SELECT c.reservation, c.unit, c.during, r.device_class, r.owner, r.team, r.name, a.email,
        coalesce(t.name, '') AS team_name, r.rate_micros, r.currency
    FROM c
    JOIN berth.reservation r ON r.id = c.reservation
    JOIN berth.app_user a ON a.id = r.owner
    LEFT JOIN berth.team t ON t.id = r.team
    WHERE r.pool = $1
    ORDER BY lower(c.during), c.reservation, c.unit
    LIMIT $3
)sql"};
constexpr pg::Query kHistory{"usage_history", R"sql(
    SELECT h.unit, h.device_class, h.in_service, h.since, least(h.until, upper($2::tstzrange)) AS until,
        h.device, lower(h.placement) AS first_slot, upper(h.placement) AS end_slot
    FROM berth.unit_history h
    JOIN berth.unit u ON u.id = h.unit
    JOIN berth.node n ON n.id = u.node
    WHERE n.pool = $1 AND h.since < upper($2) AND (h.until IS NULL OR h.until > lower($2))
    ORDER BY h.unit, h.since
    LIMIT $3
)sql"};
// A device that lingering pods keep cannot be booked; a hold that is not released lasts until now.
constexpr pg::Query kUsageHolds{"usage_holds", R"sql(
    SELECT h.unit, h.since, least(h.released_at, upper($2::tstzrange)) AS until
    FROM berth.hold h
    JOIN berth.unit u ON u.id = h.unit
    JOIN berth.node n ON n.id = u.node
    WHERE n.pool = $1
      AND h.since < upper($2)
      AND (h.released_at IS NULL OR h.released_at > lower($2))
    ORDER BY h.since
    LIMIT $3
)sql"};
// Read last: it then has every class that the others name.
constexpr pg::Query kUsageClasses{"usage_classes", R"sql(
    SELECT id, name, gpu_share
    FROM berth.device_class
    WHERE pool = $1
    ORDER BY ordinal, id
)sql"};

Status check_period(Window period) {
  if (period.empty()) {
    return fail(invalid_field("to", format_rfc3339(period.end),
                              fmt::format("after {}", format_rfc3339(period.start)),
                              "The period ends before it begins."));
  }
  if (period.length() > kMaxUsagePeriod) {
    return fail(invalid_field(
        "to", format_rfc3339(period.end), format_rfc3339(period.start + kMaxUsagePeriod),
        fmt::format("At most {} days can be asked for at once.", kMaxUsagePeriod.count() / 24)));
  }
  return {};
}

/// One more than may be was asked for.
Status check_size(const pg::Rows& rows, int most, std::string_view what, Window period) {
  if (rows.size() <= static_cast<std::size_t>(most)) return {};
  return fail(
      invalid_field("to", format_rfc3339(period.end), fmt::format("at most {} {}", most, what),
                    fmt::format("The period holds more than {} {}. Ask for a shorter one.", most, what)));
}

Status read_months(const pg::Rows& rows, usage::Facts& facts) {
  for (const auto& row : rows) {
    facts.now = row.get<Instant>("now");
    facts.months.push_back({row.get<std::string>("name"),
                            {row.get<Instant>("start_at"), row.get<Instant>("end_at")},
                            row.get<bool>("provisional")});
  }
  if (facts.months.empty()) return fail(Code::kInternal, "a period has no month");
  facts.period = {facts.months.front().during.start, facts.months.back().during.end};
  return {};
}

class UnitTimes {
 public:
  void read_claims(const pg::Rows& rows, const model::Viewer& viewer, usage::Facts& facts) {
    std::unordered_map<model::ReservationId, std::size_t> places;
    for (const auto& row : rows) {
      const auto during = row.get<Window>("during");
      const auto [place, is_new] =
          places.try_emplace(row.get<model::ReservationId>("reservation"), facts.reservations.size());
      if (is_new) {
        usage::Reservation it;
        it.id = place->first;
        it.name = row.get<std::string>("name");
        it.owner = row.get<model::UserId>("owner");
        it.owner_email = row.get<std::string>("email");
        it.team = row.get<std::optional<model::TeamId>>("team");
        it.team_name = row.get<std::string>("team_name");
        it.device_class = row.get<model::ClassId>("device_class");
        it.held = during;
        it.rate = row.get<MoneyMicros>("rate_micros");
        it.currency = row.get<std::string>("currency");
        it.visible = allowed(viewer, model::Action::kSeeUsage, it.id, it.owner, it.team);
        facts.reservations.push_back(std::move(it));
      }
      auto& held = facts.reservations[place->second].held;
      held = {std::min(held.start, during.start), std::max(held.end, during.end)};
      of(row).claims.push_back({during, place->second});
    }
  }
  void read_history(const pg::Rows& rows) {
    for (const auto& row : rows) {
      of(row).spans.push_back({{row.get<Instant>("since"), row.get<Instant>("until")},
                               row.get<model::ClassId>("device_class"),
                               row.get<bool>("in_service"),
                               row.get<model::DeviceId>("device"),
                               {row.get<int>("first_slot"), row.get<int>("end_slot")}});
    }
  }
  void read_holds(const pg::Rows& rows) {
    for (const auto& row : rows)
      of(row).kept.push_back({row.get<Instant>("since"), row.get<Instant>("until")});
  }
  std::vector<usage::Unit> take() {
    std::vector<usage::Unit> units;
    units.reserve(units_.size());
    for (auto& [id, unit] : units_) units.push_back(std::move(unit));
    return units;
  }

 private:
  usage::Unit& of(const pg::Row& row) { return units_[row.get<model::UnitId>("unit")]; }

  std::map<model::UnitId, usage::Unit> units_;
};

}  // namespace

Result<usage::Facts> load_usage_facts(pg::Connection& connection, const model::Viewer& viewer,
                                      const model::Pool& pool, const UsageRequest& request) {
  std::optional<Instant> from;
  std::optional<Instant> to;
  if (request.period) {
    if (auto good = check_period(*request.period); !good) return fail(good.error());
    from = request.period->start;
    to = request.period->end;
  }
  const auto months = connection.exec(kMonths, from, to, request.as_of, pool.time_zone);
  if (!months) return fail(within("find the months of a period", months.error()));
  usage::Facts facts;
  facts.annual_cost = pool.annual_cost ? std::optional(pool.annual_cost->amount) : std::nullopt;
  if (auto read = read_months(*months, facts); !read) return fail(read.error());

  // What has not happened is not asked for. The range is never empty, so that it has both ends.
  const Window happened{facts.period.start,
                        std::max(std::min(facts.period.end, facts.now), facts.period.start + Duration(1))};
  pg::Batch batch;
  batch.add(kClaims, pool.id, happened, request.most_rows + 1);
  batch.add(kHistory, pool.id, happened, request.most_rows + 1);
  batch.add(kUsageHolds, pool.id, happened, request.most_rows + 1);
  batch.add(kUsageClasses, pool.id);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read what was used", answers.error()));
  for (const auto& [place, what] : {std::pair{0U, "claims"}, {1U, "changes of units"}, {2U, "holds"}}) {
    if (auto fits = check_size(answers->at(place), request.most_rows, what, facts.period); !fits)
      return fail(fits.error());
  }
  UnitTimes times;
  times.read_claims(answers->at(0), viewer, facts);
  times.read_history(answers->at(1));
  times.read_holds(answers->at(2));
  facts.units = times.take();
  for (const auto& row : answers->at(3)) {
    facts.classes.push_back(
        {row.get<model::ClassId>("id"), row.get<std::string>("name"), row.get<double>("gpu_share")});
  }
  return facts;
}

}  // namespace berth::store
