#include "portal/waiting_room.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace berth::portal {
namespace {

Error come_again(std::string why) {
  return {.code = Code::kUnavailable,
          .message = std::move(why),
          .slug = {},
          .fields = {},
          .retry_after_seconds = 1};
}

}  // namespace

WaitingRoom::WaitingRoom(GatedDatabase& database, Bounds bounds)
    : database_(database), bounds_(bounds), thread_([this] { run(); }) {}

WaitingRoom::~WaitingRoom() {
  stop();
}

void WaitingRoom::add(Waiting waiting) {
  Seat seat{std::move(waiting), Steady::now(), false};
  seat.until += seat.waiting.sought.patience;
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      seat.turned_away = here_ >= bounds_.most;
      ++here_;
      incoming_.push_back(std::move(seat));
      changed_.notify_one();
      return;
    }
  }
  attend(seat, true);
}

void WaitingRoom::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void WaitingRoom::run() {
  std::vector<Seat> seated;
  for (bool stopping = false; !stopping;) {
    {
      std::unique_lock lock(mutex_);
      if (seated.empty()) {
        changed_.wait(lock, [&] { return stopped_ || !incoming_.empty(); });
      } else {
        changed_.wait_for(lock, bounds_.every, [&] { return stopped_; });
      }
      stopping = stopped_;
      std::move(incoming_.begin(), incoming_.end(), std::back_inserter(seated));
      incoming_.clear();
    }
    std::vector<Seat> left;
    for (auto& seat : seated) {
      if (!attend(seat, stopping)) left.push_back(std::move(seat));
    }
    const std::lock_guard lock(mutex_);
    here_ -= seated.size() - left.size();
    seated = std::move(left);
  }
}

bool WaitingRoom::attend(Seat& seat, bool stopping) {
  auto& [sought, wanted, done] = seat.waiting;
  const bool last = stopping || seat.turned_away || Steady::now() >= seat.until || !wanted();
  std::optional<HandlerResult> answer;
  const auto had = database_.with([&](pg::Connection& connection) {
    try {
      auto found = sought.look(connection, last);
      if (!found) {
        answer = fail(found.error());
      } else if (*found) {
        answer = std::move(**found);
      }
    } catch (const std::exception& thrown) {
      answer = fail(Code::kInternal, thrown.what());
    }
  });
  // While there is time a database that is away may come back.
  if (!had && last) answer = fail(had.error());
  if (!answer && last) {
    answer = fail(stopping           ? come_again("the portal stops; please try again")
                  : seat.turned_away ? come_again("too many wait for such an answer; please try again")
                                     : sought.silence);
  }
  if (!answer) return false;
  done(std::move(*answer));
  return true;
}

}  // namespace berth::portal
