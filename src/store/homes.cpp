#include "store/homes.hpp"

#include <fmt/format.h>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// What is gone though nobody let it go is lost, and told for as long as somebody may look for it.
constexpr pg::Query kOwn{"home_own", R"sql(
    WITH h AS (
      SELECT * FROM berth.home WHERE owner = $1 AND gone_at IS NULL
      UNION ALL
      SELECT * FROM berth.home
      WHERE owner = $1 AND going_at IS NULL AND gone_at > clock_timestamp() - interval '14 days'
    )
    SELECT h.id::text AS id, p.name AS pool, p.time_zone, h.size_gib, h.kept_at, h.kept_until,
        h.session IS NOT NULL AS in_use, h.gone_at IS NOT NULL AS lost,
        h.going_at IS NOT NULL OR h.delete_asked_at IS NOT NULL OR h.kept_until <= clock_timestamp() AS deleting,
        s.reservation, r.name
    FROM h
    JOIN berth.pool p ON p.id = h.pool
    JOIN berth.session s ON s.id = h.last_session
    JOIN berth.reservation r ON r.id = s.reservation
    ORDER BY h.kept_at DESC NULLS FIRST, h.id
    LIMIT 200
)sql"};
constexpr pg::Query kAskDeletion{"home_ask_deletion", R"sql(
    UPDATE berth.home
    SET delete_asked_at = clock_timestamp()
    WHERE id = $1::uuid AND owner = $2 AND session IS NULL AND gone_at IS NULL AND delete_asked_at IS NULL
)sql"};

constexpr pg::Query kRule{"home_rule", R"sql(
    SELECT coalesce((policy ->> 'keep_home_days')::bigint, 0) AS days,
        (policy ->> 'keep_home_max_gib')::bigint AS most,
        (policy ->> 'keep_home_count')::bigint AS count, clock_timestamp() AS now
    FROM berth.pool
    WHERE id = $1
)sql"};
constexpr pg::Query kKeptOf{"home_kept_of", R"sql(
    SELECT h.size_gib, h.kept_at, h.kept_until, s.reservation, h.session IS NOT NULL AS in_use
    FROM berth.home h
    JOIN berth.session s ON s.id = h.last_session
    WHERE h.owner = $1 AND h.pool = $2 AND h.gone_at IS NULL AND h.going_at IS NULL
      AND h.delete_asked_at IS NULL
    ORDER BY h.kept_at DESC NULLS FIRST, h.id
    LIMIT 200
)sql"};
constexpr pg::Query kLiveOf{"home_live_of", R"sql(
    SELECT r.id, r.start_at, r.storage_gib, d.home_gib, d.model_cache_gib,
        CASE WHEN r.end_requested_at < r.end_at THEN r.end_requested_at ELSE r.end_at END AS end_at
    FROM berth.reservation r
    JOIN berth.device_class d ON d.id = r.device_class
    WHERE r.owner = $1 AND r.pool = $2 AND r.state IN ('APPROVED', 'ACTIVE')
    ORDER BY r.start_at, r.id
    LIMIT 10000
)sql"};

constexpr pg::Query kClassSizes{"home_class_sizes", R"sql(
    SELECT home_gib, model_cache_gib FROM berth.device_class WHERE id = $1
)sql"};

OwnHome read_own(const pg::Row& row) {
  using State = OwnHome::State;
  return {.id = row.get<std::string>("id"),
          .pool = row.get<std::string>("pool"),
          .time_zone = row.get<std::string>("time_zone"),
          .size = Gib{row.get<std::int64_t>("size_gib")},
          .kept_at = row.get<std::optional<Instant>>("kept_at"),
          .kept_until = row.get<std::optional<Instant>>("kept_until"),
          .state = row.get<bool>("lost")                                      ? State::kLost
                   : row.get<bool>("in_use")                                  ? State::kInUse
                   : row.get<std::optional<bool>>("deleting").value_or(false) ? State::kDeleting
                                                                              : State::kKept,
          .reservation = row.get<model::ReservationId>("reservation"),
          .name = row.get<std::string>("name")};
}

