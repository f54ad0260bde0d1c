#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "backup/dump.hpp"
#include "backup/tables.hpp"
#include "pg/migrate_within.hpp"

namespace berth::backup {
namespace {

constexpr std::string_view kSchema = "berth";
constexpr std::size_t kBatchRows = 2'000;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

// Anything that is not the server's own or an extension's: the first three of it.
constexpr pg::Query kOfOthers{"restore_what_is_there", R"sql(
    SELECT format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'table' END,
        n.nspname, c.relname) AS what
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('schema %I', nspname)
    FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    ORDER BY what
    LIMIT 3
)sql"};

constexpr pg::Query kOthers{"restore_who_is_there", R"sql(
    SELECT count(*) AS connections,
        coalesce(string_agg(DISTINCT coalesce(usename::text, '?') || coalesce(' (' || nullif(application_name, '') || ')', ''), ', '), '') AS who
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
)sql"};

constexpr pg::Query kNow{"restore_now",
                         "SELECT current_database()::text AS database, clock_timestamp() AS now"};
/// What two servers' clocks may differ by.
constexpr seconds kClockSlack{60};

constexpr pg::Query kSetSequence{"restore_sequence", R"sql(
    SELECT setval(c.oid::regclass, $2::bigint)
    FROM pg_class c
    WHERE c.relnamespace = 'berth'::regnamespace AND c.relkind = 'S' AND c.relname = $1
)sql"};

constexpr pg::Query kCounts{"restore_counts", R"sql(
    SELECT (SELECT count(*) FROM berth.reservation) AS reservations,
        (SELECT count(*) FROM berth.session WHERE phase <> 'Gone') AS live_sessions,
        (SELECT count(*) FROM berth.audit) AS audit_rows,
        (SELECT count(*) FROM berth.reservation r
         WHERE r.created_at >= (SELECT min(at) FROM berth.audit)
           AND r.version > (SELECT count(*) FROM berth.audit a
                            WHERE a.object_type = 'reservation' AND a.object_id = r.id::text AND a.outcome = 'done')) AS unaudited
)sql"};

// What a database that goes on from an earlier moment has to have otherwise (decision 58). Whoever still has
// a number of the time that is lost (an open page its last event, a reconciler its epoch, a list its audit
// rows) must not meet it again for something else.
constexpr pg::Query kRestoreActor{"restore_actor", "SELECT set_config('berth.actor', 'owner', true)"};
constexpr pg::Query kMark{"restore_mark", R"sql(
    UPDATE berth.installation
    SET restored_at = greatest(clock_timestamp(), $1), restored_from = $1
)sql"};
constexpr pg::Query kEpochs{"restore_epochs", "UPDATE berth.leader SET epoch = epoch + 1000000"};
constexpr pg::Query kEvents{"restore_events", "DELETE FROM berth.event"};
constexpr pg::Query kSignOut{"restore_sign_out", "DELETE FROM berth.web_session"};
// Who opens an old backup has it; its successor is made when somebody asks for one.
constexpr pg::Query kRetireKey{
    "restore_retire_key",
    "UPDATE berth.gate_key SET retired_at = clock_timestamp() WHERE retired_at IS NULL"};
constexpr pg::Query kNumbers{"restore_numbers", R"sql(
    SELECT setval('berth.event_id', e.last_value + 1000000000), setval('berth.audit_id_seq', a.last_value + 1000000000)
    FROM berth.event_id e, berth.audit_id_seq a
)sql"};
constexpr pg::Query kRestoreNote{"restore_note", R"sql(
    INSERT INTO berth.audit (actor, action, object_type, object_id, after)
    SELECT 'owner', 'database.restored', 'installation', id::text,
        jsonb_build_object('taken_at', $1::timestamptz, 'rows', $2::bigint, 'live_sessions', $3::bigint)
    FROM berth.installation
)sql"};
constexpr pg::Query kLetRead{"restore_let_read", "SELECT berth.let_backups_read()"};

tl::unexpected<Error> unfit(std::string message, std::string slug) {
  return fail(Code::kConflict, std::move(message), std::move(slug));
}

/// The program's steps that the backup has: all of its own, or it is of another program.
Result<std::size_t> steps_of(const Head& head, const std::vector<pg::Migration>& known) {
  if (head.steps.size() > known.size()) {
    return fail(
        Code::kInvalid,
        fmt::format(
            "the backup is at schema step {} ({}), this program ({} steps) is too old: use one of the "
            "version that made it ({}) or later",
            head.steps.size(), head.steps.back().name, known.size(), head.program),
        "newer_backup");
  }
  for (std::size_t i = 0; i < head.steps.size(); ++i) {
    const auto& was = head.steps[i];
    if (was.name == known[i].name && was.sha256 == known[i].sha256) continue;
    return fail(
        Code::kInvalid,
        fmt::format("the backup's schema step {} is {} (sha256 {}), this program's is {} ({}): they have no "
                    "common past",
                    i + 1, was.name, was.sha256.substr(0, 12), known[i].name, known[i].sha256.substr(0, 12)),
        "other_history");
  }
  return head.steps.size();
}

Status check_nobody_else(pg::Connection& connection, const std::string& database) {
  const auto others = connection.exec(kOthers);
  if (!others) return fail(within("look who is connected", others.error()));
  const auto count = others->front().get<std::int64_t>("connections");
  if (count == 0) return {};
  return unfit(
      fmt::format("database {} has {} other connection{}, by {}: stop whoever uses it first, portals and "
                  "reconcilers too",
                  database, count, count == 1 ? "" : "s", others->front().get<std::string>("who")),
      "in_use");
}

Status check_target(pg::Connection& connection, const Head& head, Keep keep) {
  const auto had = pg::try_migrate_lock(connection, std::string(kSchema));
  if (!had) return fail(had.error());
  if (!*had) return unfit("somebody else migrates or restores this database just now", "busy");
  const auto now = connection.exec(kNow);
  if (!now) return fail(now.error());
  const auto database = now->front().get<std::string>("database");
  const auto there = connection.exec(kOfOthers);
  if (!there) return fail(within("look what is in the database", there.error()));
  if (!there->empty()) {
    std::string what;
    for (const auto& row : *there) what += (what.empty() ? "" : ", ") + row.get<std::string>("what");
    return unfit(
        fmt::format(
            "database {} is not empty (there is {}): a backup is put into an empty one, and nothing of "
            "this one was changed",
            database, what),
        "not_empty");
  }
  // Nobody sees anything of a trial, and a monitor that looks at each database of a server is no reason for
  // no backup.
  if (keep == Keep::kAll) {
    if (auto alone = check_nobody_else(connection, database); !alone) return alone;
  }
  if (const auto clock = now->front().get<Instant>("now"); clock + kClockSlack < head.taken_at) {
    return unfit(
        fmt::format("the database's clock says {}, and the backup is of {}: set the server's clock first",
                    format_rfc3339(clock), format_rfc3339(head.taken_at)),
        "clock_behind");
  }
  return {};
}

/// Empty tables without triggers. Months of the audit log are made, so that each can be dropped when it is
/// over.
Status make_room(pg::Connection& connection, const std::vector<Table>& tables, const Head& head) {
  std::string all;
  std::string script;
  for (const auto& table : tables) {
    const auto name = "berth." + pg::quote_identifier(table.name);
    script += fmt::format("ALTER TABLE {} DISABLE TRIGGER USER;\n", name);
    all += (all.empty() ? "" : ", ") + name;
  }
  script += "TRUNCATE " + all + ";\n";
  constexpr std::size_t kYear = 6;
  constexpr std::size_t kMonth = 11;
  for (const auto& month : head.audit_months) {
    const auto first = fmt::format("{}-{}-01", month.substr(kYear, 4), month.substr(kMonth, 2));
    script += fmt::format(
        "DO $make$ BEGIN IF to_regclass('berth.{0}') IS NULL THEN EXECUTE format('CREATE TABLE berth.{0} "
        "PARTITION OF "
        "berth.audit FOR VALUES FROM (%L) TO (%L)', timestamptz '{1} 00:00+00', timestamptz '{1} 00:00+00' + "
        "interval '1 month'); "
        "END IF; END $make$;\n",
        month, first);
  }
  if (auto done = connection.run(script); !done) return fail(within("make room for the rows", done.error()));
  return {};
}

Status wake_triggers(pg::Connection& connection, const std::vector<Table>& tables) {
  std::string script;
  for (const auto& table : tables)
    script += fmt::format("ALTER TABLE berth.{} ENABLE TRIGGER USER;\n", pg::quote_identifier(table.name));
  return connection.run(script);
}

/// All rows of all tables; the sums that the backup has of them.
Result<Sums> write_all(pg::Connection& connection, RecordReader& in, const std::vector<Table>& tables) {
  std::set<std::string> left;
  for (const auto& table : tables) left.insert(table.name);
  std::string table;
  std::vector<std::string> batch;
  std::size_t bytes = 0;
  const auto flush = [&]() -> Status {
    if (batch.empty()) return {};
    auto done = write_rows(connection, table, batch);
    batch.clear();
    bytes = 0;
    return done;
  };
  while (true) {
    const auto record = in.next();
    if (!record) return fail(record.error());
    if (record->kind == RecordReader::Kind::kRow) {
      batch.emplace_back(record->text);
      bytes += record->text.size();
      if (batch.size() < kBatchRows && bytes < kBatchBytes) continue;
      if (auto done = flush(); !done) return fail(done.error());
      continue;
    }
    if (auto done = flush(); !done) return fail(done.error());
    if (record->kind == RecordReader::Kind::kTable) {
      table = record->text;
      if (left.erase(table) == 0)
        return fail(Code::kMalformed,
                    fmt::format("it has a table {} that its schema does not have, or twice", table));
      continue;
    }
    if (!left.empty()) return fail(Code::kMalformed, fmt::format("it has no table {}", *left.begin()));
    return parse_sums(record->text);
  }
}

/// What is in the tables now, against what was in them when it was written.
Status compare(pg::Connection& connection, const std::vector<Table>& tables, const Sums& sums) {
  for (const auto& table : tables) {
    const auto wanted = std::find_if(sums.tables.begin(), sums.tables.end(),
                                     [&](const auto& one) { return one.table == table.name; });
    if (wanted == sums.tables.end())
      return fail(Code::kMalformed, fmt::format("it has no sum of table {}", table.name));
    const auto found = read_rows(connection, table, [](std::string_view) { return Status(); });
    if (!found) return fail(found.error());
    if (*found == *wanted) continue;
    return fail(
        Code::kMalformed,
        fmt::format("table {} has {} rows (sha256 {}) where the backup says {} ({})", table.name, found->rows,
                    found->sha256.substr(0, 12), wanted->rows, wanted->sha256.substr(0, 12)));
  }
  return {};
}

Status set_sequences(pg::Connection& connection, const Sums& sums) {
  for (const auto& [name, value] : sums.sequences) {
    const auto set = connection.exec(kSetSequence, name, value);
    if (!set) return fail(within("set sequence " + name, set.error()));
    if (set->empty())
      return fail(Code::kMalformed, fmt::format("it has a sequence {} that its schema does not have", name));
  }
  return {};
}

Status settle(pg::Connection& connection, const Loaded& loaded) {
  pg::Batch batch;
  batch.add(kRestoreActor);
  batch.add(kMark, loaded.head.taken_at);
  for (const auto& query : {kEpochs, kEvents, kSignOut, kRetireKey, kNumbers}) batch.add(query);
  batch.add(kRestoreNote, loaded.head.taken_at, loaded.sums.rows(), loaded.live_sessions);
  batch.add(kLetRead);
  if (const auto done = connection.exec(batch); !done)
    return fail(within("mark the database as restored", done.error()));
  return {};
}

Result<Loaded> fill(pg::Connection& connection, RecordReader& in, Head head,
                    std::span<const pg::Migration> steps) {
  if (auto made = pg::migrate_within(connection, steps, std::string(kSchema)); !made)
    return fail(within("make the schema", made.error()));
  if (auto fixed = fix_forms(connection); !fixed) return fail(fixed.error());
  const auto tables = tables_of(connection);
  if (!tables) return fail(tables.error());
  if (auto done = make_room(connection, *tables, head); !done) return fail(done.error());
  auto sums = write_all(connection, in, *tables);
  if (!sums) return fail(sums.error());
  if (auto same = compare(connection, *tables, *sums); !same) return fail(same.error());
  if (auto done = set_sequences(connection, *sums); !done) return fail(done.error());
  if (auto done = wake_triggers(connection, *tables); !done) return fail(done.error());
  const auto counts = connection.exec(kCounts);
  if (!counts) return fail(within("look at the audit log", counts.error()));
  const auto& row = counts->front();
  return Loaded{.head = std::move(head),
                .sums = std::move(*sums),
                .reservations = row.get<std::int64_t>("reservations"),
                .live_sessions = row.get<std::int64_t>("live_sessions"),
                .audit_rows = row.get<std::int64_t>("audit_rows"),
                .unaudited = row.get<std::int64_t>("unaudited"),
                .migrated = {}};
}

}  // namespace

