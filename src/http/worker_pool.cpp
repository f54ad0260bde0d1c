#include "http/worker_pool.hpp"

#include <utility>

namespace berth::http {

WorkerPool::WorkerPool(FairQueue::Bounds bounds) : queue_(bounds) {
  threads_.reserve(bounds.running);
  for (std::size_t i = 0; i < bounds.running; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

WorkerPool::Posted WorkerPool::post(const Share& share, Weight weight, Task task) {
  Posted posted;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return posted;
    posted.offer = queue_.offer(last_ + 1, share, weight);
    if (posted.offer != FairQueue::Offer::kTaken) return posted;
    posted.ticket = ++last_;
    tasks_.emplace(posted.ticket, std::move(task));
  }
  ready_.notify_one();
  return posted;
}

bool WorkerPool::withdraw(Ticket ticket) {
  Task dropped;  // destroyed without the lock: tasks own things
  const std::lock_guard lock(mutex_);
  if (stopped_ || !queue_.withdraw(ticket)) return false;
  const auto found = tasks_.find(ticket);
  dropped = std::move(found->second);
  tasks_.erase(found);
  return true;
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

void WorkerPool::stop() {
  std::unordered_map<Ticket, Task> dropped;  // destroyed without the lock: tasks own things
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(tasks_);
  }
  ready_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run() {
  for (;;) {
    Task task;
    Ticket ticket = 0;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] {
        if (stopped_) return true;
        const auto next = queue_.next();
        if (next) ticket = *next;
        return next.has_value();
      });
      if (stopped_) return;
      const auto found = tasks_.find(ticket);
      task = std::move(found->second);
      tasks_.erase(found);
      // What ended before may have opened a place for more than one.
      if (!tasks_.empty()) ready_.notify_one();
    }
    task();
    task = nullptr;
    const std::lock_guard lock(mutex_);
    queue_.finish(ticket);
  }
}

}  // namespace berth::http
