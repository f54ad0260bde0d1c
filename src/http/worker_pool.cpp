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

void WorkerPool::owe(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  owed_.emplace(ticket, false);
}

void WorkerPool::answered(Ticket ticket) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = owed_.find(ticket);
    if (found == owed_.end()) return;
    const bool returned = found->second;
    owed_.erase(found);
    if (!returned) return;  // the worker finishes it
    queue_.finish(ticket);
  }
  ready_.notify_one();  // what waited for it; who takes that wakes another where there is more
}

std::size_t WorkerPool::later() const {
  const std::lock_guard lock(mutex_);
  return queue_.later();
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
    task(ticket);
    task = nullptr;
    const std::lock_guard lock(mutex_);
    if (const auto owed = owed_.find(ticket); owed != owed_.end()) {
      owed->second = true;
      queue_.leave_worker(ticket);
    } else {
      queue_.finish(ticket);
    }
  }
}

}  // namespace berth::http