Result<Loaded> load(pg::Connection& connection, RecordReader& in, Keep keep,
                    std::span<const base::EmbeddedFile> migrations) {
  const auto known = pg::read_migrations(migrations);
  if (!known) return fail(within("read the embedded migrations", known.error()));
  auto head = in.head();
  if (!head) return fail(head.error());
  const auto steps = steps_of(*head, *known);
  if (!steps) return fail(steps.error());

  connection.set_statement_timeout(kStatementLimit);
  auto transaction = pg::Transaction::begin(connection);
  if (!transaction) return fail(within("begin", transaction.error()));
  if (auto fit = check_target(connection, *head, keep); !fit) return fail(fit.error());
  auto loaded = fill(connection, in, std::move(*head), std::span(*known).first(*steps));
  if (!loaded) return loaded;
  if (keep == Keep::kNothing) {
    if (auto undone = transaction->rollback(); !undone) return fail(undone.error());
    return loaded;
  }
  const auto later = pg::migrate_within(connection, *known, std::string(kSchema));
  if (!later) return fail(within("bring the schema up to this program's", later.error()));
  for (const auto& step : *later) loaded->migrated.push_back(step.name);
  if (auto done = settle(connection, *loaded); !done) return fail(done.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return loaded;
}

}  // namespace berth::backup
