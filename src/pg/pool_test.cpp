#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "pg/pg.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::pg {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoolPatience = 30s;
constexpr Query kPid{"pid", "SELECT pg_backend_pid() AS pid"};

class PoolTest : public testing::Test {
 protected:
  static int pid_of(Connection& connection) {
    const auto rows = connection.exec(kPid);
    if (!rows) throw std::runtime_error(rows.error().message);
    return rows->front().get<int>("pid");
  }
  int pid_of_next() {
    auto lease = pool_.lease(kPoolPatience);
    if (!lease) throw std::runtime_error(lease.error().message);
    return pid_of(**lease);
  }

  testsupport::Database database_ = testsupport::postgres().fresh_database();
  Pool pool_{database_.settings(), 2};
};

TEST_F(PoolTest, LendsAConnectionAgainWhenItIsBack) {
  const int first = pid_of_next();
  EXPECT_EQ(pid_of_next(), first);
}

TEST_F(PoolTest, LendsNoMoreThanItHasAndSaysSoInTime) {
  auto one = pool_.lease(kPoolPatience);
  ASSERT_TRUE(one);
  {
    auto two = pool_.lease(kPoolPatience);
    ASSERT_TRUE(two);
    EXPECT_NE(pid_of(**one), pid_of(**two));
    const auto three = pool_.lease(50ms);
    ASSERT_FALSE(three);
    EXPECT_EQ(three.error().code, Code::kUnavailable);
    EXPECT_EQ(three.error().slug, kNoConnectionFree);
  }
  EXPECT_TRUE(pool_.lease(50ms));
}

TEST_F(PoolTest, ReplacesAConnectionThatTheServerEndedWhileItLay) {
  const int first = pid_of_next();
  ASSERT_TRUE(database_.connect().exec(Query{"end", "SELECT pg_terminate_backend($1, 5000)"}, first));
  EXPECT_NE(pid_of_next(), first);
}

TEST_F(PoolTest, DoesNotLendATransactionOfSomeoneElse) {
  int first = 0;
  {
    auto lease = pool_.lease(kPoolPatience);
    ASSERT_TRUE(lease);
    first = pid_of(**lease);
    ASSERT_TRUE((*lease)->run("BEGIN"));
  }
  auto next = pool_.lease(kPoolPatience);
  ASSERT_TRUE(next);
  EXPECT_FALSE((*next)->in_transaction());
  EXPECT_NE(pid_of(**next), first);
}

TEST_F(PoolTest, KeepsItsSizeWhileTheDatabaseIsAway) {
  auto nowhere = database_.settings();
  nowhere.conninfo = "host=/tmp/no-such-folder dbname=x user=y";
  Pool pool(nowhere, 1);
  for (int i = 0; i < 3; ++i) {
    const auto lease = pool.lease(kPoolPatience);
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().slug, kConnectFailed);
  }
}

TEST_F(PoolTest, ServesManyThreadsOneConnectionEachAtATime) {
  std::atomic<int> in_use{0};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 25; ++turn) {
        auto lease = pool_.lease(kPoolPatience);
        if (++in_use > 2) ++failures;
        if (!lease || !(*lease)->exec(kPid)) ++failures;
        --in_use;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

TEST_F(PoolTest, MayEndBeforeALeaseDoes) {
  auto pool = std::make_unique<Pool>(database_.settings(), 1);
  auto lease = pool->lease(kPoolPatience);
  ASSERT_TRUE(lease);
  pool.reset();
  EXPECT_TRUE((*lease)->exec(kPid));
}

}  // namespace
}  // namespace berth::pg
