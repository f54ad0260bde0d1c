// A fixed number of threads, and a queue with bounds in which nobody's work waits behind all of somebody
// else's.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/fair_queue.hpp"

namespace berth::http {

class WorkerPool {
 public:
  using Ticket = FairQueue::Ticket;
  using Task = std::function<void(Ticket)>;  // gets its own

  /// As many threads as may run by the bounds.
  explicit WorkerPool(FairQueue::Bounds bounds);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  struct Posted {
    FairQueue::Offer offer = FairQueue::Offer::kFull;
    Ticket ticket = 0;  // where it was taken
  };
  /// Full as well when the pool has stopped. A task must not throw.
  Posted post(const Share& share, Weight weight, Task task);
  /// Nobody waits for it any more. False when it runs or has run.
  bool withdraw(Ticket ticket);
  /// For a task that runs: when it returns, its worker is free, but it counts as not answered until
  /// `answered`.
  void owe(Ticket ticket);
  /// Once for each `owe`, on any thread; also before the task has returned.
  void answered(Ticket ticket);
  std::size_t queued() const;
  /// Owed, and their tasks have returned.
  std::size_t later() const;
  /// Drops what waits, lets what runs end, joins the threads. May be called again.
  void stop();

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  FairQueue queue_;
  std::unordered_map<Ticket, Task> tasks_;  // of those that wait
  std::unordered_map<Ticket, bool> owed_;   // whether their task has returned
  Ticket last_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace berth::http
