#include "http/fair_queue.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <vector>

namespace berth::http {
namespace {

using Offer = FairQueue::Offer;
using Ticket = FairQueue::Ticket;

const Share kAna{.name = "ana", .many = false};
const Share kBen{.name = "ben", .many = false};
const Share kOffice{.name = "192.0.2.1", .many = true};

FairQueue::Bounds bounds(std::size_t workers) {
  return FairQueue::Bounds::of(workers, 1024);
}

std::vector<Ticket> start_all(FairQueue& queue) {
  std::vector<Ticket> started;
  while (const auto next = queue.next()) started.push_back(*next);
  return started;
}

TEST(FairQueue, BoundsAreInProportion) {
  EXPECT_EQ(FairQueue::Bounds::of(8, 1024), FairQueue::Bounds{});
  const auto one = FairQueue::Bounds::of(1, 1);
  EXPECT_EQ(one, (FairQueue::Bounds{.running = 1,
                                    .running_heavy = 1,
                                    .waiting = 1,
                                    .later = 1,
                                    .running_each = 1,
                                    .waiting_each = 1,
                                    .later_each = 1,
                                    .running_many = 1,
                                    .waiting_many = 1,
                                    .later_many = 1}));
  const auto many_workers = FairQueue::Bounds::of(64, 1);
  EXPECT_EQ(many_workers.later, 64U) << "what may run may be owed";
  EXPECT_EQ(many_workers.later_each, 16U);
  EXPECT_EQ(many_workers.later_many, 32U);
  const auto turns = FairQueue::Bounds::turns_alone(2, 9);
  EXPECT_EQ(turns.later_each, 9U);
  EXPECT_EQ(turns.later_many, 9U);
  EXPECT_EQ(turns.later, 9U);
}

TEST(FairQueue, OneWhoAsksForMuchLeavesTheRestToOthers) {
  FairQueue queue(bounds(8));
  for (Ticket i = 1; i <= 40; ++i) ASSERT_EQ(queue.offer(i, kAna, Weight::kLight), Offer::kTaken);
  ASSERT_EQ(queue.offer(41, kBen, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{1, 41, 2}));
  queue.finish(1);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{3}));
}

TEST(FairQueue, HeavyOnesNeverTakeEveryPlaceAndLightOnesPassThem) {
  FairQueue queue(bounds(8));
  Ticket ticket = 0;
  for (const auto* name : {"a", "b", "c", "d"}) {
    for (int i = 0; i < 3; ++i)
      ASSERT_EQ(queue.offer(++ticket, {.name = name, .many = false}, Weight::kHeavy), Offer::kTaken);
  }
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{1, 4, 7, 10}));
  ASSERT_EQ(queue.offer(++ticket, {.name = "a", .many = false}, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{13})) << "past a's own heavy ones that wait";
  queue.finish(4);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{5})) << "b was served before c, d, and a again";
}

TEST(FairQueue, AnAddressMayBeManyPeople) {
  FairQueue queue(bounds(8));
  for (Ticket i = 1; i <= 8; ++i) ASSERT_EQ(queue.offer(i, kOffice, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(start_all(queue).size(), 4U);
}

TEST(FairQueue, WithTurnsAloneOneMayHaveEverythingWhileNoOtherAsks) {
  FairQueue queue(FairQueue::Bounds::turns_alone(2, 4));
  for (Ticket i = 1; i <= 4; ++i) ASSERT_EQ(queue.offer(i, kAna, Weight::kHeavy), Offer::kTaken);
  EXPECT_EQ(queue.offer(5, kAna, Weight::kLight), Offer::kFull);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{1, 2}));
  ASSERT_EQ(queue.offer(5, kBen, Weight::kLight), Offer::kTaken);
  queue.finish(1);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{3}));
  queue.finish(2);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{5}));
}

/// Starts all that may run and lets each leave its worker, until none may run.
std::vector<Ticket> owe_all(FairQueue& queue) {
  std::vector<Ticket> owed;
  while (const auto next = queue.next()) {
    owed.push_back(*next);
    queue.leave_worker(*next);
  }
  return owed;
}

