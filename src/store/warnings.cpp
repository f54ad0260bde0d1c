#include "store/warnings.hpp"

#include <fmt/format.h>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// A hold without a session is an outage of the unit. outages.cpp tells the same people that there is news.
constexpr pg::Query kWarnings{"reservation_warnings", R"sql(
    SELECT ru.reservation, u.name AS unit, h.why, lower(ru.during) <= clock_timestamp() AS begun
    FROM berth.reservation_unit ru
    JOIN berth.unit u ON u.id = ru.unit
    JOIN berth.hold h ON h.unit = ru.unit AND h.session IS NULL AND h.released_at IS NULL
    WHERE ru.reservation = ANY($1::uuid[])
      AND ru.live
      AND upper(ru.during) > clock_timestamp()
      AND lower(ru.during) < clock_timestamp() + interval '1 day'
    ORDER BY ru.reservation, u.name
)sql"};

// A change that is to come, and begins about when the reservation does, or brings its layout only then.
constexpr pg::Query kChanges{"reservation_layout_changes", R"sql(
    SELECT DISTINCT r.id AS reservation, n.name AS node, o.not_before
    FROM berth.reservation r
    JOIN berth.reservation_unit ru ON ru.reservation = r.id AND ru.live
    JOIN berth.unit u ON u.id = ru.unit
    JOIN berth.node n ON n.id = u.node
    JOIN berth.layout_order o ON o.node = n.id
    WHERE r.id = ANY($1::uuid[])
      AND r.state = 'APPROVED'
      AND o.state = 'ordered'
      AND o.not_before > clock_timestamp()
      AND (
        (r.start_at >= o.not_before AND r.start_at < o.not_before + interval '10 minutes')
        OR (r.start_at < o.not_before AND r.end_at > o.not_before AND u.name = ANY(o.units)
            AND NOT EXISTS (
              SELECT FROM berth.layout_order f
              WHERE f.node = n.id AND f.state = 'in_force' AND u.name = ANY(f.units)
            ))
      )
    ORDER BY r.id, n.name, o.not_before
)sql"};

}  // namespace

Result<std::map<model::ReservationId, std::vector<std::string>>> load_warnings(
    pg::Connection& connection, const std::vector<model::ReservationId>& ids) {
  std::map<model::ReservationId, std::vector<std::string>> out;
  if (ids.empty()) return out;
  const auto rows = connection.exec(kWarnings, ids);
  if (!rows) return fail(within("look for units of reservations that are away", rows.error()));
  for (const auto& row : *rows) {
    out[row.get<model::ReservationId>("reservation")].push_back(fmt::format(
        "Unit {} is out of service: {}{}", row.get<std::string>("unit"), row.get<std::string>("why"),
        row.get<bool>("begun") ? ""
                               : " Until it is back, or another one of its class is free, the start waits."));
  }
  const auto changes = connection.exec(kChanges, ids);
  if (!changes) return fail(within("look for changes of layout", changes.error()));
  for (const auto& row : *changes) {
    out[row.get<model::ReservationId>("reservation")].push_back(
        fmt::format("The cards of node {} are given another layout at {}: it begins some minutes late.",
                    row.get<std::string>("node"),
                    format_rfc3339(std::chrono::floor<seconds>(row.get<Instant>("not_before")))));
  }
  return out;
}

}  // namespace berth::store
