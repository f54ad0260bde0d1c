#include <gtest/gtest.h>

#include <thread>

#include "pg/pg.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::pg {
namespace {

constexpr Query kInsertOne{"account_insert", "INSERT INTO account (name, amount) VALUES ($1, $2)"};
constexpr Query kAmount{"account_amount", "SELECT amount FROM account WHERE name = $1"};
constexpr Query kTotal{"account_total", "SELECT coalesce(sum(amount), 0) AS total FROM account"};
constexpr Query kAdd{"account_add", "UPDATE account SET amount = amount + $2 WHERE name = $1"};
constexpr int kTries = 20;

class TransactionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(connection_.run("CREATE TABLE account (name text PRIMARY KEY, amount bigint NOT NULL)"));
  }
  int total() {
    const auto rows = connection_.exec(kTotal);
    if (!rows) throw std::runtime_error(rows.error().message);
    return rows->front().get<int>("total");
  }

  testsupport::Database database_ = testsupport::postgres().fresh_database();
  Connection connection_ = database_.connect();
};

TEST_F(TransactionTest, IsKeptByCommitAndByNothingElse) {
  {
    auto dropped = Transaction::begin(connection_);
    ASSERT_TRUE(dropped);
    ASSERT_TRUE(dropped->exec(kInsertOne, "a", 1));
  }
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(total(), 0);
  {
    auto kept = Transaction::begin(connection_);
    ASSERT_TRUE(kept->exec(kInsertOne, "a", 1));
    ASSERT_TRUE(kept->commit());
  }
  EXPECT_EQ(total(), 1);
}

TEST_F(TransactionTest, BeginsAndEndsInTheRoundTripsOfItsStatements) {
  Batch first;
  first.add(kInsertOne, "a", 1);
  first.add(kTotal);
  auto begun = Transaction::begin_with(connection_, first);
  ASSERT_TRUE(begun) << begun.error().message;
  auto& [transaction, answers] = *begun;
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].front().get<int>("total"), 1);
  EXPECT_TRUE(connection_.in_transaction());
  auto other = database_.connect();
  EXPECT_EQ(other.exec(kTotal)->front().get<int>("total"), 0) << "not yet";
  Batch last;
  last.add(kAdd, "a", 2);
  last.add(kTotal);
  const auto ended = transaction.commit_with(last);
  ASSERT_TRUE(ended) << ended.error().message;
  ASSERT_EQ(ended->size(), 2U);
  EXPECT_EQ(ended->at(1).front().get<int>("total"), 3);
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(other.exec(kTotal)->front().get<int>("total"), 3);
}

TEST_F(TransactionTest, AFailureInItsFirstOrLastStatementsLeavesNothing) {
  Batch twice;
  twice.add(kInsertOne, "a", 1);
  twice.add(kInsertOne, "a", 1);
  const auto begun = Transaction::begin_with(connection_, twice);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().slug, kUniqueViolation);
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(total(), 0);

  Batch once;
  once.add(kInsertOne, "a", 1);
  auto kept = Transaction::begin_with(connection_, once);
  ASSERT_TRUE(kept);
  const auto ended = kept->first.commit_with(twice);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().slug, kUniqueViolation);
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(total(), 0);
}

TEST_F(TransactionTest, NobodyKnowsOfACommitThatWasNotAnswered) {
  Batch first;
  first.add(Query{"own_pid", "SELECT pg_backend_pid() AS pid"});
  auto begun = Transaction::begin_with(connection_, first);
  ASSERT_TRUE(begun);
  auto other = database_.connect();
  ASSERT_TRUE(other.exec(Query{"end_it", "SELECT pg_terminate_backend($1)"},
                         begun->second.front().front().get<int>("pid")));
  Batch last;
  last.add(kInsertOne, "a", 1);
  const auto ended = begun->first.commit_with(last);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().slug, kCommitUnknown);
  EXPECT_TRUE(connection_.broken());
}

TEST_F(TransactionTest, WithAFailedStatementCannotBeCommitted) {
  auto transaction = Transaction::begin(connection_);
  ASSERT_TRUE(transaction->exec(kInsertOne, "a", 1));
  EXPECT_FALSE(transaction->exec(kInsertOne, "a", 1));
  const auto further = transaction->exec(kInsertOne, "b", 1);
  ASSERT_FALSE(further);
  EXPECT_EQ(further.error().slug, kTransactionAborted);
  const auto committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().slug, kTransactionAborted);
  EXPECT_EQ(total(), 0);
}

