// A server that hangs, truly: processes of a real one are stopped.
#include <gtest/gtest.h>
#include <signal.h>

#include "pg/pg.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::pg {
namespace {

using namespace std::chrono_literals;

constexpr Query kSleep{"sleep", "SELECT pg_sleep($1)"};
constexpr Query kOne{"one", "SELECT 1 AS one"};
constexpr int kLongSleep_s = 60;
constexpr auto kLimit = 200ms;
constexpr auto kGrace = 1s;
// The limit, the grace, and a lot for a busy machine.
constexpr auto kAtMost = 15s;

/// A process that stands still until this ends.
class Stopped {
 public:
  explicit Stopped(int pid) : pid_(pid) {
    if (::kill(pid_, SIGSTOP) != 0) throw std::runtime_error("cannot stop a process of the server");
  }
  ~Stopped() { ::kill(pid_, SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  int pid_;
};

class DeadlineTest : public testing::Test {
 protected:
  void SetUp() override { connection_.set_statement_timeout(kLimit); }
  Connection connect() {
    auto settings = database_.settings();
    settings.cancel_grace = kGrace;
    auto made = Connection::connect(settings);
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }

  int backend() {
    const auto rows = connection_.exec(Query{"pid", "SELECT pg_backend_pid() AS pid"});
    if (!rows) throw std::runtime_error(rows.error().message);
    return rows->front().get<int>("pid");
  }
  std::chrono::steady_clock::duration taken() const { return std::chrono::steady_clock::now() - began_; }

  testsupport::Database database_ = testsupport::postgres().fresh_database();
  Connection connection_ = connect();
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

TEST_F(DeadlineTest, CancelsALateStatementAndKeepsTheConnection) {
  const auto late = connection_.exec(kSleep, kLongSleep_s);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kTimeout);
  EXPECT_EQ(late.error().slug, kQueryCanceled);
  EXPECT_EQ(late.error().message, "sleep: canceled, it took longer than 200 ms (57014)");
  EXPECT_FALSE(connection_.broken());
  EXPECT_GE(taken(), kLimit);
  EXPECT_LT(taken(), kAtMost);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(connection_.exec(kOne)) << "a cancel request that came too late";
}

TEST_F(DeadlineTest, CancelsALateBatchAndALateScript) {
  Batch batch;
  for (const int length_s : {0, kLongSleep_s, kLongSleep_s}) batch.add(kSleep, length_s);
  const auto late = connection_.exec(batch);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kTimeout);
  const auto script = connection_.run("SELECT pg_sleep(0); SELECT pg_sleep(60)");
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().code, Code::kTimeout);
  EXPECT_TRUE(connection_.exec(kOne));
  EXPECT_LT(taken(), kAtMost);
}

TEST_F(DeadlineTest, EndsTheWaitForALock) {
  auto holder = database_.connect();
  ASSERT_TRUE(holder.run("CREATE TABLE thing (id int)"));
  ASSERT_TRUE(holder.run("BEGIN; LOCK TABLE thing"));
  auto transaction = Transaction::begin(connection_);
  const auto waited = transaction->exec(Query{"read_thing", "SELECT * FROM thing"});
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Code::kTimeout);
  EXPECT_EQ(transaction->exec(kOne).error().slug, kTransactionAborted);
  ASSERT_TRUE(transaction->rollback());
  EXPECT_TRUE(connection_.exec(kOne));
}

TEST_F(DeadlineTest, GivesUpAServerProcessThatHangs) {
  {
    const Stopped stopped(backend());
    began_ = std::chrono::steady_clock::now();
    const auto late = connection_.exec(kOne);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kTimeout);
    EXPECT_EQ(late.error().slug, kConnectionLost);
    EXPECT_TRUE(connection_.broken());
    EXPECT_LT(taken(), kAtMost);
  }
  connection_ = connect();
  EXPECT_TRUE(connection_.exec(kOne));
}

TEST_F(DeadlineTest, GivesUpAServerProcessThatNoLongerReads) {
  const Stopped stopped(backend());
  began_ = std::chrono::steady_clock::now();
  constexpr std::size_t kMoreThanASocketHolds = 32'000'000;
  const auto late =
      connection_.exec(Query{"length", "SELECT length($1)"}, std::string(kMoreThanASocketHolds, 'x'));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kTimeout);
  EXPECT_TRUE(connection_.broken());
  EXPECT_LT(taken(), kAtMost);
}

TEST_F(DeadlineTest, HoldsWhenNobodyTakesTheCancelRequest) {
  {
    const Stopped stopped(testsupport::postgres().server().pid());
    began_ = std::chrono::steady_clock::now();
    const auto late = connection_.exec(kSleep, kLongSleep_s);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kTimeout);
    EXPECT_TRUE(connection_.broken());

    auto settings = database_.settings();
    settings.connect_timeout = kLimit;
    const auto nobody = Connection::connect(settings);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Code::kUnavailable);
    EXPECT_EQ(nobody.error().slug, kConnectFailed);
    EXPECT_NE(nobody.error().message.find("no answer within 200 ms"), std::string::npos)
        << nobody.error().message;
    EXPECT_LT(taken(), kAtMost);
  }
  connection_ = connect();
  EXPECT_TRUE(connection_.exec(kOne));
}

TEST_F(DeadlineTest, DoesNotForgetACommitThatMayHaveHappened) {
  ASSERT_TRUE(connection_.run("CREATE TABLE thing (id int)"));
  auto transaction = Transaction::begin(connection_);
  ASSERT_TRUE(transaction->connection().run("INSERT INTO thing VALUES (1)"));
  const Stopped stopped(backend());
  const auto committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().slug, kCommitUnknown);
}

TEST_F(DeadlineTest, OfASessionThatSitsInATransactionIsTheServers) {
  auto settings = database_.settings();
  settings.idle_in_transaction_timeout = 50ms;
  auto idle = Connection::connect(settings);
  ASSERT_TRUE(idle);
  auto transaction = Transaction::begin(*idle);
  const auto gone = Query{"idle_sessions",
                          "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() "
                          "AND pid <> pg_backend_pid()"};
  const auto until = std::chrono::steady_clock::now() + kAtMost;
  connection_.set_statement_timeout(5s);
  while (connection_.exec(gone)->front().get<int>("n") > 0 && std::chrono::steady_clock::now() < until) {
  }
  const auto late = transaction->exec(kOne);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kUnavailable);
  EXPECT_FALSE(idle->still_open());
}

}  // namespace
}  // namespace berth::pg
