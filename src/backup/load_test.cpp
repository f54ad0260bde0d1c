// A database out and in again, on a real PostgreSQL.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "backup/backup.hpp"
#include "backup/stream_for_test.hpp"
#include "backup/tables.hpp"
#include "store/author.hpp"
#include "store/gate_keys.hpp"
#include "store/migrations.hpp"
#include "store/owner.hpp"
#include "testsupport/must.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::backup {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testsupport::must;

// Of every type that tables have, with what is hard to write down as text. Past triggers, which ask for more
// rows.
constexpr const char* kRows = R"sql(
    BEGIN;
    SELECT set_config('berth.actor', 'owner', true);
    INSERT INTO berth.app_user (id, email, name, role, password_hash) VALUES
      ('11111111-1111-4111-8111-111111111111', 'ana@example.org', E'A "quoted" \\ (name), {with} ''all''\n\t of it \u00e9\U0001F600', 'admin', NULL),
      ('22222222-2222-4222-8222-222222222222', 'bo@example.org', 'NULL', 'member', '');
    UPDATE berth.app_user SET name = 'Bo, once more' WHERE email = 'bo@example.org';
    INSERT INTO berth.web_session (token_hash, member, expires_at)
    VALUES ('\x00ff5c27', '11111111-1111-4111-8111-111111111111', now() + interval '1 day');
    INSERT INTO berth.cluster (name, facts) VALUES ('default', '{"a": [1, 2.50, "x\"y\\"], "b": null}');
    INSERT INTO berth.pool (name, cluster, currency, policy, site)
    SELECT 'lab', name, 'EUR', '{}', facts || '{"time_zone": "UTC"}' FROM berth.cluster;
    INSERT INTO berth.node (pool, name, kubernetes_name, cpu_milli, memory_gib, storage_gib, aside_cpu_milli, aside_memory_gib, aside_storage_gib, labels)
    SELECT id, 'n', 'n', 64000, 512, 1000, 0, 0, 0, ARRAY['a=b', 'c="d, e"', ''] FROM berth.pool;
    INSERT INTO berth.device_class (pool, name, ordinal, title, device_memory_gib, gpu_share, rate_micros, default_cpu_milli, default_memory_gib, default_storage_gib, ephemeral_gib, pods)
    SELECT id, 'slice', 0, 'Slice', 24, 0.1::float8 + 0.2::float8, 1, 1000, 1, 1, 1, 1 FROM berth.pool;
    INSERT INTO berth.unit (node, device_class, name, resource_name, replicas)
    SELECT n.id, c.id, 'u', 'nvidia.com/gpu', 1 FROM berth.node n, berth.device_class c;
    INSERT INTO berth.reservation (id, pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at, owner, name, rate_micros, currency)
    SELECT '33333333-3333-4333-8333-333333333333', pool, id, 1, 1, 1, 1, 'interactive_ml', '2026-12-01 10:00:00.123456+00', '2026-12-01 12:00+00',
        '11111111-1111-4111-8111-111111111111', '', 1, 'EUR' FROM berth.device_class;
    INSERT INTO berth.reservation_unit (reservation, unit, during, device, placement, device_class, cpu_milli, memory_gib, storage_gib)
    SELECT r.id, u.id, tstzrange(r.start_at, r.end_at), u.device, u.placement, r.device_class, 1, 1, 1 FROM berth.reservation r, berth.unit u;
    INSERT INTO berth.session (id, reservation, attempt, cluster, namespace_name, host, phase)
    VALUES ('44444444-4444-4444-8444-444444444444', '33333333-3333-4333-8333-333333333333', 1, 'default', 'berth-s-abc', 'h', 'Ready');
    INSERT INTO berth.leader (cluster, epoch, holder, since) VALUES ('default', 7, 'one', now());
    SELECT berth.emit('reservation', NULL, NULL, NULL, NULL);
    INSERT INTO berth.audit (at, actor, action, object_type, object_id, after)
    VALUES (now() - interval '3 years', 'owner', 'old', 'x', 'y', '{"k": "v"}');
    COMMIT
)sql";

std::span<const base::EmbeddedFile> steps() {
  return embedded::migrations();
}

