// A fixed number of threads and a queue with a length.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace berth::http {

class WorkerPool {
 public:
  /// At most `queue_limit` tasks wait; those that run are not counted.
  WorkerPool(std::size_t threads, std::size_t queue_limit);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool has stopped. A task must not throw.
  bool try_post(std::function<void()> task);
  std::size_t queued() const;
  /// Drops what waits, lets what runs end, joins the threads. May be called again.
  void stop();

 private:
  void run();

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace berth::http