TEST_F(TransactionTest, GoesOnAfterASavepointIsRolledBack) {
  auto transaction = Transaction::begin(connection_);
  ASSERT_TRUE(transaction->exec(kInsertOne, "a", 1));
  {
    auto savepoint = transaction->savepoint();
    ASSERT_TRUE(savepoint);
    ASSERT_TRUE(transaction->exec(kInsertOne, "b", 10));
    EXPECT_FALSE(transaction->exec(kInsertOne, "a", 10));
  }
  {
    auto savepoint = transaction->savepoint();
    ASSERT_TRUE(savepoint);
    ASSERT_TRUE(transaction->exec(kInsertOne, "c", 100));
    ASSERT_TRUE(savepoint->release());
  }
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(total(), 101);
}

TEST_F(TransactionTest, ABatchThatFailsIsUndoneByItsSavepoint) {
  auto transaction = Transaction::begin(connection_);
  ASSERT_TRUE(transaction->exec(kInsertOne, "a", 1));
  {
    auto savepoint = transaction->savepoint();
    Batch taken;
    taken.add(kInsertOne, "b", 10);
    taken.add(kInsertOne, "a", 10);
    ASSERT_FALSE(connection_.exec(taken));
    ASSERT_TRUE(savepoint->rollback());
  }
  Batch fresh;
  fresh.add(kInsertOne, "b", 2);
  fresh.add(kInsertOne, "c", 3);
  ASSERT_TRUE(connection_.exec(fresh));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(total(), 6);
}

TEST_F(TransactionTest, InsideATransactionIsAFault) {
  auto outer = Transaction::begin(connection_);
  EXPECT_THROW(static_cast<void>(Transaction::begin(connection_)), Misuse);
}

TEST_F(TransactionTest, ThatMayOnlyReadDoesNotWrite) {
  auto transaction = Transaction::begin(connection_, Isolation::kRepeatableRead, Access::kReadOnly);
  const auto refused = transaction->exec(kInsertOne, "a", 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "25006");
}

TEST_F(TransactionTest, ThatLosesItsConnectionInCommitSaysThatNobodyKnows) {
  auto transaction = Transaction::begin(connection_);
  ASSERT_TRUE(transaction->exec(kInsertOne, "a", 1));
  const auto pid = transaction->exec(Query{"pid", "SELECT pg_backend_pid() AS pid"});
  ASSERT_TRUE(database_.connect().exec(Query{"end", "SELECT pg_terminate_backend($1, 5000)"},
                                       pid->front().get<int>("pid")));
  const auto committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kUnavailable);
  EXPECT_EQ(committed.error().slug, kCommitUnknown);
}

TEST_F(TransactionTest, CollidingSerializableOnesAllSucceedByTryingAgain) {
  ASSERT_TRUE(connection_.exec(kInsertOne, "a", 0));
  constexpr int kThreads = 4;
  constexpr int kEach = 10;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::array<int, kThreads> failures{};
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      auto own = database_.connect();
      for (int turn = 0; turn < kEach; ++turn) {
        const auto done =
            retry_serializable(own, Isolation::kSerializable, 1'000, [](Transaction& transaction) -> Status {
              const auto rows = transaction.exec(kAmount, "a");
              if (!rows) return fail(rows.error());
              const auto added = transaction.exec(kAdd, "a", 1);
              if (!added) return fail(added.error());
              return {};
            });
        if (!done) ++failures[i];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, (std::array<int, kThreads>{}));
  EXPECT_EQ(total(), kThreads * kEach);
}

TEST_F(TransactionTest, IsTriedAgainOnlyForCollisionsAndOnlySoOften) {
  int turns = 0;
  const auto collide = [&](std::string_view sqlstate) {
    return [&turns, sqlstate](Transaction& transaction) -> Result<int> {
      ++turns;
      const auto raised = transaction.connection().run("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '" +
                                                       std::string(sqlstate) + "'; END $$");
      if (!raised) return fail(raised.error());
      return 1;
    };
  };
  EXPECT_FALSE(retry_serializable(connection_, Isolation::kSerializable, kTries, collide(kDeadlockDetected)));
  EXPECT_EQ(turns, kTries);
  turns = 0;
  EXPECT_FALSE(retry_serializable(connection_, Isolation::kSerializable, kTries, collide(kUniqueViolation)));
  EXPECT_EQ(turns, 1);
}

}  // namespace
}  // namespace berth::pg