class BackupLoad : public testing::Test {
 protected:
  BackupLoad() : source_(testsupport::postgres().fresh_database(steps(), std::string(store::kSchema))) {
    must(source_.connect().run(kRows));
    fs::create_directories(folder_);
  }
  ~BackupLoad() override { fs::remove_all(folder_); }

  std::string dumped(const testsupport::Database& database) {
    std::string out;
    StreamKey own;
    auto sealer = must(Sealer::begin(into(out), key_.public_half(), random_, own));
    RecordWriter writer(sealer);
    auto connection = database.connect();
    must(dump(connection, writer, "0.1.0"));
    return out;
  }
  Result<Loaded> loaded(const std::string& bytes, const testsupport::Database& into, Keep keep,
                        std::span<const base::EmbeddedFile> migrations = steps()) {
    auto opener = must(Opener::begin(out_of(bytes, 1 << 16), key_));
    RecordReader reader(opener);
    auto connection = into.connect();
    return load(connection, reader, keep, migrations);
  }
  static std::string text(const testsupport::Database& database, const std::string& statement) {
    auto connection = database.connect();
    const auto rows = must(connection.exec(pg::Query{"ask", statement}));
    return rows.front().get<std::string>("x");
  }
  static std::string objects(const testsupport::Database& database) {
    return text(database,
                "SELECT count(*)::text AS x FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM "
                "pg_namespace WHERE "
                "nspname ~ '^pg_' OR nspname = 'information_schema') AND NOT EXISTS (SELECT FROM pg_depend d "
                "WHERE d.objid "
                "= pg_class.oid AND deptype = 'e')");
  }
  static std::map<std::string, std::string> sums(const testsupport::Database& database) {
    auto connection = database.connect();
    auto transaction = must(pg::Transaction::begin(connection));
    must(fix_forms(connection));
    std::map<std::string, std::string> all;
    for (const auto& table : must(tables_of(connection)))
      all[table.name] = must(read_rows(connection, table, [](std::string_view) { return Status(); })).sha256;
    return all;
  }

  SystemRandom random_;
  PrivateKey key_{random_};
  testsupport::Database source_;
  fs::path folder_ = testing::TempDir() + "/berth-backup-load-" + std::to_string(::getpid());
};

TEST_F(BackupLoad, EveryTableIsThereAgainRowByRow) {
  const auto target = testsupport::postgres().fresh_database();
  const auto before = sums(source_);
  const auto done = loaded(dumped(source_), target, Keep::kAll);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->reservations, 1);
  EXPECT_EQ(done->live_sessions, 1);
  EXPECT_EQ(done->unaudited, 0);
  EXPECT_THAT(done->migrated, IsEmpty());
  auto after = sums(target);
  // What a restored database has to have otherwise, and nothing else.
  for (const auto* table : {"audit", "event", "installation", "leader", "web_session"}) {
    EXPECT_NE(after[table], before.at(table)) << table;
    after[table] = before.at(table);
  }
  EXPECT_EQ(after, before);
}

