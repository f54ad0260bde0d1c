#include "store/standing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace berth::store {
namespace {

// Names as SQL has them, so that a statement can be copied. "In" a group is by somebody's grant: who made a
// group may grant it, and is no program for that.
constexpr pg::Query kLook{"standing", R"sql(
    SELECT quote_ident(r.rolname) AS name, r.rolsuper AS super, r.rolsuper OR r.rolcreaterole AS makes_roles,
        quote_ident(d.datname) AS database, quote_ident(o.rolname) AS owner, o.rolsuper AS owner_super,
        has_database_privilege(d.oid, 'CREATE') AS makes_schemas,
        n.oid IS NOT NULL AS there, coalesce(quote_ident(pg_get_userbyid(n.nspowner)), '') AS schema_owner,
        coalesce(pg_has_role(n.nspowner, 'USAGE'), false) AS owns_schema,
        coalesce(has_schema_privilege(n.oid, 'USAGE'), false) AS looks_in,
        ARRAY(SELECT wanted FROM unnest(ARRAY['berth_portal', 'berth_reconciler']) wanted
              WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)) AS missing,
        ARRAY(SELECT g.rolname::text FROM pg_roles g
              WHERE g.rolname IN ('berth_portal', 'berth_reconciler', 'berth_backup') AND NOT r.rolsuper
                AND pg_has_role(g.oid, 'USAGE') AND NOT pg_has_role(g.oid, 'USAGE WITH ADMIN OPTION')
              ORDER BY g.rolname) AS programs,
        EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_backup') AS backups,
        coalesce((SELECT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = 'berth_backup'), false) AS in_backups
    FROM pg_roles r
    JOIN pg_database d ON d.datname = current_database()
    JOIN pg_roles o ON o.oid = d.datdba
    LEFT JOIN pg_namespace n ON n.nspname = 'berth'
    WHERE r.rolname = current_user
)sql"};

// The first of what is there, and of the databases that the role could come into instead.
constexpr pg::Query kAround{"standing_around", R"sql(
    SELECT ARRAY(
        SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        ORDER BY 1
        LIMIT 3) AS has,
      ARRAY(
        SELECT quote_ident(datname)
        FROM pg_database
        WHERE datname <> current_database() AND NOT datistemplate AND datallowconn AND datname <> 'postgres'
          AND has_database_privilege(oid, 'CONNECT')
        ORDER BY datname !~ 'berth', datname
        LIMIT 5) AS others
)sql"};

constexpr pg::Query kUnreadable{"standing_unreadable", R"sql(
    SELECT CASE c.relkind WHEN 'S' THEN 'read sequence' ELSE 'read table' END || format(' %I.%I', n.nspname, c.relname) AS what
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'berth' AND c.relkind IN ('r', 'p', 'S') AND NOT c.relispartition
      AND NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT, USAGE') ELSE has_table_privilege(c.oid, 'SELECT') END
    UNION ALL
    SELECT format('call %I.%I', n.nspname, p.proname)
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'berth' AND p.proname = 'note_backup' AND NOT has_function_privilege(p.oid, 'EXECUTE')
    ORDER BY what
    LIMIT 1
)sql"};

constexpr std::string_view kMakeBackupGroup = "CREATE ROLE berth_backup NOLOGIN";

struct Standing {
  std::string name, database, owner, schema_owner;
  bool super = false, makes_roles = false, owner_super = false, makes_schemas = false;
  bool there = false, owns_schema = false, looks_in = false, backups = false, in_backups = false;
  std::vector<std::string> missing, programs;
};

Result<Standing> look(pg::Connection& connection) {
  const auto rows = connection.exec(kLook);
  if (!rows) return fail(within("look what the database's role may do", rows.error()));
  if (rows->empty())
    return fail(Code::kForbidden, "the database does not know the role that came in",
                std::string(kNoStanding));
  const auto row = rows->front();
  return Standing{.name = row.get<std::string>("name"),
                  .database = row.get<std::string>("database"),
                  .owner = row.get<std::string>("owner"),
                  .schema_owner = row.get<std::string>("schema_owner"),
                  .super = row.get<bool>("super"),
                  .makes_roles = row.get<bool>("makes_roles"),
                  .owner_super = row.get<bool>("owner_super"),
                  .makes_schemas = row.get<bool>("makes_schemas"),
                  .there = row.get<bool>("there"),
                  .owns_schema = row.get<bool>("owns_schema"),
                  .looks_in = row.get<bool>("looks_in"),
                  .backups = row.get<bool>("backups"),
                  .in_backups = row.get<bool>("in_backups"),
                  .missing = row.get<std::vector<std::string>>("missing"),
                  .programs = row.get<std::vector<std::string>>("programs")};
}

tl::unexpected<Error> refuse(std::string message) {
  return fail(Code::kForbidden, std::move(message), std::string(kNoStanding));
}

Status check_groups(const Standing& it) {
  if (it.missing.empty() || it.makes_roles) return {};
  std::string statements;
  for (const auto& group : it.missing)
    statements += fmt::format("{}CREATE ROLE {} NOLOGIN", statements.empty() ? "" : "; ", group);
  return refuse(
      fmt::format("the server has no role {}, and role {} may make none; as an admin of the server: {}",
                  fmt::join(it.missing, " and no "), it.name, statements));
}

Status check_makes_schemas(const Standing& it) {
  if (it.makes_schemas) return {};
  return refuse(fmt::format(
      "role {0} may make nothing in database {1}, whose owner is {2}; where {0} is the right one, as "
      "an admin of the server: ALTER DATABASE {1} OWNER TO {0}",
      it.name, it.database, it.owner));
}

