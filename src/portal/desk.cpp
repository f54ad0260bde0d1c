#include "portal/desk.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace berth::portal {
namespace {

Error stopping() {
  return {.code = Code::kUnavailable,
          .message = "the portal stops; please try again",
          .slug = {},
          .fields = {},
          .retry_after_seconds = 1};
}

Error fault(const std::exception& what) {
  return {
      .code = Code::kInternal, .message = what.what(), .slug = {}, .fields = {}, .retry_after_seconds = 0};
}

/// Nothing has to be looked up for it.
bool is_whole(const Result<store::WishOutcome>& outcome) {
  return outcome && !std::holds_alternative<store::Denied>(*outcome);
}

}  // namespace

Desk::Desk(GatedDatabase& database, Bounds bounds) : database_(database), bounds_(bounds) {
  for (std::size_t i = 0; i < bounds_.rounds; ++i) threads_.emplace_back([this] { serve(); });
  for (std::size_t i = 0; i < bounds_.lookups; ++i) threads_.emplace_back([this] { look_up(); });
}

Desk::~Desk() {
  stop();
}

void Desk::post(Waiting waiting) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      const auto pool = waiting.pool;
      auto& queue = queues_[pool];
      queue.waiting.push_back(std::move(waiting));
      if (!queue.served && queue.waiting.size() == 1) {
        ready_.push_back(pool);
        wishes_.notify_one();
      }
      return;
    }
  }
  waiting.done(nullptr, fail(stopping()));
}

void Desk::stop() {
  std::map<model::PoolId, Queue> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queues_);
    ready_.clear();
  }
  wishes_.notify_all();
  tasks_wait_.notify_all();
  for (auto& [pool, queue] : dropped) {
    for (auto& one : queue.waiting) one.done(nullptr, fail(stopping()));
  }
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Desk::serve() {
  for (;;) {
    model::PoolId pool;
    std::vector<Waiting> round;
    {
      std::unique_lock lock(mutex_);
      wishes_.wait(lock, [&] { return stopped_ || !ready_.empty(); });
      if (stopped_) return;
      pool = ready_.front();
      ready_.pop_front();
      auto& queue = queues_.at(pool);
      queue.served = true;
      round = take(queue);
    }
    run(pool, std::move(round));
  }
}

/// The first of those that wait, in their order. What may not join them waits on; so does all that comes
/// after it and may not join it, since what keeps both out is the same.
std::vector<Desk::Waiting> Desk::take(Queue& queue) const {
  std::vector<Waiting> round;
  std::deque<Waiting> rest;
  for (auto& one : queue.waiting) {
    const bool fits = round.size() < bounds_.most &&
                      std::ranges::all_of(
                          round, [&](const Waiting& other) { return store::may_join(other.wish, one.wish); });
    if (fits) {
      if (one.wanted()) round.push_back(std::move(one));
    } else {
      rest.push_back(std::move(one));
    }
  }
  queue.waiting = std::move(rest);
  return round;
}

void Desk::leave(model::PoolId pool) {
  const std::lock_guard lock(mutex_);
  const auto found = queues_.find(pool);
  if (found == queues_.end()) return;  // stopped
  found->second.served = false;
  if (found->second.waiting.empty()) {
    queues_.erase(found);
  } else {
    ready_.push_back(pool);
    wishes_.notify_one();
  }
}

void Desk::run(model::PoolId pool, std::vector<Waiting> round) {
  if (round.empty()) return leave(pool);
  bool left = false;
  const auto ran = database_.with([&](pg::Connection& connection) {
    std::vector<store::Wish> wishes;
    wishes.reserve(round.size());
    for (const auto& one : round) wishes.push_back(one.wish);
    Outcomes outcomes;
    try {
      outcomes = store::run_round(connection, &pools_, pool, wishes);
    } catch (const std::exception& thrown) {
      outcomes = Outcomes(round.size(), Result<store::WishOutcome>(fail(fault(thrown))));
    }
    // The next round may begin while this one's answers are made.
    left = true;
    leave(pool);
    answer(connection, std::move(round), std::move(outcomes));
  });
  if (ran) return;
  if (!left) leave(pool);
  for (auto& one : round) one.done(nullptr, fail(ran.error()));
}

void Desk::answer(pg::Connection& connection, std::vector<Waiting> round, Outcomes outcomes) {
  for (std::size_t n = 0; n < round.size(); ++n) {
    if (is_whole(outcomes[n])) {
      round[n].done(&connection, store::answer_of(connection, round[n].wish, std::move(outcomes[n])));
    } else {
      answer_later(std::move(round[n]), std::move(outcomes[n]));
    }
  }
}

void Desk::answer_later(Waiting waiting, Result<store::WishOutcome> outcome) {
  // Shared, as std::function wants to be copied; it never is.
  auto task = [this, one = std::make_shared<Waiting>(std::move(waiting)),
               outcome = std::make_shared<Result<store::WishOutcome>>(std::move(outcome))] {
    const auto ran = database_.with([&](pg::Connection& connection) {
      auto answer = [&]() -> Result<store::Answer> {
        try {
          return store::answer_of(connection, one->wish, std::move(*outcome));
        } catch (const std::exception& thrown) {
          return fail(fault(thrown));
        }
      }();
      one->done(&connection, std::move(answer));
    });
    if (!ran) one->done(nullptr, fail(ran.error()));
  };
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  tasks_wait_.notify_one();
}

/// What was promised an answer gets it, also when the portal stops.
void Desk::look_up() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      tasks_wait_.wait(lock, [&] { return stopped_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace berth::portal