TEST(BackupTables, AsManyRowsAreReadAtOnceAsFitGoingByThemselves) {
  constexpr std::size_t kLarge = std::size_t{15} << 20;
  const auto power = [](std::vector<std::size_t> sizes) { return fetch_of(sizes); };
  std::vector<std::size_t> rows(4'000, 100);
  EXPECT_EQ(power(rows), 11U) << "2048";
  rows[1'500] = kLarge;
  EXPECT_EQ(power(rows), 10U) << "those before it";
  rows[2] = kLarge;
  EXPECT_EQ(power(rows), 1U);
  EXPECT_EQ(power({kLarge, 1, 1}), 0U) << "alone";
  EXPECT_EQ(power({1, kLarge}), 0U) << "a small one says nothing of the next";
  EXPECT_EQ(power({1, 1, 1}), 1U) << "no more than there are";
  EXPECT_EQ(power(std::vector<std::size_t>(20, 500'000)), 1U);
}

TEST_F(BackupLoad, SmallAndLargeRowsComeInAnyOrder) {
  must(source_.connect().run(
      "INSERT INTO berth.audit (actor, action, object_type, object_id, after) SELECT 'owner', 'x', 'y', "
      "i::text, CASE WHEN i % 997 IN (0, 1) THEN jsonb_build_object('k', repeat(i::text, 400000)) END FROM "
      "generate_series(1, 5000) i"));
  const auto target = testsupport::postgres().fresh_database();
  const auto done = loaded(dumped(source_), target, Keep::kNothing);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_GT(done->audit_rows, 5'000);
}

TEST_F(BackupLoad, AMigrationMeanwhileIsTold) {
  // More than one piece of the stream before the last table, so that there is a meanwhile.
  must(source_.connect().run(
      "INSERT INTO berth.audit (actor, action, object_type, object_id, after) SELECT 'owner', 'x', 'y', 'z', "
      "jsonb_build_object('k', string_agg(md5(i::text), '')) FROM generate_series(1, 30000) i"));
  bool migrated = false;
  StreamKey own;
  int pieces = 0;
  auto sealer = must(Sealer::begin(
      [&](std::string_view) -> Status {
        if (++pieces < 3 || migrated) return {};
        migrated = true;
        return source_.connect().run(
            "INSERT INTO berth.schema_migration (version, name, sha256) SELECT max(version) + 1, 'later', "
            "repeat('a', 64) FROM berth.schema_migration");
      },
      key_.public_half(), random_, own));
  RecordWriter writer(sealer);
  auto connection = source_.connect();
  const auto refused = dump(connection, writer, "0.1.0");
  ASSERT_TRUE(migrated);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "migrated_meanwhile");
  EXPECT_THAT(refused.error().message, HasSubstr("take the backup again"));
}

TEST_F(BackupLoad, WhatIsSaidOfItIsWhatTheTriedOneSays) {
  const auto target = testsupport::postgres().fresh_database();
  const auto bytes = dumped(source_);
  const auto done = loaded(bytes, target, Keep::kNothing);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(objects(target), "0") << "nothing of a trial stays";
  EXPECT_TRUE(loaded(bytes, target, Keep::kNothing)) << "and it can be tried again";
  EXPECT_EQ(std::to_string(done->audit_rows), text(source_, "SELECT count(*)::text AS x FROM berth.audit"));
}

TEST_F(BackupLoad, NumbersOfTheTimeThatIsLostAreNotGivenAgain) {
  const auto target = testsupport::postgres().fresh_database();
  ASSERT_TRUE(loaded(dumped(source_), target, Keep::kAll));
  const auto number = [&](const std::string& of) {
    return std::stoll(text(target, "SELECT (" + of + ")::text AS x"));
  };
  EXPECT_EQ(number("SELECT epoch FROM berth.leader"), 1'000'007) << "a reconciler of before is behind";
  EXPECT_GT(number("SELECT nextval('berth.event_id')"), 1'000'000'000);
  EXPECT_EQ(number("SELECT count(*) FROM berth.event"), 0) << "so an open page asks for all anew";
  EXPECT_EQ(number("SELECT count(*) FROM berth.web_session"), 0);
  EXPECT_GT(number("SELECT max(id) FROM berth.audit"), 1'000'000'000);
  EXPECT_EQ(text(target, "SELECT actor || ' ' || action AS x FROM berth.audit ORDER BY id DESC LIMIT 1"),
            "owner database.restored");
  EXPECT_EQ(text(target, "SELECT (restored_from < restored_at)::text AS x FROM berth.installation"), "true");
  EXPECT_EQ(text(target, "SELECT id::text AS x FROM berth.installation"),
            text(source_, "SELECT id::text AS x FROM berth.installation"));
}

TEST_F(BackupLoad, WhoOpensAnOldBackupSignsNoTickets) {
  auto connection = source_.connect();
  const auto before = must(store::signing_key(connection, random_, store::owner_author()));
  const auto bytes = dumped(source_);
  const auto target = testsupport::postgres().fresh_database();
  ASSERT_TRUE(loaded(bytes, target, Keep::kAll));
  EXPECT_EQ(text(target, "SELECT (retired_at IS NOT NULL)::text AS x FROM berth.gate_key"), "true");
  // As once what it signed has run out.
  must(
      target.connect().run("SELECT set_config('berth.actor', 'owner', false); UPDATE berth.gate_key SET "
                           "retired_at = retired_at - interval '2 minutes'"));
  auto restored = target.connect();
  EXPECT_NE(must(store::signing_key(restored, random_, store::owner_author())).id, before.id);
  const auto known = store::read_public_keys(must(restored.exec(store::kPublicGateKeys)));
  ASSERT_EQ(known.size(), 1U);
  EXPECT_NE(known.front().id, before.id);
}

TEST_F(BackupLoad, TriggersAndFencesAreAwakeAfterwards) {
  const auto target = testsupport::postgres().fresh_database();
  ASSERT_TRUE(loaded(dumped(source_), target, Keep::kAll));
  EXPECT_EQ(text(target, "SELECT count(*)::text AS x FROM pg_trigger WHERE tgenabled <> 'O'"), "0");
  auto connection = target.connect();
  const auto refused = connection.run("UPDATE berth.app_user SET name = 'x'");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("berth.actor is not set"));
  const auto id = "SELECT id::text AS x FROM berth.unit";
  EXPECT_EQ(text(target, id), text(source_, id));
  EXPECT_EQ(text(target, "SELECT nextval('berth.pool_id_seq')::text AS x"),
            text(source_, "SELECT nextval('berth.pool_id_seq')::text AS x"));
}

TEST_F(BackupLoad, MonthsOfTheAuditLogAreTablesOfTheirOwnAgain) {
  must(source_.connect().run(
      "CREATE TABLE berth.audit_2025_02 PARTITION OF berth.audit FOR VALUES FROM ('2025-02-01 00:00+00') TO "
      "('2025-03-01 00:00+00'); INSERT INTO berth.audit (at, actor, action, object_type, object_id) VALUES "
      "('2025-02-28 23:59:59.999999+00', 'owner', 'x', 'y', 'z')"));
  const auto target = testsupport::postgres().fresh_database();
  const auto done = loaded(dumped(source_), target, Keep::kAll);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(text(target, "SELECT count(*)::text AS x FROM berth.audit_2025_02"), "1");
}

TEST_F(BackupLoad, ADatabaseThatIsNotEmptyIsRefusedAndStaysAsItIs) {
  const auto bytes = dumped(source_);
  const auto target = testsupport::postgres().fresh_database();
  must(
      target.connect().run("CREATE TABLE public.somebodys (x int); INSERT INTO public.somebodys VALUES (7)"));
  const auto refused = loaded(bytes, target, Keep::kAll);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "not_empty");
  EXPECT_THAT(refused.error().message, HasSubstr("table public.somebodys"));
  EXPECT_EQ(objects(target), "1");
  const auto own = loaded(bytes, source_, Keep::kAll);
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().slug, "not_empty");
}

TEST_F(BackupLoad, ADatabaseThatSomebodyIsConnectedToIsRefusedButForATrial) {
  const auto target = testsupport::postgres().fresh_database();
  auto settings = target.settings();
  settings.application_name = "berth-portal";
  const auto portal = must(pg::Connection::connect(settings));
  const auto refused = loaded(dumped(source_), target, Keep::kAll);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "in_use");
  EXPECT_THAT(refused.error().message, HasSubstr("1 other connection, by postgres (berth-portal)"));
  EXPECT_EQ(objects(target), "0");
  const auto tried = loaded(dumped(source_), target, Keep::kNothing);
  EXPECT_TRUE(tried) << tried.error().message;
  EXPECT_EQ(objects(target), "0");
}

TEST_F(BackupLoad, ADatabaseThatIsMigratedJustNowIsRefused) {
  const auto target = testsupport::postgres().fresh_database();
  auto connection = target.connect();
  must(connection.run("SELECT pg_advisory_lock(hashtext('schema_migration'), hashtext('berth'))"));
  const auto refused = loaded(dumped(source_), target, Keep::kAll);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "busy");
}

TEST_F(BackupLoad, OfAnOlderProgramIsBroughtUpToThisOne) {
  const auto older = steps().first(steps().size() - 1);
  const auto database = testsupport::postgres().fresh_database(older, std::string(store::kSchema));
  must(database.connect().run(kRows));
  const auto target = testsupport::postgres().fresh_database();
  const auto done = loaded(dumped(database), target, Keep::kAll);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->migrated.size(), 1U);
  auto connection = target.connect();
  EXPECT_TRUE(store::check_schema(connection));
  EXPECT_EQ(text(target, "SELECT name AS x FROM berth.app_user WHERE email = 'bo@example.org'"),
            "Bo, once more");
}

TEST_F(BackupLoad, OfANewerProgramOrAnotherPastIsRefused) {
  const auto bytes = dumped(source_);
  const auto target = testsupport::postgres().fresh_database();
  const auto newer = loaded(bytes, target, Keep::kAll, steps().first(steps().size() - 1));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().slug, "newer_backup");
  EXPECT_EQ(newer.error().code, Code::kInvalid);
  must(source_.connect().run("UPDATE berth.schema_migration SET sha256 = 'other' WHERE version = 3"));
  const auto other = loaded(dumped(source_), target, Keep::kAll);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("schema step 3 is 0003_usage"));
  EXPECT_EQ(objects(target), "0");
}

