#include "backup/backup.hpp"

#include <fmt/format.h>

#include "backup/file.hpp"
#include "store/author.hpp"
#include "store/migrations.hpp"
#include "store/standing.hpp"

namespace berth::backup {
namespace {

constexpr std::string_view kUnfinished = ".berth-backup.partial";

/// In whose name the database notes backups.
constexpr const char* kActor = "backup";

constexpr pg::Query kNote{"backup_note", R"sql(
    SELECT berth.note_backup(gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7) IS NULL AS noted
)sql"};

constexpr pg::Query kStepCount{"backup_step_count", "SELECT count(*) AS steps FROM berth.schema_migration"};
constexpr pg::Query kNotedAhead{"backup_noted_ahead", R"sql(
    SELECT clock_timestamp() AS now, max(taken_at) AS noted
    FROM berth.backup
    WHERE taken_at > clock_timestamp()
)sql"};

Result<pg::Connection> connect(const pg::Settings& settings, std::string_view what) {
  auto connection = pg::Connection::connect(settings);
  if (!connection) return fail(within(fmt::format("connect to {}", what), connection.error()));
  return connection;
}

/// A database that serves this program may have more steps than it (decision 15), and what is in them is not
/// what the trial would make. Before anything is written, not after hours.
Status check_steps(pg::Connection& connection, const std::string& program) {
  const auto rows = connection.exec(kStepCount);
  if (!rows) return fail(within("read the database's schema version", rows.error()));
  const auto has = rows->front().get<std::int64_t>("steps");
  const auto knows = static_cast<std::int64_t>(embedded::migrations().size());
  if (has <= knows) return {};
  return fail(Code::kUnavailable,
              fmt::format("the database is at schema step {}, this program ({}) at {}: a backup is made and "
                          "tried by the version "
                          "that migrated it, so apply deploy/backup of that version too",
                          has, program, knows),
              "schema_ahead");
}

/// By a clock that is behind, a new backup would look older than those before it: to whoever keeps the
/// newest, and to whoever watches their age.
Status check_clock(pg::Connection& connection) {
  const auto rows = connection.exec(kNotedAhead);
  if (!rows) return fail(within("read which backups there are", rows.error()));
  const auto noted = rows->front().get<std::optional<Instant>>("noted");
  if (!noted) return {};
  return fail(
      Code::kConflict,
      fmt::format(
          "the database's clock went back: it says {}, and a backup of {} is noted in berth.backup. Set the "
          "server's clock; where it is right now, remove the notes of the future (docs/backup.md)",
          format_rfc3339(rows->front().get<Instant>("now")), format_rfc3339(*noted)),
      "clock_went_back");
}

Status note(pg::Connection& connection, const Made& made, const PublicKey& key) {
  auto transaction = store::begin_write(connection, {kActor, "", ""});
  if (!transaction) return fail(transaction.error());
  const auto& head = made.tried.head;
  const auto noted = transaction->exec(
      kNote, head.taken_at, made.file.filename().string(), static_cast<std::int64_t>(made.bytes), made.sha256,
      made.tried.sums.rows(), static_cast<int>(head.steps.size()), fingerprint(key));
  if (!noted) return fail(noted.error());
  return transaction->commit();
}

/// Before hours of writing what could not be tried then.
Status check_scratch(const pg::Settings& scratch) {
  auto connection = connect(scratch, "the scratch database");
  if (!connection) return fail(connection.error());
  if (auto may = store::check_may_try(*connection); !may)
    return fail(within("the scratch database", may.error()));
  return {};
}

/// What is on the disk, restored in the scratch database and compared, by the key that it was written with.
Result<Loaded> tried(const std::filesystem::path& file, const StreamKey& key, const pg::Settings& scratch) {
  auto source = read_file(file);
  if (!source) return fail(source.error());
  auto opener = Opener::begin(std::move(*source), key);
  if (!opener) return fail(opener.error());
  RecordReader reader(*opener);
  auto connection = connect(scratch, "the scratch database");
  if (!connection) return fail(connection.error());
  return load(*connection, reader, Keep::kNothing, embedded::migrations());
}

}  // namespace

Result<Made> make(const MakeSettings& settings, Random& random) {
  const auto lock = FolderLock::take(settings.folder);
  if (!lock) return fail(lock.error());
  auto connection = connect(settings.database, "the database");
  if (!connection) return fail(connection.error());
  if (auto fine = store::check_backup_role(*connection); !fine) return fail(fine.error());
  if (auto fine = store::check_schema(*connection); !fine) return fail(fine.error());
  if (auto fine = check_steps(*connection, settings.program); !fine) return fail(fine.error());
  if (auto fine = store::check_backup_rights(*connection); !fine) return fail(fine.error());
  if (auto fine = check_clock(*connection); !fine) return fail(fine.error());
  if (auto fine = check_scratch(settings.scratch); !fine) return fail(fine.error());
  auto file = FileWriter::open(settings.folder / kUnfinished);
  if (!file) return fail(file.error());

  StreamKey own;
  auto sealer =
      Sealer::begin([&](std::string_view bytes) { return file->write(bytes); }, settings.key, random, own);
  if (!sealer) return fail(sealer.error());
  RecordWriter writer(*sealer);
  const auto dumped = dump(*connection, writer, settings.program);
  if (!dumped) return fail(within("back the database up", dumped.error()));
  if (auto done = file->flush(); !done) return fail(done.error());

  auto seen = tried(file->path(), own, settings.scratch);
  if (!seen) return fail(within("try the backup that was just written", seen.error()));
  if (seen->head != dumped->head || seen->sums != dumped->sums)
    return fail(Code::kInternal,
                "the backup that was just written says otherwise than what was written to it");

  Made made{.file = settings.folder / file_name(seen->head.installation, seen->head.taken_at),
            .bytes = file->bytes(),
            .sha256 = file->sha256(),
            .tried = std::move(*seen),
            .removed = {},
            .ahead = {}};
  if (auto kept = file->keep_as(made.file); !kept) return fail(kept.error());
  if (auto noted = note(*connection, made, settings.key); !noted) {
    return fail(within(
        fmt::format("{} is there and was tried, but the database could not be told", made.file.string()),
        noted.error()));
  }
  if (settings.keep > 0) {
    auto cleared = remove_older(settings.folder, made.tried.head.installation, made.file.filename().string(),
                                settings.keep);
    if (!cleared)
      return fail(within(fmt::format("{} is there, but older ones could not be removed", made.file.string()),
                         cleared.error()));
    made.removed = std::move(cleared->removed);
    made.ahead = std::move(cleared->ahead);
  }
  return made;
}

Result<Looked> look(const std::filesystem::path& file, const PrivateKey& key) {
  const auto of_file = [&](const Error& error) { return fail(within(file.string(), error)); };
  auto source = read_file(file);
  if (!source) return fail(source.error());
  auto opener = Opener::begin(std::move(*source), key);
  if (!opener) return of_file(opener.error());
  RecordReader reader(*opener);
  auto head = reader.head();
  if (!head) return of_file(head.error());
  Looked looked{opener->sealed_to(), std::move(*head), {}};
  Sums found;
  std::string table;
  RowHash hash;
  const auto close_table = [&] {
    if (!table.empty()) found.tables.push_back(hash.sum(table));
    hash = RowHash();
  };
  while (true) {
    const auto record = reader.next();
    if (!record) return of_file(record.error());
    if (record->kind == RecordReader::Kind::kRow) {
      hash.add(record->text);
      continue;
    }
    close_table();
    if (record->kind == RecordReader::Kind::kTable) {
      table = record->text;
      continue;
    }
    auto sums = parse_sums(record->text);
    if (!sums) return of_file(sums.error());
    if (sums->tables != found.tables)
      return of_file(
          Error{.code = Code::kMalformed, .message = "its rows are not those that its sums are of"});
    looked.sums = std::move(*sums);
    return looked;
  }
}

Result<Loaded> restore(const std::filesystem::path& file, const PrivateKey& key, const pg::Settings& database,
                       Keep keep) {
  auto source = read_file(file);
  if (!source) return fail(source.error());
  auto opener = Opener::begin(std::move(*source), key);
  if (!opener) return fail(within(file.string(), opener.error()));
  RecordReader reader(*opener);
  auto connection = connect(database, "the database");
  if (!connection) return fail(connection.error());
  if (auto may =
          keep == Keep::kAll ? store::check_may_restore(*connection) : store::check_may_try(*connection);
      !may) {
    return fail(may.error());
  }
  auto loaded = load(*connection, reader, keep, embedded::migrations());
  if (!loaded) return fail(within(file.string(), loaded.error()));
  return loaded;
}

}  // namespace berth::backup