booking::HomeFacts read_facts(const std::vector<pg::Rows>& answers) {
  booking::HomeFacts facts;
  for (const auto& row : answers.at(0)) {
    facts.now = row.get<Instant>("now");
    facts.rule.days = static_cast<int>(row.get<std::int64_t>("days"));
    if (const auto most = row.get<std::optional<std::int64_t>>("most")) facts.rule.most = Gib{*most};
    if (const auto count = row.get<std::optional<std::int64_t>>("count"))
      facts.rule.count = static_cast<int>(*count);
  }
  for (const auto& row : answers.at(1)) {
    facts.homes.push_back({.size = Gib{row.get<std::int64_t>("size_gib")},
                           .kept_at = row.get<std::optional<Instant>>("kept_at"),
                           .kept_until = row.get<std::optional<Instant>>("kept_until"),
                           .reservation = row.get<model::ReservationId>("reservation"),
                           .in_use = row.get<bool>("in_use")});
  }
  for (const auto& row : answers.at(2)) {
    facts.live.push_back({.reservation = row.get<model::ReservationId>("id"),
                          .window = {row.get<Instant>("start_at"), row.get<Instant>("end_at")},
                          .storage = Gib{row.get<std::int64_t>("storage_gib")},
                          .home = Gib{row.get<std::int64_t>("home_gib")},
                          .model_cache = Gib{row.get<std::int64_t>("model_cache_gib")}});
  }
  return facts;
}

}  // namespace

Result<std::vector<OwnHome>> read_own_homes(pg::Connection& connection, const model::UserId& owner) {
  const auto rows = connection.exec(kOwn, owner);
  if (!rows) return fail(within("read homes", rows.error()));
  std::vector<OwnHome> homes;
  for (const auto& row : *rows) homes.push_back(read_own(row));
  return homes;
}

Result<OwnHome> ask_home_deletion(pg::Transaction& transaction, const model::UserId& owner,
                                  const std::string& id) {
  if (auto asked = transaction.exec(kAskDeletion, id, owner); !asked)
    return fail(within("ask for a home's deletion", asked.error()));
  const auto rows = transaction.exec(kOwn, owner);
  if (!rows) return fail(within("read homes", rows.error()));
  for (const auto& row : *rows) {
    if (row.get<std::string>("id") != id) continue;
    auto home = read_own(row);
    if (home.state == OwnHome::State::kLost) break;
    if (home.state == OwnHome::State::kInUse) {
      return fail(Code::kConflict, "A session of yours has these files open now. End it first.",
                  "home_in_use");
    }
    return home;
  }
  return fail(Code::kNotFound, fmt::format("no kept home {}", id));
}

Result<std::optional<booking::HomeForecast>> forecast_home(pg::Connection& connection,
                                                           const model::Reservation& reservation) {
  pg::Batch batch;
  batch.add(kRule, reservation.pool);
  batch.add(kKeptOf, reservation.owner, reservation.pool);
  batch.add(kLiveOf, reservation.owner, reservation.pool);
  batch.add(kClassSizes, reservation.device_class);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read homes", answers.error()));
  const auto facts = read_facts(*answers);
  if (!model::is_live(reservation.state)) {
    const auto until = booking::home_left_by(facts, reservation.id);
    if (!until) return std::optional<booking::HomeForecast>();
    return std::optional(booking::HomeForecast{
        .files = {}, .after = booking::HomeForecast::After::kKept, .kept_until = until, .replaces = {}});
  }
  const auto& sizes = answers->at(3).front();
  const booking::HomeUser asked{.reservation = reservation.id,
                                .window = reservation.window,
                                .storage = reservation.load.storage,
                                .home = Gib{sizes.get<std::int64_t>("home_gib")},
                                .model_cache = Gib{sizes.get<std::int64_t>("model_cache_gib")}};
  return std::optional(booking::forecast_home(facts, asked));
}

}  // namespace berth::store