TEST_F(BackupLoad, CutOffOrChangedLeavesNothing) {
  const auto bytes = dumped(source_);
  const auto target = testsupport::postgres().fresh_database();
  const auto cut = loaded(bytes.substr(0, bytes.size() - 1), target, Keep::kAll);
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message, HasSubstr("before its end"));
  auto changed = bytes;
  changed[changed.size() / 2] ^= 1;
  EXPECT_FALSE(loaded(changed, target, Keep::kAll));
  EXPECT_EQ(objects(target), "0");
}

/// Records of a database, one row of one table changed, under a seal that is right: what only the sums can
/// tell.
TEST_F(BackupLoad, ARowThatIsNotTheOneOfTheSumsLeavesNothing) {
  const auto bytes = dumped(source_);
  std::string out;
  StreamKey own;
  auto sealer = must(Sealer::begin(into(out), key_.public_half(), random_, own));
  auto inside = must(all_of(Opener::begin(out_of(bytes), key_)));
  const auto at = inside.find("Bo, once more");
  ASSERT_NE(at, std::string::npos);
  inside[at] = 'P';
  must(sealer.write(inside));
  must(sealer.finish());
  const auto target = testsupport::postgres().fresh_database();
  const auto refused = loaded(out, target, Keep::kAll);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("table app_user has 2 rows"));
  EXPECT_EQ(objects(target), "0");
  std::ofstream(folder_ / "changed", std::ios::binary) << out;
  const auto looked = look(folder_ / "changed", key_);
  ASSERT_FALSE(looked);
  EXPECT_THAT(looked.error().message, HasSubstr("not those that its sums are of"));
}

