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
  return out;
}

}  // namespace berth::store
