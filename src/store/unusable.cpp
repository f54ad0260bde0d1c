#include "store/unusable.hpp"

#include <fmt/format.h>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// A hold without a session is an outage of the unit; one with a session is that session's own matter. It
// counts for the step that runs and the next, as the placement has it.
constexpr pg::Query kUnusable{"unusable_units", R"sql(
    SELECT count(DISTINCT u.id) AS units,
        count(DISTINCT u.id) FILTER (WHERE u.out_of_service OR h.unit IS NOT NULL) AS unusable,
        coalesce(string_agg(DISTINCT h.why, ' ' ORDER BY h.why), '') AS why
    FROM berth.device_class c
    JOIN berth.pool p ON p.id = c.pool
    LEFT JOIN berth.reservation r ON r.id = $3::uuid
    JOIN berth.unit u ON u.device_class = c.id AND u.retired_at IS NULL
    LEFT JOIN berth.hold h
      ON h.unit = u.id
      AND h.session IS NULL
      AND h.released_at IS NULL
      AND $4 < clock_timestamp() + interval '1 hour'
    WHERE
      CASE
        WHEN r.id IS NULL THEN p.name = $1 AND c.name = $2
        ELSE p.id = r.pool AND CASE WHEN $2 = '' THEN c.id = r.device_class ELSE c.name = $2 END
      END
)sql"};

}  // namespace

Result<std::string> why_unusable(pg::Connection& connection, const AboutUnits& about, Instant at) {
  const auto reservation =
      about.reservation ? std::optional(about.reservation->value) : std::optional<std::string>();
  const auto rows = connection.exec(kUnusable, about.pool, about.device_class, reservation, at);
  if (!rows) return fail(within("look which units are out of service", rows.error()));
  const auto row = rows->front();
  const auto unusable = row.get<std::int64_t>("unusable");
  if (unusable == 0) return std::string();
  const auto why = row.get<std::string>("why");
  return fmt::format("{} of the {} units of this class {} out of service. {}", unusable,
                     row.get<std::int64_t>("units"), unusable == 1 ? "is" : "are",
                     why.empty() ? "An admin has taken them out." : why);
}

}  // namespace berth::store