TEST_F(BackupLoad, AChangeWithoutItsAuditRowIsCounted) {
  must(source_.connect().run("DELETE FROM berth.audit WHERE object_type = 'reservation'"));
  const auto target = testsupport::postgres().fresh_database();
  EXPECT_EQ(must(loaded(dumped(source_), target, Keep::kNothing)).unaudited, 1);
}

/// As the CronJob does it: a role that may read and note, and an empty database of its own.
class MadeBackup : public BackupLoad {
 protected:
  MadeBackup() : scratch_(testsupport::postgres().fresh_database()) {
    must(source_.connect().run(
        "DO $$ BEGIN CREATE ROLE test_backup LOGIN IN ROLE berth_backup; EXCEPTION WHEN "
        "duplicate_object OR unique_violation THEN NULL; END $$"));
    auto owner = source_.connect();
    must(store::let_backups_read(owner));
    must(scratch_.connect().run(fmt::format("ALTER DATABASE {} OWNER TO test_backup", scratch_.name())));
  }
  Result<Made> made(std::size_t keep = 0) {
    return make({.database = source_.settings_as("test_backup"),
                 .scratch = scratch_.settings_as("test_backup"),
                 .key = key_.public_half(),
                 .folder = folder_,
                 .keep = keep,
                 .program = "0.1.0"},
                random_);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  testsupport::Database scratch_;
};

TEST_F(MadeBackup, IsTriedNotedAndOpensWithThePrivateKey) {
  const auto done = made();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(fs::file_size(done->file), done->bytes);
  EXPECT_EQ(objects(scratch_), "0");
  EXPECT_EQ(
      text(source_, "SELECT file || ' ' || sha256 || ' ' || key AS x FROM berth.backup"),
      fmt::format("{} {} {}", done->file.filename().string(), done->sha256, fingerprint(key_.public_half())));
  EXPECT_EQ(text(source_, "SELECT actor || ' ' || action AS x FROM berth.audit ORDER BY id DESC LIMIT 1"),
            "backup backup.created");
  const auto looked = look(done->file, key_);
  ASSERT_TRUE(looked) << looked.error().message;
  EXPECT_EQ(looked->sums, done->tried.sums);
  const auto target = testsupport::postgres().fresh_database();
  EXPECT_TRUE(restore(done->file, key_, target.settings(), Keep::kNothing));
}

TEST_F(MadeBackup, OneThatCannotBeTriedIsNone) {
  must(scratch_.connect().run("CREATE TABLE public.somebodys (x int)"));
  const auto failed = made();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "not_empty");
  EXPECT_THAT(failed.error().message, HasSubstr("try the backup that was just written"));
  EXPECT_EQ(files(), 1U) << "but for the lock";
  EXPECT_EQ(text(source_, "SELECT count(*)::text AS x FROM berth.backup"), "0");
}

