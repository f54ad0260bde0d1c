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
  std::vector<Seat> late;
  late.push_back(std::move(seat));
  attend_all(late, true);
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
    const auto before = seated.size();
    attend_all(seated, stopping);
    const std::lock_guard lock(mutex_);
    here_ -= before - seated.size();
  }
}

void WaitingRoom::attend_all(std::vector<Seat>& seated, bool stopping) {
  std::vector<Seat> left;
  // One connection for the round: who waits takes no more of the others' than one.
  const auto had = database_.with([&](pg::Connection& connection) {
    for (auto& seat : seated) {
      auto* usable = connection.broken() ? nullptr : &connection;
      if (!attend(seat, usable, come_again("the database went away; please try again"), stopping))
        left.push_back(std::move(seat));
    }
  });
  if (!had) {
    for (auto& seat : seated) {
      if (!attend(seat, nullptr, had.error(), stopping)) left.push_back(std::move(seat));
    }
  }
  seated = std::move(left);
}

bool WaitingRoom::attend(Seat& seat, pg::Connection* connection, const Error& without, bool stopping) {
  auto& [sought, wanted, done] = seat.waiting;
  const bool last = stopping || seat.turned_away || Steady::now() >= seat.until || !wanted();
  std::optional<HandlerResult> answer;
  if (connection != nullptr) {
    try {
      auto found = sought.look(*connection, last);
      if (!found) {
        answer = fail(found.error());
      } else if (*found) {
        answer = std::move(**found);
      }
    } catch (const std::exception& thrown) {
      answer = fail(Code::kInternal, thrown.what());
    }
  } else if (last) {
    answer = fail(without);  // while there is time a database that is away may come back
  }
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
