#include "store/watched.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kClusters{"watched_clusters", R"sql(
    SELECT cluster,
        CASE WHEN h.at IS NOT NULL THEN extract(epoch FROM greatest(now() - h.at, interval '0'))::float8 END AS age,
        coalesce(h.cycle_millis, 0) AS cycle_millis,
        coalesce(extract(epoch FROM greatest(now() - h.unheard_since, interval '0')), 0)::float8 AS unheard,
        coalesce(h.problem, '') <> '' AS problem,
        coalesce(h.starts_wait, '') <> '' AS starts_wait,
        (SELECT count(*) FROM berth.finding f WHERE f.cluster = known.cluster AND f.resolved_at IS NULL) AS findings
    FROM (SELECT DISTINCT cluster FROM berth.pool WHERE retired_at IS NULL) AS known
    LEFT JOIN berth.heartbeat h USING (cluster)
    ORDER BY cluster
    LIMIT 1000
)sql"};

// Who had a session that was ready and lost it waits from then on, not from the start.
constexpr pg::Query kWatchedPools{"watched_pools", R"sql(
    WITH running AS (
      SELECT r.pool,
          count(*) FILTER (WHERE s.phase = 'Starting') AS starting,
          count(*) FILTER (WHERE s.phase = 'Ready') AS ready,
          count(*) FILTER (WHERE s.phase = 'Degraded') AS degraded,
          count(*) FILTER (WHERE s.phase = 'Stopping') AS stopping,
          max(now() - least(r.end_at, r.end_requested_at, s.stopping_at)) AS over_for
      FROM berth.session s
      JOIN berth.reservation r ON r.id = s.reservation
      WHERE s.phase <> 'Gone'
      GROUP BY r.pool
    ), waiting AS (
      SELECT r.pool, max(now() - greatest(r.start_at, r.created_at, had.until)) AS waits_for
      FROM berth.reservation r
      LEFT JOIN LATERAL (
        SELECT max(coalesce(s.gone_at, s.stopping_at)) FILTER (WHERE s.ready_at IS NOT NULL) AS until,
            coalesce(bool_or(s.phase <> 'Gone' AND (s.ready_at IS NOT NULL OR s.phase = 'Stopping')), false) AS there
        FROM berth.session s
        WHERE s.reservation = r.id
      ) AS had ON true
      WHERE r.state IN ('APPROVED', 'ACTIVE')
        AND r.start_at <= now()
        AND r.end_at > now()
        AND r.end_requested_at IS NULL
        AND NOT had.there
      GROUP BY r.pool
    ), failed AS (
      SELECT r.pool, count(*) AS failed
      FROM berth.reservation r
      WHERE r.state = 'FAILED' AND r.start_at > now() - interval '1 day' AND r.start_at <= now()
      GROUP BY r.pool
    )
    SELECT p.name, p.cluster,
        coalesce(starting, 0) AS starting, coalesce(ready, 0) AS ready,
        coalesce(degraded, 0) AS degraded, coalesce(stopping, 0) AS stopping,
        coalesce(extract(epoch FROM greatest(waits_for, interval '0')), 0)::float8 AS start_wait,
        coalesce(extract(epoch FROM greatest(over_for, interval '0')), 0)::float8 AS end_wait,
        coalesce(failed, 0) AS failed
    FROM berth.pool p
    LEFT JOIN running ON running.pool = p.id
    LEFT JOIN waiting ON waiting.pool = p.id
    LEFT JOIN failed ON failed.pool = p.id
    WHERE p.retired_at IS NULL
    ORDER BY p.name
    LIMIT 1000
)sql"};

