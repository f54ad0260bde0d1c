#include <gtest/gtest.h>

#include "pg/pg.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::pg {
namespace {

constexpr Query kInsert{"thing_insert", "INSERT INTO thing (name) VALUES ($1) RETURNING id"};
constexpr Query kNames{"thing_names", "SELECT name FROM thing ORDER BY name"};

Batch inserts(std::initializer_list<const char*> names) {
  Batch batch;
  for (const char* name : names) batch.add(kInsert, name);
  return batch;
}

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto made = connection_.run(
        "CREATE TABLE thing (id bigserial PRIMARY KEY, name text NOT NULL CONSTRAINT thing_name_once "
        "UNIQUE)");
    ASSERT_TRUE(made) << made.error().message;
  }

  std::vector<std::string> names() {
    const auto rows = connection_.exec(kNames);
    if (!rows) throw std::runtime_error(rows.error().message);
    std::vector<std::string> all;
    for (const auto& row : *rows) all.push_back(row.get<std::string>("name"));
    return all;
  }

  testsupport::Database database_ = testsupport::postgres().fresh_database();
  Connection connection_ = database_.connect();
};

TEST_F(ConnectionTest, PreparesAStatementOnceAndRunsItOften) {
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(connection_.exec(kInsert, name));
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b", "c"}));
  const auto prepared = connection_.exec(Query{
      "count_prepared", "SELECT count(*) AS n FROM pg_prepared_statements WHERE statement LIKE 'INSERT%'"});
  ASSERT_TRUE(prepared);
  EXPECT_EQ(prepared->front().get<int>("n"), 1);
}

TEST_F(ConnectionTest, CountsTheRowsTouched) {
  for (const char* name : {"a", "b"}) ASSERT_TRUE(connection_.exec(kInsert, name));
  const auto removed = connection_.exec(Query{"thing_remove", "DELETE FROM thing WHERE name = ANY($1)"},
                                        std::vector<std::string>{"a", "b", "x"});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(removed->affected(), 2);
  EXPECT_TRUE(removed->empty());
}

TEST_F(ConnectionTest, AViolatedConstraintIsAConflictWithItsName) {
  ASSERT_TRUE(connection_.exec(kInsert, "hunter2"));
  const auto again = connection_.exec(kInsert, "hunter2");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_EQ(again.error().slug, kUniqueViolation);
  EXPECT_TRUE(again.error().for_log) << "these are the database's words";
  EXPECT_EQ(violated_constraint(again.error()), "thing_name_once");
  EXPECT_EQ(again.error().message.find("hunter2"), std::string::npos) << again.error().message;
  EXPECT_FALSE(connection_.broken());
}

TEST_F(ConnectionTest, ARefusedValueIsNotRepeatedInTheError) {
  for (const char* sql : {"SELECT $1::int", "SELECT $1::uuid", "SELECT $1::timestamptz", "SELECT $1::jsonb",
                          "SELECT $1::inet", "SELECT $1::tstzrange"}) {
    const auto refused = connection_.exec(Query{sql, sql}, "hunter2");
    ASSERT_FALSE(refused) << sql;
    EXPECT_EQ(refused.error().code, Code::kInternal) << sql;
    EXPECT_TRUE(refused.error().slug.starts_with("22")) << refused.error().slug;
    EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos) << refused.error().message;
  }
}

TEST_F(ConnectionTest, TextThatPostgresqlCannotKeepIsRefused) {
  const auto zero = connection_.exec(kInsert, std::string("a\0b", 3));
  ASSERT_FALSE(zero);
  EXPECT_EQ(zero.error().code, Code::kInvalid);
  EXPECT_EQ(zero.error().message, "thing_insert: parameter 1 holds a zero byte");

  const auto latin1 = connection_.exec(kInsert, "\xe9");
  ASSERT_FALSE(latin1);
  EXPECT_EQ(latin1.error().code, Code::kInvalid);
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(ConnectionTest, AScriptRunsAsOneAndStopsAtItsFirstFault) {
  const auto failed = connection_.run("INSERT INTO thing (name) VALUES ('a'); SELECT 1/0; SELECT 2");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "22012");
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(ConnectionTest, CopyIsRefusedAndCostsTheConnection) {
  EXPECT_FALSE(connection_.run("COPY thing TO STDOUT"));
  EXPECT_TRUE(connection_.broken());
}

TEST_F(ConnectionTest, OneNameForTwoStatementsIsAFault) {
  ASSERT_TRUE(connection_.exec(Query{"twice", "SELECT 1"}));
  EXPECT_THROW(static_cast<void>(connection_.exec(Query{"twice", "SELECT 2"})), Misuse);
}

TEST_F(ConnectionTest, AStatementSurvivesAChangeOfItsTableBesideIt) {
  constexpr Query kAll{"thing_all", "SELECT * FROM thing"};
  ASSERT_TRUE(connection_.exec(kInsert, "a"));
  ASSERT_TRUE(connection_.exec(kAll));
  ASSERT_TRUE(database_.connect().run("ALTER TABLE thing ADD COLUMN colour text DEFAULT 'red'"));
  const auto rows = connection_.exec(kAll);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->front().get<std::string>("colour"), "red");
}

