#include "store/outages.hpp"

#include <algorithm>
#include <map>

#include "store/codecs.hpp"
#include "store/events.hpp"

namespace berth::store {
namespace {

// One that is no longer in service is read as long as its outage is open: that has to end.
constexpr pg::Query kUnits{"outage_units", R"sql(
    SELECT u.id, u.name, n.kubernetes_name AS node, u.resource_name, u.replicas, u.device, n.labels,
        NOT u.out_of_service AND u.retired_at IS NULL AND n.retired_at IS NULL AND p.retired_at IS NULL
          AS in_service,
        h.unit IS NOT NULL AS out,
        EXISTS (
          SELECT FROM berth.unit o
          WHERE o.device = u.device
            AND o.id <> u.id
            AND o.placement && u.placement
            AND o.retired_at IS NULL
        ) AS has_siblings
    FROM berth.pool p
    JOIN berth.node n ON n.pool = p.id
    JOIN berth.unit u ON u.node = n.id
    LEFT JOIN berth.hold h ON h.unit = u.id AND h.session IS NULL AND h.released_at IS NULL
    WHERE p.cluster = $1
      AND (
        h.unit IS NOT NULL
        OR (NOT u.out_of_service AND u.retired_at IS NULL AND n.retired_at IS NULL AND p.retired_at IS NULL)
      )
    ORDER BY n.kubernetes_name, u.name, u.id
)sql"};

constexpr pg::Query kBegin{"outage_begin", R"sql(
    INSERT INTO berth.hold (unit, session, since, why)
    VALUES ($1, NULL, clock_timestamp(), $2)
    ON CONFLICT DO NOTHING
)sql"};

constexpr pg::Query kEnd{"outage_end", R"sql(
    UPDATE berth.hold
    SET released_at = clock_timestamp()
    WHERE session IS NULL AND released_at IS NULL AND unit = ANY($1::bigint[])
)sql"};

// Whose reservation it concerns reads it there (warnings.hpp has the same bounds).
constexpr pg::Query kTellOwners{"outage_tell_owners", R"sql(
    SELECT berth.emit($2, concerned.pool, concerned.id, concerned.owner, concerned.team)
    FROM (
      SELECT DISTINCT r.pool, r.id, r.owner, r.team
      FROM berth.reservation_unit ru
      JOIN berth.reservation r ON r.id = ru.reservation
      WHERE ru.unit = ANY($1::bigint[])
        AND ru.live
        AND upper(ru.during) > clock_timestamp()
        AND lower(ru.during) < clock_timestamp() + interval '1 day'
      ORDER BY r.id
    ) AS concerned
)sql"};

constexpr pg::Query kTell{"outage_tell", R"sql(
    SELECT berth.emit($2, pools.pool, NULL, NULL, NULL)
    FROM (
      SELECT DISTINCT n.pool
      FROM berth.unit u
      JOIN berth.node n ON n.id = u.node
      WHERE u.id = ANY($1::bigint[])
    ) AS pools
)sql"};

/// "name=value", as a pool file's declaration wrote them.
std::map<std::string, std::string> by_name(const std::vector<std::string>& labels) {
  std::map<std::string, std::string> out;
  for (const auto& one : labels) {
    const auto equals = std::min(one.find('='), one.size());
    out.emplace(one.substr(0, equals), one.substr(std::min(equals + 1, one.size())));
  }
  return out;
}

}  // namespace

void add_units_read(pg::Batch& batch, const std::string& cluster) {
  batch.add(kUnits, cluster);
}

std::vector<planning::DeclaredUnit> read_units(const pg::Rows& rows) {
  std::vector<planning::DeclaredUnit> units;
  for (const auto& row : rows) {
    units.push_back({row.get<model::UnitId>("id"), row.get<std::string>("name"), row.get<std::string>("node"),
                     row.get<std::string>("resource_name"), row.get<int>("replicas"),
                     row.get<bool>("has_siblings"), row.get<bool>("out"), row.get<bool>("in_service"),
                     row.get<model::DeviceId>("device"),
                     by_name(row.get<std::vector<std::string>>("labels"))});
  }
  return units;
}

Status keep_outages(pg::Transaction& transaction, const planning::KeepOutages& outages) {
  auto changed = outages.end;
  for (const auto& one : outages.begin) {
    if (auto done = transaction.exec(kBegin, one.unit, one.why); !done)
      return fail(within("take a unit out of service", done.error()));
    changed.push_back(one.unit);
  }
  if (auto done = transaction.exec(kEnd, outages.end); !done)
    return fail(within("put units back into service", done.error()));
  if (auto told = transaction.exec(kTellOwners, changed, event_kind::kReservation); !told)
    return fail(within("tell owners of units out of service", told.error()));
  if (auto told = transaction.exec(kTell, changed, event_kind::kCalendar); !told)
    return fail(within("tell of units out of service", told.error()));
  return {};
}

}  // namespace berth::store