TEST_F(MadeBackup, ASequenceThatMayNotBeReadIsNotLeftOut) {
  must(source_.connect().run("REVOKE SELECT ON SEQUENCE berth.event_id FROM berth_backup"));
  const auto failed = made();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("role test_backup may not read sequence berth.event_id"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(MadeBackup, NothingIsReadOfADatabaseThatIsBehind) {
  must(
      source_.connect().run("DELETE FROM berth.schema_migration WHERE version = (SELECT max(version) FROM "
                            "berth.schema_migration)"));
  const auto failed = made();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "schema_behind");
  EXPECT_EQ(files(), 1U);
}

TEST_F(MadeBackup, NothingIsReadOfADatabaseOfANewerProgram) {
  must(source_.connect().run(
      "INSERT INTO berth.schema_migration (version, name, sha256) SELECT max(version) + 1, 'later', "
      "repeat('a', 64) FROM berth.schema_migration; SELECT set_config('berth.actor', 'owner', false); "
      "UPDATE berth.installation SET serves_from_step = 1"));
  const auto failed = made();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "schema_ahead");
  EXPECT_THAT(failed.error().message, HasSubstr("apply deploy/backup of that version too"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(MadeBackup, NoneIsMadeByAClockThatWentBack) {
  must(source_.connect().run(
      "BEGIN; SELECT set_config('berth.actor', 'owner', true); INSERT INTO berth.backup (taken_at, "
      "verified_at, file, bytes, sha256, row_count, schema_step, key) VALUES (now() + interval '1 hour', "
      "now() + interval '2 hours', 'f', 1, repeat('a', 64), 1, 1, repeat('a', 16)); COMMIT"));
  const auto failed = made();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "clock_went_back");
  EXPECT_THAT(failed.error().message, HasSubstr("the database's clock went back"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(MadeBackup, ItsRoleChangesNothingElse) {
  auto connection = must(pg::Connection::connect(source_.settings_as("test_backup")));
  for (const auto* statement : {"UPDATE berth.app_user SET name = 'x'", "DELETE FROM berth.audit",
                                "INSERT INTO berth.event VALUES (1)", "SELECT nextval('berth.event_id')",
                                "SELECT berth.audit_drop_expired()",
                                "INSERT INTO berth.backup (taken_at, file, bytes, sha256, row_count, "
                                "schema_step, key) VALUES (now(), 'f', 1, 'x', 1, 1, 'k')"}) {
    const auto refused = connection.run(statement);
    ASSERT_FALSE(refused) << statement;
    EXPECT_EQ(refused.error().slug, "42501") << statement;
  }
  // And it notes in no other name than its own.
  const auto other = connection.run(
      "BEGIN; SELECT set_config('berth.actor', 'owner', true); SELECT berth.note_backup(gen_random_uuid(), "
      "now(), 'f', 1, repeat('a', 64), 1, 1, repeat('a', 16)); COMMIT");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("in whose name test_backup does not write"));
}

}  // namespace
}  // namespace berth::backup
