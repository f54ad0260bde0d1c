#include "http/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "http/raw_client.hpp"

namespace berth::http {
namespace {

TEST(WorkerPool, RunsTasksOnSeveralThreadsAtOnce) {
  WorkerPool pool(3, 10);
  std::atomic<int> met = 0;
  std::atomic<int> all_three = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.try_post([&] {
      ++met;
      if (eventually([&] { return met == 3; })) ++all_three;
    }));
  }
  EXPECT_TRUE(eventually([&] { return all_three == 3; }));
}

TEST(WorkerPool, RefusesWhatItsQueueDoesNotHold) {
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  std::atomic<bool> running = false;
  std::atomic<int> done = 0;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.try_post([&] {
    running = true;
    opened.wait_for(kPatience);
  }));
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  EXPECT_TRUE(pool.try_post([&] { ++done; }));
  EXPECT_TRUE(pool.try_post([&] { ++done; }));
  EXPECT_FALSE(pool.try_post([&] { ++done; }));
  EXPECT_EQ(pool.queued(), 2U);
  gate.set_value();
  EXPECT_TRUE(eventually([&] { return done == 2; }));
  EXPECT_EQ(pool.queued(), 0U);
}

TEST(WorkerPool, StopDropsWhatWaitsAndWaitsForWhatRuns) {
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  std::atomic<bool> running = false;
  std::atomic<bool> ended = false;
  std::atomic<bool> waited_ran = false;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.try_post([&] {
    running = true;
    opened.wait_for(kPatience);
    ended = true;
  }));
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  ASSERT_TRUE(pool.try_post([&] { waited_ran = true; }));
  std::thread stopping([&] { pool.stop(); });
  ASSERT_TRUE(eventually([&] { return pool.queued() == 0; }));
  gate.set_value();
  stopping.join();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(waited_ran);
  EXPECT_FALSE(pool.try_post([] {}));
}

}  // namespace
}  // namespace berth::http
