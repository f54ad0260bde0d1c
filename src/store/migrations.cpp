#include "store/migrations.hpp"

#include <fmt/format.h>

#include "store/standing.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kApplied{"migrations_applied", R"sql(
    SELECT coalesce(max(version), 0) AS version
    FROM berth.schema_migration
)sql"};
constexpr pg::Query kServesFrom{"migrations_serves_from", R"sql(
    SELECT serves_from_step
    FROM berth.installation
)sql"};
constexpr pg::Query kInstallation{"installation_id", R"sql(SELECT id FROM berth.installation)sql"};

}  // namespace

Result<std::vector<pg::Migration>> migrate(pg::Connection& connection) {
  return pg::migrate(connection, embedded::migrations(), {.schema = std::string(kSchema)});
}

Status check_schema(pg::Connection& connection) {
  const auto known = pg::read_migrations(embedded::migrations());
  if (!known) return fail(within("read the embedded migrations", known.error()));
  const int wanted = known->empty() ? 0 : known->back().version;
  const auto rows = connection.exec(kApplied);
  constexpr std::string_view kUndefinedTable = "42P01";
  constexpr std::string_view kUndefinedSchema = "3F000";
  // While the first migration runs, there is a schema that nobody has been let into.
  constexpr std::string_view kNotAllowed = "42501";
  int applied = 0;
  if (rows) {
    applied = rows->front().get<int>("version");
  } else if (rows.error().slug != kUndefinedTable && rows.error().slug != kUndefinedSchema &&
             rows.error().slug != kNotAllowed) {
    return fail(within("read the database's schema version", rows.error()));
  } else {
    // "Step 0" alone would tell of an empty database whoever came into another one, or may not look.
    auto why = why_unread(connection);
    if (!why) return fail(within("look why the database's schema version cannot be read", why.error()));
    if (*why) return fail(Code::kUnavailable, std::move(**why), "schema_behind");
  }
  if (applied == wanted) return {};
  const bool behind = applied < wanted;
  if (!behind) {
    const auto serves = connection.exec(kServesFrom);
    if (!serves) return fail(within("read which programs the database serves", serves.error()));
    if (serves->front().get<int>("serves_from_step") <= wanted) return {};
  }
  return fail(Code::kUnavailable,
              fmt::format("the database is at schema step {}, this program at {}: {}", applied, wanted,
                          behind ? "run berth migrate" : "use a newer program"),
              behind ? "schema_behind" : "schema_ahead");
}

Result<std::string> installation_id(pg::Connection& connection) {
  const auto rows = connection.exec(kInstallation);
  if (!rows) return fail(within("read the installation's id", rows.error()));
  return rows->front().get<std::string>("id");
}

}  // namespace berth::store