/// Whom to come in as; where the database has no such owner, what makes one.
std::string as_its_owner(const Standing& it) {
  if (!it.owner_super && it.owner != it.name)
    return fmt::format(
        "come in as its owner {}, or first give it the one that berth migrate comes in as; as an "
        "admin of the server: ALTER DATABASE {} OWNER TO berth_owner",
        it.owner, it.database);
  return fmt::format(
      "as an admin of the server: ALTER DATABASE {} OWNER TO berth_owner (the role that berth "
      "migrate comes in as), and then come in as that role",
      it.database);
}

}  // namespace

Status check_may_migrate(pg::Connection& connection) {
  const auto it = look(connection);
  if (!it) return fail(it.error());
  if (it->there) {
    if (it->super || it->owns_schema) return {};
    return refuse(
        fmt::format("schema berth of database {} belongs to role {}, and {} may not change it: run berth "
                    "migrate as {}",
                    it->database, it->schema_owner, it->name, it->schema_owner));
  }
  if (auto fine = check_makes_schemas(*it); !fine) return fine;
  return check_groups(*it);
}

Status check_may_restore(pg::Connection& connection) {
  const auto it = look(connection);
  if (!it) return fail(it.error());
  if (it->super) {
    return refuse(fmt::format(
        "role {} is a superuser: what it restores into database {} would be its own, and no other "
        "role's berth migrate could change it. Nothing was done; {}",
        it->name, it->database, as_its_owner(*it)));
  }
  if (!it->programs.empty()) {
    return refuse(fmt::format(
        "role {} is in {}, for a program that runs: what it restores into database {} would be its "
        "own. Nothing was done; {}",
        it->name, fmt::join(it->programs, " and "), it->database, as_its_owner(*it)));
  }
  if (it->owner != it->name) {
    return refuse(fmt::format(
        "database {0} belongs to role {1}: what {2} restores would be {2}'s, and {1}'s berth migrate "
        "could not change it. Nothing was done; come in as {1}, or, where {2} is whom berth migrate "
        "comes in as, as an admin of the server: ALTER DATABASE {0} OWNER TO {2}",
        it->database, it->owner, it->name));
  }
  return check_groups(*it);
}

Status check_may_try(pg::Connection& connection) {
  const auto it = look(connection);
  if (!it) return fail(it.error());
  if (auto fine = check_makes_schemas(*it); !fine) return fine;
  return check_groups(*it);
}

Status check_backup_role(pg::Connection& connection) {
  const auto it = look(connection);
  if (!it) return fail(it.error());
  if (!it->there || it->super || it->owns_schema || (it->in_backups && it->looks_in)) return {};
  if (it->in_backups) {
    return refuse(fmt::format(
        "role {} is in {}, which may not look into database {} yet: run berth migrate as {}, which "
        "gives it its rights",
        it->name, kBackupGroup, it->database, it->schema_owner));
  }
  if (!it->backups) {
    return refuse(
        fmt::format("the server has no role {0}, so nothing lets {1} read database {2}; as an admin of the "
                    "server: {3}; GRANT {0} TO {1}; then run berth migrate as {4}",
                    kBackupGroup, it->name, it->database, kMakeBackupGroup, it->schema_owner));
  }
  return refuse(fmt::format(
      "role {1} is not in {0}, so it may not read database {2}; as an admin of the server: GRANT {0} "
      "TO {1}",
      kBackupGroup, it->name, it->database));
}

Status check_backup_rights(pg::Connection& connection) {
  const auto it = look(connection);
  if (!it) return fail(it.error());
  const auto rows = connection.exec(kUnreadable);
  if (!rows) return fail(within("look what the database's role may read", rows.error()));
  if (rows->empty()) return {};
  return refuse(fmt::format("role {} may not {}: run berth migrate as {}, which gives {} that right",
                            it->name, rows->front().get<std::string>("what"), it->schema_owner,
                            kBackupGroup));
}

Result<std::optional<std::string>> why_unread(pg::Connection& connection) {
  const auto it = look(connection);
  if (!it) return fail(it.error());
  if (it->there && it->looks_in) return std::nullopt;
  if (it->there) {
    return fmt::format(
        "schema berth of database {} belongs to role {}, and {} may not look into it, so its step "
        "is not known: come in as the role that was made for this program, or run berth migrate as {}",
        it->database, it->schema_owner, it->name, it->schema_owner);
  }
  const auto rows = connection.exec(kAround);
  if (!rows) return fail(within("look what else there is", rows.error()));
  const auto has = rows->front().get<std::vector<std::string>>("has");
  const auto others = rows->front().get<std::vector<std::string>>("others");
  return fmt::format(
      "database {} has no schema berth ({}). Where Berth's is another one, name that in the URL "
      "({}); where it is this one, run berth migrate as its owner {}",
      it->database,
      has.empty() ? std::string("it is empty")
                  : fmt::format("it has {}: another program's", fmt::join(has, ", ")),
      others.empty() ? std::string("this server has no other that this role may enter")
                     : fmt::format("this server also has {}", fmt::join(others, ", ")),
      it->owner);
}

Result<std::optional<std::string>> no_backups_yet(pg::Connection& connection) {
  const auto it = look(connection);
  if (!it) return fail(it.error());
  if (it->backups) return std::nullopt;
  return fmt::format(
      "the server has no role {}, so berth backup cannot read database {}; as an admin of the server: {}, "
      "and then run berth migrate as {}",
      kBackupGroup, it->database, kMakeBackupGroup, it->schema_owner);
}

}  // namespace berth::store