TEST_F(ConnectionTest, WhoseServerEndsItIsBroken) {
  const auto pid = connection_.exec(Query{"pid", "SELECT pg_backend_pid() AS pid"});
  ASSERT_TRUE(pid);
  auto other = database_.connect();
  ASSERT_TRUE(
      other.exec(Query{"end", "SELECT pg_terminate_backend($1, 5000)"}, pid->front().get<int>("pid")));

  const auto ended = connection_.exec(kNames);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::kUnavailable);
  EXPECT_TRUE(connection_.broken());
  const auto after = connection_.exec(kNames);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().slug, kConnectionLost);
}

TEST_F(ConnectionTest, ABatchAnswersEachStatementInOrder) {
  const auto answers = connection_.exec(inserts({"a", "b", "c"}));
  ASSERT_TRUE(answers) << answers.error().message;
  ASSERT_EQ(answers->size(), 3U);
  EXPECT_EQ((*answers)[2].front().get<int>("id"), 3);
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b", "c"}));
  const auto none = connection_.exec(Batch());
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST_F(ConnectionTest, ABatchMayHoldDifferentStatements) {
  Batch batch;
  batch.add(kInsert, "a");
  batch.add(kNames);
  const auto answers = connection_.exec(batch);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ((*answers)[1].front().get<std::string>("name"), "a");
}

TEST_F(ConnectionTest, ABatchIsOneUnit) {
  const auto failed = connection_.exec(inserts({"a", "a", "b"}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, kUniqueViolation);
  EXPECT_EQ(names(), std::vector<std::string>());
  EXPECT_TRUE(connection_.exec(inserts({"a"}))) << "the connection goes on";
}

TEST_F(ConnectionTest, ABatchLargerThanEverySocketBufferGoesThrough) {
  Batch batch;
  for (int i = 0; i < 2'000; ++i) batch.add(kInsert, std::to_string(i) + std::string(2'000, 'x'));
  const auto answers = connection_.exec(batch);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(names().size(), 2'000U);
}

TEST_F(ConnectionTest, ABatchBeyondTheLimitIsRefused) {
  Batch batch;
  for (std::size_t i = 0; i <= Batch::kMaxStatements; ++i) batch.add(kInsert, "a");
  const auto refused = connection_.exec(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooLarge);
}

TEST(Connect, ToNobodyIsUnavailable) {
  const auto nobody =
      Connection::connect({.conninfo = "host=/tmp/no-such-folder dbname=x user=y password=hunter2"});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, Code::kUnavailable);
  EXPECT_EQ(nobody.error().slug, kConnectFailed);
  EXPECT_EQ(nobody.error().message.find("hunter2"), std::string::npos) << nobody.error().message;
  EXPECT_NE(nobody.error().message.find("/tmp/no-such-folder"), std::string::npos) << nobody.error().message;
}

TEST(Connect, NeverRepeatsAMalformedConnectionString) {
  for (const char* conninfo : {"postgresql://u:hunter2/x@host/db", "postgresql://u:a@hunter2@host/db",
                               "postgresql://u:hunter2%zz@host/db", "host=h password hunter2",
                               "host=h hunter2", "postgresql://u@host:hunter2/db"}) {
    const auto refused = Connection::connect({.conninfo = conninfo});
    ASSERT_FALSE(refused) << conninfo;
    EXPECT_EQ(refused.error().slug, kConnectFailed) << conninfo;
    EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos) << refused.error().message;
  }
}

}  // namespace
}  // namespace berth::pg
