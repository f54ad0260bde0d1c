#include "http/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "http/raw_client.hpp"

namespace berth::http {
namespace {

const Share kAna{.name = "ana", .many = true};

FairQueue::Bounds bounds(std::size_t threads, std::size_t waiting) {
  return {.running = threads,
          .running_heavy = threads,
          .waiting = waiting,
          .running_each = threads,
          .waiting_each = waiting,
          .running_many = threads,
          .waiting_many = waiting};
}

bool post(WorkerPool& pool, WorkerPool::Task task) {
  return pool.post(kAna, Weight::kLight, std::move(task)).offer == FairQueue::Offer::kTaken;
}

TEST(WorkerPool, RunsTasksOnSeveralThreadsAtOnce) {
  WorkerPool pool(bounds(3, 10));
  std::atomic<int> met = 0;
  std::atomic<int> all_three = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(post(pool, [&] {
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
  WorkerPool pool(bounds(1, 2));
  ASSERT_TRUE(post(pool, [&] {
    running = true;
    opened.wait_for(kPatience);
  }));
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  EXPECT_TRUE(post(pool, [&] { ++done; }));
  EXPECT_TRUE(post(pool, [&] { ++done; }));
  EXPECT_FALSE(post(pool, [&] { ++done; }));
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
  WorkerPool pool(bounds(1, 2));
  ASSERT_TRUE(post(pool, [&] {
    running = true;
    opened.wait_for(kPatience);
    ended = true;
  }));
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  ASSERT_TRUE(post(pool, [&] { waited_ran = true; }));
  std::thread stopping([&] { pool.stop(); });
  ASSERT_TRUE(eventually([&] { return pool.queued() == 0; }));
  gate.set_value();
  stopping.join();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(waited_ran);
  EXPECT_FALSE(post(pool, [] {}));
}

TEST(WorkerPool, WhatIsWithdrawnIsNotRunAndLetsGoOfWhatItOwns) {
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  std::atomic<bool> running = false;
  WorkerPool pool(bounds(1, 2));
  const auto first = pool.post(kAna, Weight::kLight, [&] {
    running = true;
    opened.wait_for(kPatience);
  });
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  const auto owned = std::make_shared<std::atomic<bool>>(false);
  const auto second = pool.post(kAna, Weight::kLight, [owned] { *owned = true; });
  EXPECT_EQ(owned.use_count(), 2);
  EXPECT_FALSE(pool.withdraw(first.ticket)) << "it runs";
  EXPECT_TRUE(pool.withdraw(second.ticket));
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(pool.queued(), 0U);
  gate.set_value();
  pool.stop();
  EXPECT_FALSE(*owned);
}

TEST(WorkerPool, AWorkerThatEndsWakesOthersForWhatMayRunNow) {
  // Ana may run one at a time, and heavy ones run one at a time: when hers ends, two of the waiting may
  // begin.
  auto narrow = bounds(3, 10);
  narrow.running_heavy = narrow.running_each = 1;
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  std::atomic<bool> running = false;
  std::atomic<int> met = 0;
  WorkerPool pool(narrow);
  const Share ana{.name = "ana", .many = false};
  const Share ben{.name = "ben", .many = false};
  pool.post(ana, Weight::kHeavy, [&] {
    running = true;
    opened.wait_for(kPatience);
  });
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  std::atomic<int> both = 0;
  const auto meet = [&] {
    ++met;
    if (eventually([&] { return met == 2; })) ++both;
  };
  pool.post(ana, Weight::kLight, meet);
  pool.post(ben, Weight::kHeavy, meet);
  EXPECT_EQ(pool.queued(), 2U);
  gate.set_value();
  EXPECT_TRUE(eventually([&] { return both == 2; }));
}

}  // namespace
}  // namespace berth::http
