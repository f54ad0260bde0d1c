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
      AND u.name = ANY(o.units)
      AND (
        (r.start_at >= o.not_before AND r.start_at < o.not_before + interval '10 minutes')
        OR (r.start_at < o.not_before AND r.end_at > o.not_before
            AND NOT EXISTS (
              SELECT FROM berth.layout_order f
              WHERE f.node = n.id AND f.state = 'in_force' AND u.name = ANY(f.units)
            ))
      )
    ORDER BY r.id, n.name, o.not_before
)sql"};

// A reservation whose unit is not in the layout that its node has when it is to begin, nor in one that comes
// while its window lasts. What is in force may change by orders that nobody has given yet, so that speaks
// from a day before on; of one that was ordered it is known for as long as bookings are looked through for
// layouts (berth gpu layout --for).
constexpr pg::Query kWithout{"reservation_without_layout", R"sql(
    SELECT r.id AS reservation, n.name AS node, u.name AS unit, l.ordered_at,
        l.state = 'in_force' OR l.not_before <= clock_timestamp() AS is_there,
        coalesce(l.in_force_since, l.not_before) AS at
    FROM berth.reservation r
    JOIN berth.reservation_unit ru ON ru.reservation = r.id AND ru.live
    JOIN berth.unit u ON u.id = ru.unit
    JOIN berth.node n ON n.id = u.node
    CROSS JOIN LATERAL (
      SELECT o.state, o.units, o.not_before, o.ordered_at, o.in_force_since
      FROM berth.layout_order o
      WHERE o.node = n.id
        AND (o.state = 'in_force'
          OR (o.state = 'ordered' AND o.not_before <= greatest(r.start_at, clock_timestamp())))
      ORDER BY o.state DESC, o.not_before DESC, o.id DESC
      LIMIT 1
    ) AS l
    WHERE r.id = ANY($1::uuid[])
      AND r.state = 'APPROVED'
      AND r.end_at > clock_timestamp()
      AND r.start_at < clock_timestamp()
        + CASE l.state WHEN 'ordered' THEN interval '14 days' ELSE interval '1 day' END
      AND u.name <> ALL(l.units)
      AND NOT EXISTS (
        SELECT FROM berth.layout_order later
        WHERE later.node = n.id
          AND later.state = 'ordered'
          AND later.not_before > greatest(r.start_at, clock_timestamp())
          AND later.not_before < r.end_at
          AND u.name = ANY(later.units)
      )
    ORDER BY r.id, u.name
)sql"};

std::string shown_time(Instant at) {
  return format_rfc3339(std::chrono::floor<seconds>(at));
}

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
                    row.get<std::string>("node"), shown_time(row.get<Instant>("not_before"))));
  }
  const auto without = connection.exec(kWithout, ids);
  if (!without) return fail(within("look for reservations without their layout", without.error()));
  for (const auto& row : *without) {
    out[row.get<model::ReservationId>("reservation")].push_back(fmt::format(
        "Unit {} is not in the layout that the cards of node {} {} {}, by an admin's order of {}. Where no "
        "other unit of its class is free on that node, it does not start, and fails at its start deadline.",
        row.get<std::string>("unit"), row.get<std::string>("node"),
        row.get<bool>("is_there") ? "have had since" : "have from", shown_time(row.get<Instant>("at")),
        shown_time(row.get<Instant>("ordered_at"))));
  }
  return out;
}

}  // namespace berth::store