TEST(FairQueue, WhatIsOwedLeavesItsWorkerToOthersAndCountsForItsShare) {
  FairQueue queue(bounds(8));
  for (Ticket i = 1; i <= 20; ++i) ASSERT_EQ(queue.offer(i, kAna, Weight::kHeavy), Offer::kTaken);
  EXPECT_EQ(owe_all(queue).size(), 16U);
  EXPECT_EQ(queue.running(), 0U);
  EXPECT_EQ(queue.running_heavy(), 0U);
  EXPECT_EQ(queue.later(), 16U);
  EXPECT_EQ(queue.waiting(), 4U);
  ASSERT_EQ(queue.offer(21, kBen, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{21}));
  queue.finish(5);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{17})) << "it waited, and was not refused";
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{})) << "what runs may be owed too";
  queue.finish(17);
  EXPECT_EQ(start_all(queue), (std::vector<Ticket>{18}));
}

TEST(FairQueue, AnAddressMayBeOwedMoreAndThereIsABoundInAll) {
  auto few = bounds(8);
  few.later = 100;
  FairQueue queue(few);
  Ticket ticket = 0;
  for (int i = 0; i < 80; ++i) ASSERT_EQ(queue.offer(++ticket, kOffice, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(owe_all(queue).size(), 64U);
  for (int i = 0; i < 40; ++i) ASSERT_EQ(queue.offer(++ticket, kAna, Weight::kLight), Offer::kTaken);
  for (int i = 0; i < 40; ++i) ASSERT_EQ(queue.offer(++ticket, kBen, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(owe_all(queue).size(), 32U);
  const Share eve{.name = "eve", .many = false};
  for (int i = 0; i < 8; ++i) ASSERT_EQ(queue.offer(++ticket, eve, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(owe_all(queue).size(), 4U);
  EXPECT_EQ(queue.later(), 100U);
  queue.finish(1);
  EXPECT_EQ(owe_all(queue), (std::vector<Ticket>{65})) << "the office was served longest ago";
}

TEST(FairQueue, OnlyWhatRunsLeavesAWorkerAndOnlyOnce) {
  FairQueue queue(bounds(1));
  queue.offer(1, kAna, Weight::kLight);
  queue.offer(2, kAna, Weight::kLight);
  queue.leave_worker(1);
  queue.finish(1);
  EXPECT_EQ(queue.waiting(), 2U) << "it waits";
  EXPECT_EQ(queue.next(), 1U);
  queue.leave_worker(1);
  queue.leave_worker(1);
  queue.leave_worker(7);
  EXPECT_EQ(queue.later(), 1U);
  EXPECT_EQ(queue.running(), 0U);
  EXPECT_FALSE(queue.withdraw(1)) << "it has begun";
  EXPECT_TRUE(queue.withdraw(2));
  queue.finish(1);
  queue.finish(1);
  EXPECT_EQ(queue.later(), 0U);
  EXPECT_EQ(queue.shares(), 0U);
}

TEST(FairQueue, RefusesTheShareThatHasTooManyAndTakesOthersUntilItIsFull) {
  auto few = bounds(1);
  few.waiting_each = 2;
  few.waiting = 3;
  FairQueue queue(few);
  EXPECT_EQ(queue.offer(1, kAna, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(queue.offer(2, kAna, Weight::kHeavy), Offer::kTaken);
  EXPECT_EQ(queue.offer(3, kAna, Weight::kLight), Offer::kTooManyOfShare);
  EXPECT_EQ(queue.offer(3, kBen, Weight::kLight), Offer::kTaken);
  EXPECT_EQ(queue.offer(4, kBen, Weight::kLight), Offer::kFull);
  EXPECT_EQ(queue.next(), 1U);
  EXPECT_EQ(queue.offer(4, kAna, Weight::kLight), Offer::kTaken) << "what runs does not wait";
}

TEST(FairQueue, WhatIsWithdrawnNeverRuns) {
  FairQueue queue(bounds(1));
  queue.offer(1, kAna, Weight::kLight);
  queue.offer(2, kAna, Weight::kHeavy);
  queue.offer(3, kAna, Weight::kLight);
  EXPECT_TRUE(queue.withdraw(2));
  EXPECT_FALSE(queue.withdraw(2));
  EXPECT_EQ(queue.next(), 1U);
  EXPECT_FALSE(queue.withdraw(1)) << "it runs";
  EXPECT_TRUE(queue.withdraw(3));
  queue.finish(1);
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_EQ(queue.shares(), 0U);
}

/// What a queue should hold, kept in the plainest way.
struct Model {
  struct Item {
    std::size_t share = 0;
    Weight weight = Weight::kLight;
  };
  std::map<Ticket, Item> waiting, running, later;

  std::size_t count(const std::map<Ticket, Item>& items, std::size_t share) const {
    return static_cast<std::size_t>(std::count_if(
        items.begin(), items.end(), [&](const auto& item) { return item.second.share == share; }));
  }
  std::size_t heavy() const {
    return static_cast<std::size_t>(std::count_if(running.begin(), running.end(), [](const auto& item) {
      return item.second.weight == Weight::kHeavy;
    }));
  }
};

// Over any order of offers, starts, ends, answers that come later and withdrawals: no bound is passed, no
// worker idles beside work that may run, nobody whose work may run sees another be served twice before, and
// nothing is left behind.
TEST(FairQueueProperty, KeepsItsBoundsAndStarvesNobody) {
  const bool good = rc::check([] {
    const auto workers = *rc::gen::inRange<std::size_t>(1, 9);
    auto limits = bounds(workers);
    limits.waiting = 24;
    limits.waiting_each = 6;
    limits.waiting_many = 10;
    limits.later = 12;
    limits.later_each = 3;
    limits.later_many = 5;
    constexpr std::size_t kShares = 6;
    const auto share_of = [](std::size_t i) {
      return Share{.name = std::string(1, static_cast<char>('a' + i)), .many = i == 0};
    };
    const auto most_running = [&](std::size_t i) {
      return i == 0 ? limits.running_many : limits.running_each;
    };
    const auto most_begun = [&](std::size_t i) { return i == 0 ? limits.later_many : limits.later_each; };
    FairQueue queue(limits);
    Model model;
    const auto begun = [&](std::size_t i) {
      return model.count(model.running, i) + model.count(model.later, i);
    };
    // For each share whose work may run: who was served since.
    std::map<std::size_t, std::multiset<std::size_t>> overtaken;
    Ticket last = 0;
    const auto may_run = [&](std::size_t share) {
      if (model.running.size() >= limits.running || model.count(model.running, share) >= most_running(share))
        return false;
      if (model.running.size() + model.later.size() >= limits.later || begun(share) >= most_begun(share))
        return false;
      return std::any_of(model.waiting.begin(), model.waiting.end(), [&](const auto& item) {
        return item.second.share == share &&
               (item.second.weight == Weight::kLight || model.heavy() < limits.running_heavy);
      });
    };
    const auto any_of = [](const std::map<Ticket, Model::Item>& items, unsigned step) {
      return std::next(items.begin(), static_cast<std::ptrdiff_t>((step / 8) % items.size()))->first;
    };
    const auto finish = [&](std::map<Ticket, Model::Item>& items, unsigned step) {
      if (items.empty()) return;
      const auto ticket = any_of(items, step);
      queue.finish(ticket);
      items.erase(ticket);
    };
    const auto steps = *rc::gen::container<std::vector<unsigned>>(200, rc::gen::arbitrary<unsigned>());
    for (const auto step : steps) {
      const std::size_t share = (step / 16) % kShares;
      switch (step % 8) {
        case 0:
        case 1: {
          const auto weight = (step / 128) % 2 == 0 ? Weight::kLight : Weight::kHeavy;
          const auto offered = queue.offer(++last, share_of(share), weight);
          const auto most = share == 0 ? limits.waiting_many : limits.waiting_each;
          if (model.waiting.size() >= limits.waiting) {
            RC_ASSERT(offered == Offer::kFull);
          } else if (model.count(model.waiting, share) >= most) {
            RC_ASSERT(offered == Offer::kTooManyOfShare);
          } else {
            RC_ASSERT(offered == Offer::kTaken);
            model.waiting[last] = {share, weight};
          }
          break;
        }
        case 2:
        case 3: {
          std::set<std::size_t> could;
          for (std::size_t i = 0; i < kShares; ++i) {
            if (may_run(i)) could.insert(i);
          }
          const auto next = queue.next();
          RC_ASSERT(next.has_value() == !could.empty());
          if (!next) break;
          const auto item = model.waiting.at(*next);
          RC_ASSERT(could.contains(item.share));
          for (const auto& [ticket, other] : model.waiting)
            RC_ASSERT(ticket >= *next || other.share != item.share || other.weight != item.weight);
          model.waiting.erase(*next);
          model.running[*next] = item;
          std::erase_if(overtaken, [&](const auto& one) {
            return !could.contains(one.first) || one.first == item.share;
          });
          for (const auto i : could) {
            if (i == item.share) continue;
            overtaken[i].insert(item.share);
            RC_ASSERT(overtaken[i].count(item.share) == 1U);
          }
          break;
        }
        case 4:
          finish(model.running, step);
          break;
        case 5: {
          if (model.running.empty()) break;
          const auto ticket = any_of(model.running, step);
          queue.leave_worker(ticket);
          model.later.insert(model.running.extract(ticket));
          break;
        }
        case 6:
          finish(model.later, step);
          break;
        default: {
          const Ticket ticket = last == 0 ? 1 : 1 + step % last;
          RC_ASSERT(queue.withdraw(ticket) == (model.waiting.erase(ticket) == 1));
        }
      }
      // Whoever has nothing that may run has no turn to miss.
      std::erase_if(overtaken, [&](const auto& one) { return !may_run(one.first); });
      RC_ASSERT(queue.waiting() == model.waiting.size());
      RC_ASSERT(queue.running() == model.running.size());
      RC_ASSERT(queue.running() <= limits.running);
      RC_ASSERT(queue.running_heavy() == model.heavy());
      RC_ASSERT(queue.running_heavy() <= limits.running_heavy);
      RC_ASSERT(queue.later() == model.later.size());
      RC_ASSERT(queue.running() + queue.later() <= limits.later);
      std::set<std::size_t> present;
      for (std::size_t i = 0; i < kShares; ++i) {
        RC_ASSERT(model.count(model.running, i) <= most_running(i));
        RC_ASSERT(begun(i) <= most_begun(i));
        if (begun(i) + model.count(model.waiting, i) > 0) present.insert(i);
      }
      RC_ASSERT(queue.shares() == present.size());
    }
    while (!model.running.empty()) finish(model.running, 0);
    while (!model.later.empty()) finish(model.later, 0);
    for (const auto& [ticket, item] : model.waiting) RC_ASSERT(queue.withdraw(ticket));
    RC_ASSERT(queue.shares() == 0U);
    RC_ASSERT(queue.waiting() + queue.running() + queue.running_heavy() + queue.later() == 0U);
  });
  EXPECT_TRUE(good);
}

// Whatever is offered runs, as long as what runs ends and what is owed is answered: also a heavy one behind
// any number of light ones.
TEST(FairQueueProperty, EverythingRunsInTheEnd) {
  const bool good = rc::check([] {
    auto limits = bounds(*rc::gen::inRange<std::size_t>(1, 9));
    limits.later_each = *rc::gen::inRange<std::size_t>(1, 4);
    FairQueue queue(limits);
    const auto count = *rc::gen::inRange<Ticket>(1, 60);
    for (Ticket i = 1; i <= count; ++i) {
      const auto share = *rc::gen::element(kAna, kBen, kOffice);
      RC_ASSERT(queue.offer(i, share, *rc::gen::element(Weight::kLight, Weight::kHeavy)) == Offer::kTaken);
    }
    std::set<Ticket> ran;
    std::vector<Ticket> running;
    while (ran.size() < count) {
      while (const auto next = queue.next()) {
        RC_ASSERT(ran.insert(*next).second);
        running.push_back(*next);
      }
      RC_ASSERT(!running.empty());
      for (const auto ticket : running) {
        if (*rc::gen::arbitrary<bool>()) queue.leave_worker(ticket);
      }
      const auto at = static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, running.size()));
      queue.finish(running[static_cast<std::size_t>(at)]);
      running.erase(running.begin() + at);
    }
    for (const auto ticket : running) queue.finish(ticket);
    RC_ASSERT(queue.shares() == 0U);
  });
  EXPECT_TRUE(good);
}

}  // namespace
}  // namespace berth::http