// What is out of service for a change of layout that goes its way is no outage to be woken for: draining may
// take a day. One that is stuck is.
constexpr pg::Query kNodes{"watched_nodes", R"sql(
    SELECT p.name AS pool, p.cluster, n.name,
        count(h.id) FILTER (WHERE h.session IS NULL AND NOT EXISTS (
          SELECT FROM berth.layout_order o
          WHERE o.node = n.id AND o.state = 'ordered' AND o.not_before <= clock_timestamp() AND NOT o.stuck
        )) AS outages,
        count(h.id) FILTER (WHERE h.session IS NOT NULL) AS holds
    FROM berth.pool p
    JOIN berth.node n ON n.pool = p.id
    LEFT JOIN berth.unit u ON u.node = n.id
    LEFT JOIN berth.hold h ON h.unit = u.id AND h.released_at IS NULL
    WHERE p.retired_at IS NULL AND n.retired_at IS NULL
    GROUP BY p.name, p.cluster, n.id, n.name
    ORDER BY p.name, n.name
    LIMIT 10000
)sql"};

constexpr pg::Query kWatchedClasses{"watched_classes", R"sql(
    SELECT p.name AS pool, p.cluster, c.name, count(u.id) AS units, count(claim.unit) AS claimed
    FROM berth.pool p
    JOIN berth.device_class c ON c.pool = p.id
    LEFT JOIN berth.unit u ON u.device_class = c.id AND u.retired_at IS NULL
    LEFT JOIN berth.reservation_unit claim ON claim.unit = u.id AND claim.live AND claim.during @> now()
    WHERE p.retired_at IS NULL AND c.retired_at IS NULL
    GROUP BY p.name, p.cluster, c.name
    ORDER BY p.name, c.name
    LIMIT 10000
)sql"};

constexpr pg::Query kBackup{"watched_backup", R"sql(
    SELECT extract(epoch FROM now() - max(taken_at) FILTER (WHERE taken_at <= now()))::float8 AS age
    FROM berth.backup
)sql"};

}  // namespace

Result<Watched> load_watched(pg::Connection& connection) {
  pg::Batch batch;
  for (const auto& query : {kClusters, kWatchedPools, kNodes, kWatchedClasses, kBackup}) batch.add(query);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read what is watched", answers.error()));
  Watched watched;
  const auto text = [](const pg::Row& row, std::string_view name) { return row.get<std::string>(name); };
  const auto count = [](const pg::Row& row, std::string_view name) { return row.get<std::int64_t>(name); };
  const auto time = [](const pg::Row& row, std::string_view name) { return row.get<double>(name); };
  for (const auto& row : answers->at(0)) {
    watched.clusters.push_back({.name = text(row, "cluster"),
                                .heartbeat_age_seconds = row.get<std::optional<double>>("age"),
                                .cycle_seconds = static_cast<double>(count(row, "cycle_millis")) / 1000,
                                .unheard_seconds = time(row, "unheard"),
                                .problem = row.get<bool>("problem"),
                                .starts_wait = row.get<bool>("starts_wait"),
                                .findings = count(row, "findings")});
  }
  for (const auto& row : answers->at(1)) {
    watched.pools.push_back({.name = text(row, "name"),
                             .cluster = text(row, "cluster"),
                             .starting = count(row, "starting"),
                             .ready = count(row, "ready"),
                             .degraded = count(row, "degraded"),
                             .stopping = count(row, "stopping"),
                             .start_wait_seconds = time(row, "start_wait"),
                             .end_wait_seconds = time(row, "end_wait"),
                             .failed = count(row, "failed")});
  }
  for (const auto& row : answers->at(2)) {
    watched.nodes.push_back({text(row, "pool"), text(row, "cluster"), text(row, "name"),
                             count(row, "outages"), count(row, "holds")});
  }
  for (const auto& row : answers->at(3)) {
    watched.classes.push_back({text(row, "pool"), text(row, "cluster"), text(row, "name"),
                               count(row, "units"), count(row, "claimed")});
  }
  watched.backup_age_seconds = answers->at(4).front().get<std::optional<double>>("age");
  return watched;
}

}  // namespace berth::store
