// Where wishes wait for the next round of their pool, and get their answers.
//
// A pool's wishes that come while a round of it commits go into the next one; a lone one goes at once. What
// still has to be looked up for an answer, offers above all, is looked up without the pool's lock and on
// other threads, so that a refusal delays no booking.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "portal/gated_database.hpp"
#include "store/round.hpp"

namespace berth::portal {

class Desk {
 public:
  struct Bounds {
    std::size_t rounds = 4;   // threads: so many pools are served at one moment
    std::size_t lookups = 2;  // threads
    std::size_t most = 32;    // wishes in a round, so that the last of many is not answered late
  };

  struct Waiting {
    model::PoolId pool;
    store::Wish wish;
    /// Asked once, before the round: one that nobody waits for any more is dropped.
    std::function<bool()> wanted;
    /// Called once, on a thread of the desk, unless it was dropped. Without a connection where none was to be
    /// had: then there is an error. Must not throw.
    std::function<void(pg::Connection*, Result<store::Answer>)> done;
  };

  explicit Desk(GatedDatabase& database) : Desk(database, Bounds{}) {}
  Desk(GatedDatabase& database, Bounds bounds);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  void post(Waiting waiting);
  /// What runs ends; what waits is told that the portal stops. May be called again.
  void stop();

 private:
  struct Queue {
    std::deque<Waiting> waiting;
    bool served = false;
  };
  using Task = std::function<void()>;
  using Outcomes = std::vector<Result<store::WishOutcome>>;

  void serve();
  void look_up();
  std::vector<Waiting> take(Queue& queue) const;
  void leave(model::PoolId pool);
  void run(model::PoolId pool, std::vector<Waiting> round);
  void answer(pg::Connection& connection, std::vector<Waiting> round, Outcomes outcomes);
  void answer_later(Waiting waiting, Result<store::WishOutcome> outcome);

  GatedDatabase& database_;
  const Bounds bounds_;
  store::PoolCache pools_;

  std::mutex mutex_;
  std::condition_variable wishes_;
  std::condition_variable tasks_wait_;
  std::map<model::PoolId, Queue> queues_;
  std::deque<model::PoolId> ready_;  // whose wishes nobody serves
  std::deque<Task> tasks_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace berth::portal
