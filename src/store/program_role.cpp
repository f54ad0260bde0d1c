#include "store/program_role.hpp"

#include <fmt/format.h>

#include "store/migrations.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kLook{"program_role", R"sql(
    SELECT r.rolname::text AS name, r.rolsuper AS super,
        coalesce(pg_has_role(r.oid, g.oid, 'USAGE'), true) AS in_group,
        coalesce(pg_has_role(r.oid, n.nspowner, 'MEMBER'), false) AS owns,
        current_setting('transaction_read_only') = 'on' AS read_only
    FROM pg_roles r
    LEFT JOIN pg_roles g ON g.rolname = $1
    LEFT JOIN pg_namespace n ON n.nspname = 'berth'
    WHERE r.rolname = current_user
)sql"};

tl::unexpected<Error> unfit(std::string_view slug, std::string message) {
  return fail(Code::kUnavailable, std::move(message), std::string(slug));
}

}  // namespace

Status check_program(pg::Connection& connection, std::string_view group) {
  const auto rows = connection.exec(kLook, group);
  if (!rows) return fail(within("look which role this is", rows.error()));
  if (rows->empty()) return unfit(kWrongRole, "the database does not know the role that came in");
  const auto row = rows->front();
  const auto name = row.get<std::string>("name");
  if (row.get<bool>("super") || row.get<bool>("owns")) {
    return unfit(
        kWrongRole,
        fmt::format("the database role {} is {}, whom the database refuses nothing: use a role of its "
                    "own, made by CREATE ROLE ... LOGIN IN ROLE {}",
                    name, row.get<bool>("super") ? "a superuser" : "the schema's owner", group));
  }
  if (!row.get<bool>("in_group")) {
    return unfit(kWrongRole,
                 fmt::format("the database role {} has not the rights of {}: use the role that was "
                             "made for this program, or GRANT {} TO {}",
                             name, group, group, name));
  }
  if (row.get<bool>("read_only")) {
    return unfit(kReadOnly,
                 "the database takes no writes: it is a standby, or default_transaction_read_only is on");
  }
  return {};
}

Status check_portal_database(pg::Connection& connection) {
  if (auto fine = check_program(connection, kPortalGroup); !fine) return fine;
  return check_schema(connection);
}

}  // namespace berth::store
