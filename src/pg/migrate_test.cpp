#include <gtest/gtest.h>

#include <thread>

#include "pg/pg.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::pg {
namespace {

using namespace std::chrono_literals;
using Files = std::vector<base::EmbeddedFile>;

const MigrateSettings kSettings{.schema = "lab \"x\""};
const Files kTwo{{"0002_b.sql", "INSERT INTO a VALUES (2); INSERT INTO a VALUES (3);"},
                 {"0001_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1);"}};

Files with(Files files, base::EmbeddedFile further) {
  files.push_back(further);
  return files;
}

class MigrateTest : public testing::Test {
 protected:
  std::vector<std::string> applied_by(Connection& connection, const Files& files) {
    const auto done = migrate(connection, files, kSettings);
    if (!done) return {"refused: " + done.error().message};
    std::vector<std::string> names;
    for (const auto& migration : *done) names.push_back(migration.name);
    return names;
  }
  std::vector<std::string> apply(const Files& files) { return applied_by(connection_, files); }
  int sum() {
    const auto rows = connection_.exec(Query{"sum_a", "SELECT coalesce(sum(n), 0) AS sum FROM a"});
    if (!rows) throw std::runtime_error(rows.error().message);
    return rows->front().get<int>("sum");
  }

  testsupport::Database database_ = testsupport::postgres().fresh_database();
  Connection connection_ = database_.connect();
};

TEST_F(MigrateTest, AppliesWhatIsMissingInOrderAndSaysWhat) {
  EXPECT_EQ(apply(kTwo), (std::vector<std::string>{"0001_a", "0002_b"}));
  EXPECT_EQ(apply(kTwo), std::vector<std::string>());
  EXPECT_EQ(apply(with(kTwo, {"0003_c.sql", "INSERT INTO a VALUES (4)"})),
            (std::vector<std::string>{"0003_c"}));
  EXPECT_EQ(sum(), 10);
  const auto rows = connection_.exec(Query{
      "noted", R"(SELECT name, sha256, applied_at FROM "lab ""x""".schema_migration ORDER BY version)"});
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[1].get<std::string>("name"), "0002_b");
  EXPECT_EQ((*rows)[0].get<std::string>("sha256"),
            "ef25060c73ad0200021bc4eefbe9a7541c6f7669f3fafcb830bcf9b0a1442b8a");
}

TEST_F(MigrateTest, StopsAtTheFirstFaultAndKeepsWhatWasDoneBefore) {
  auto files = with(kTwo, {"0003_c.sql", "INSERT INTO a VALUES (100); SELECT no_such_function()"});
  files.push_back({"0004_d.sql", "INSERT INTO a VALUES (1000)"});
  const auto failed = migrate(connection_, files, kSettings);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "42883");
  EXPECT_TRUE(failed.error().message.starts_with("migration 0003_c: ")) << failed.error().message;
  EXPECT_EQ(sum(), 6);
  EXPECT_FALSE(connection_.in_transaction());

  files[2].bytes = "INSERT INTO a VALUES (4)";
  EXPECT_EQ(apply(files), (std::vector<std::string>{"0003_c", "0004_d"}));
}

TEST_F(MigrateTest, RefusesAFileThatChangedAfterItWasApplied) {
  apply(kTwo);
  auto files = with(kTwo, {"0003_c.sql", "INSERT INTO a VALUES (4)"});
  files[0].bytes = "INSERT INTO a VALUES (2); INSERT INTO a VALUES (4);";
  const auto refused = migrate(connection_, files, kSettings);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_TRUE(refused.error().message.starts_with("migration 0002_b was changed")) << refused.error().message;
  EXPECT_EQ(sum(), 6);
}

TEST_F(MigrateTest, RefusesADatabaseThatIsAhead) {
  apply(with(kTwo, {"0003_c.sql", "SELECT 1"}));
  EXPECT_EQ(apply(kTwo),
            (std::vector<std::string>{"refused: the database is at migration 0003_c, this program knows none "
                                      "beyond 0002_b: it is too old"}));
}

TEST_F(MigrateTest, RefusesGapsDuplicatesAndOtherNames) {
  const auto refusal = [](const Files& files) {
    const auto read = read_migrations(files);
    return read ? "accepted" : read.error().message;
  };
  EXPECT_EQ(refusal(with(kTwo, {"0004_d.sql", ""})), "migration 0003 is missing before 0004_d");
  EXPECT_EQ(refusal({{"0002_b.sql", ""}}), "migration 0001 is missing before 0002_b");
  EXPECT_EQ(refusal(with(kTwo, {"0001_z.sql", ""})), "migrations 0001_a and 0001_z have one number");
  EXPECT_EQ(refusal({{"0000_a.sql", ""}}), "migration 0001 is missing before 0000_a");
  for (const char* name : {"README.md", "1_a.sql", "0001_A.sql", "0001.sql", "0001_.sql", "sub/0001_a.sql",
                           "0001_a.SQL", "0001_a b.sql", "-001_a.sql", ""}) {
    EXPECT_EQ(refusal({{name, ""}}),
              "migration \"" + std::string(name) + "\": the name must be like 0001_name.sql");
  }
  EXPECT_EQ(refusal({}), "accepted");
}

TEST_F(MigrateTest, RefusesAFileThatEndsItsOwnTransaction) {
  for (const char* bytes : {"CREATE TABLE b (n int); COMMIT", "CREATE TABLE b (n int); COMMIT; BEGIN",
                            "CREATE TABLE b (n int); ROLLBACK", "ROLLBACK; BEGIN"}) {
    const auto database = testsupport::postgres().fresh_database();
    auto connection = database.connect();
    EXPECT_EQ(
        applied_by(connection, {{"0001_a.sql", bytes}}),
        (std::vector<std::string>{
            "refused: migration 0001_a: it ends its own transaction; what it did until then stays done"}))
        << bytes;
    EXPECT_FALSE(connection.in_transaction());
  }
}

TEST_F(MigrateTest, SeveralAtOnceApplyEachFileOnce) {
  Files files{{"0001_a.sql", "CREATE TABLE a (n int)"}};
  std::vector<std::string> names;
  names.reserve(20);
  for (int version = 2; version <= 20; ++version)
    names.push_back("00" + std::string(version < 10 ? "0" : "") + std::to_string(version) + "_x.sql");
  for (const auto& name : names) files.push_back({name, "INSERT INTO a VALUES (1)"});

  std::vector<std::thread> threads;
  std::array<std::vector<std::string>, 4> applied;
  for (auto& mine : applied) {
    threads.emplace_back([&] {
      auto connection = database_.connect();
      mine = applied_by(connection, files);
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<std::string> all;
  for (const auto& some : applied) all.insert(all.end(), some.begin(), some.end());
  EXPECT_EQ(all.size(), 20U);
  EXPECT_EQ(sum(), 19);
}

TEST_F(MigrateTest, WaitsForAnotherRunOnlySoLong) {
  auto other = database_.connect();
  ASSERT_TRUE(other.exec(Query{"lock", "SELECT pg_advisory_lock(hashtext('schema_migration'), hashtext($1))"},
                         kSettings.schema));
  auto settings = kSettings;
  settings.lock_timeout = 100ms;
  const auto refused = migrate(connection_, kTwo, settings);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTimeout);
  EXPECT_TRUE(refused.error().message.starts_with("wait for another migration run to end: "))
      << refused.error().message;
}

TEST_F(MigrateTest, HoldsNobodyUpForLongWhileOthersUseItsTable) {
  apply(kTwo);
  auto dump = database_.connect();
  ASSERT_TRUE(dump.run("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE"));
  const auto files = with(kTwo, {"0003_c.sql", "ALTER TABLE a ADD COLUMN later text"});
  std::vector<std::string> applied;
  std::thread migrating([&] {
    auto connection = database_.connect();
    applied = applied_by(connection, files);
  });
  // As soon as it waits for the table, who comes after it waits too, and is answered all the same.
  const auto until = std::chrono::steady_clock::now() + 60s;
  const Query waiting{
      "waiting", "SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"};
  while (connection_.exec(waiting)->front().get<int>("n") == 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_EQ(sum(), 6) << "before the dump is over";
  ASSERT_TRUE(dump.run("COMMIT"));
  migrating.join();
  EXPECT_EQ(applied, (std::vector<std::string>{"0003_c"}));
}

TEST_F(MigrateTest, WaitsForATableOnlySoLong) {
  apply(kTwo);
  auto dump = database_.connect();
  ASSERT_TRUE(dump.run("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE"));
  auto settings = kSettings;
  settings.migration_timeout = 4s;
  const auto refused =
      migrate(connection_, with(kTwo, {"0003_c.sql", "ALTER TABLE a ADD COLUMN later text"}), settings);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "55P03");
  EXPECT_NE(refused.error().message.find("others use a table that it changes; tried 2 times"),
            std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(connection_.in_transaction());
}

TEST_F(MigrateTest, LeavesTheConnectionAsItWas) {
  const auto before = connection_.settings().statement_timeout;
  apply(kTwo);
  EXPECT_EQ(connection_.settings().statement_timeout, before);
  const auto locks =
      connection_.exec(Query{"locks", "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'"});
  ASSERT_TRUE(locks);
  EXPECT_EQ(locks->front().get<int>("n"), 0);
}

TEST_F(MigrateTest, TemplatesGiveEachTestItsOwnCopy) {
  const auto one = testsupport::postgres().fresh_database(kTwo, "lab");
  const auto two = testsupport::postgres().fresh_database(kTwo, "lab");
  ASSERT_TRUE(one.connect().run("DELETE FROM a"));
  auto connection = two.connect();
  const auto rows = connection.exec(Query{"sum_a", "SELECT sum(n) AS sum FROM a"});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->front().get<int>("sum"), 6);
}

}  // namespace
}  // namespace berth::pg
