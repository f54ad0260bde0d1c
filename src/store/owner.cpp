#include "store/owner.hpp"

#include <fmt/format.h>

namespace berth::store {
namespace {

constexpr pg::Query kSelf{"owner_self", R"sql(
    SELECT quote_ident(r.rolname) AS name, r.rolsuper AS super, r.rolcreaterole AS makes_roles
    FROM pg_roles r
    WHERE r.rolname = current_user
)sql"};

// Of the two groups, and so of everyone, what lets them make objects: each row one REVOKE.
constexpr pg::Query kMakers{"owner_makers", R"sql(
    SELECT format('database %I', d.datname) AS place,
        format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC, berth_portal, berth_reconciler', d.datname) AS statement
    FROM pg_database d
    WHERE d.datname = current_database() AND EXISTS (
      SELECT FROM unnest(ARRAY['berth_portal', 'berth_reconciler']) program
      WHERE has_database_privilege(program, d.oid, 'TEMPORARY, CREATE')
    )
    UNION ALL
    SELECT format('schema %I', n.nspname),
        format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC, berth_portal, berth_reconciler', n.nspname)
    FROM pg_namespace n
    WHERE EXISTS (
      SELECT FROM unnest(ARRAY['berth_portal', 'berth_reconciler']) program
      WHERE has_schema_privilege(program, n.oid, 'CREATE')
    )
    ORDER BY place
)sql"};

constexpr pg::Query kLetBackupsRead{"owner_let_backups_read", "SELECT berth.let_backups_read()"};

}  // namespace

Status let_backups_read(pg::Connection& connection) {
  if (const auto done = connection.exec(kLetBackupsRead); !done)
    return fail(within("let backups read the database", done.error()));
  return {};
}

Result<std::vector<std::string>> loose_ends(pg::Connection& connection) {
  const auto rows = connection.exec(kMakers);
  if (!rows) return fail(within("look who makes objects in the database", rows.error()));
  std::vector<std::string> left;
  for (const auto& row : *rows) {
    left.push_back(fmt::format("the running programs may make objects in {}; as its owner: {}",
                               row.get<std::string>("place"), row.get<std::string>("statement")));
  }
  return left;
}

Result<std::vector<std::string>> tie_up(pg::Connection& connection) {
  auto left = loose_ends(connection);
  if (!left) return left;
  const auto self = connection.exec(kSelf);
  if (!self) return fail(within("look what the owner may do", self.error()));
  const auto name = self->front().get<std::string>("name");
  if (self->front().get<bool>("super")) {
    left->push_back(
        fmt::format("the schema's owner {} is a superuser: migrate as a role of its own that is none", name));
  } else if (self->front().get<bool>("makes_roles")) {
    const auto statement = fmt::format("ALTER ROLE {} NOCREATEROLE", name);
    if (const auto done = connection.run(statement); !done) {
      left->push_back(fmt::format(
          "the schema's owner can make roles, which it no longer needs; as a superuser: {}", statement));
    }
  }
  return left;
}

}  // namespace berth::store
