#include "http/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <vector>

#include "http/raw_client.hpp"

namespace berth::http {
namespace {

const Share kAna{.name = "ana", .many = true};

FairQueue::Bounds bounds(std::size_t threads, std::size_t waiting) {
  return {.running = threads,
          .running_heavy = threads,
          .waiting = waiting,
          .later = 100,
          .running_each = threads,
          .waiting_each = waiting,
          .later_each = 100,
          .running_many = threads,
          .waiting_many = waiting,
          .later_many = 100};
}

bool post(WorkerPool& pool, std::function<void()> task) {
  const auto posted = pool.post(kAna, Weight::kLight, [task = std::move(task)](auto) { task(); });
  return posted.offer == FairQueue::Offer::kTaken;
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
  const auto first = pool.post(kAna, Weight::kLight, [&](auto) {
    running = true;
    opened.wait_for(kPatience);
  });
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  const auto owned = std::make_shared<std::atomic<bool>>(false);
  const auto second = pool.post(kAna, Weight::kLight, [owned](auto) { *owned = true; });
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
  pool.post(ana, Weight::kHeavy, [&](auto) {
    running = true;
    opened.wait_for(kPatience);
  });
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  std::atomic<int> both = 0;
  const auto meet = [&](auto) {
    ++met;
    if (eventually([&] { return met == 2; })) ++both;
  };
  pool.post(ana, Weight::kLight, meet);
  pool.post(ben, Weight::kHeavy, meet);
  EXPECT_EQ(pool.queued(), 2U);
  gate.set_value();
  EXPECT_TRUE(eventually([&] { return both == 2; }));
}

// Whoever owes an answer, ana's place is counted; the worker itself is free.
TEST(WorkerPool, WhatIsOwedLeavesItsWorkerAndCountsUntilItIsAnswered) {
  auto narrow = bounds(1, 10);
  narrow.later_each = 2;
  const Share ana{.name = "ana", .many = false};
  const Share ben{.name = "ben", .many = false};
  std::mutex mutex;
  std::vector<WorkerPool::Ticket> owed;
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return owed.size();
  };
  const auto owed_at = [&](std::size_t index) {
    const std::lock_guard lock(mutex);
    return owed.at(index);
  };
  std::atomic<bool> ben_ran = false;
  WorkerPool pool(narrow);
  const auto owe = [&](WorkerPool::Ticket ticket) {
    pool.owe(ticket);
    const std::lock_guard lock(mutex);
    owed.push_back(ticket);
  };
  for (int i = 0; i < 4; ++i) ASSERT_EQ(pool.post(ana, Weight::kLight, owe).offer, FairQueue::Offer::kTaken);
  ASSERT_TRUE(eventually([&] { return pool.later() == 2; }));
  pool.post(ben, Weight::kLight, [&](auto) { ben_ran = true; });
  EXPECT_TRUE(eventually([&] { return ben_ran.load(); }));
  EXPECT_EQ(pool.queued(), 2U) << "ana is owed as much as she may be";
  EXPECT_EQ(count(), 2U);
  for (std::size_t i = 0; i < 4; ++i) {  // each answer wakes the worker for the next
    ASSERT_TRUE(eventually([&] { return count() > i && pool.later() == std::min<std::size_t>(2, 4 - i); }));
    pool.answered(owed_at(i));
    pool.answered(owed_at(i));  // does nothing
  }
  EXPECT_EQ(pool.later(), 0U);
}

TEST(WorkerPool, WhatIsAnsweredBeforeItsTaskReturnsIsNotOwed) {
  std::atomic<int> done = 0;
  WorkerPool pool(bounds(1, 10));
  for (int i = 0; i < 200; ++i) {  // more than may be owed
    ASSERT_TRUE(eventually([&] { return pool.queued() < 10; }));
    pool.post(kAna, Weight::kLight, [&](WorkerPool::Ticket ticket) {
      pool.owe(ticket);
      pool.answered(ticket);
      ++done;
    });
  }
  EXPECT_TRUE(eventually([&] { return done == 200; }));
  EXPECT_EQ(pool.later(), 0U);
}

}  // namespace
}  // namespace berth::http
