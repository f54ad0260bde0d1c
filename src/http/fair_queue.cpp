#include "http/fair_queue.hpp"

#include <algorithm>

namespace berth::http {

FairQueue::Bounds FairQueue::Bounds::of(std::size_t workers, std::size_t waiting) {
  const auto part = [&](std::size_t of) { return std::max<std::size_t>(1, workers / of); };
  Bounds bounds;
  bounds.running = workers;
  bounds.running_heavy = part(2);
  bounds.running_each = part(4);
  bounds.running_many = part(2);
  bounds.waiting = waiting;
  bounds.waiting_each = std::max<std::size_t>(1, waiting / 16);
  bounds.waiting_many = std::max<std::size_t>(1, waiting / 4);
  // Never less than may run, or it would be what bounds that.
  bounds.later = std::max(bounds.running, waiting);
  bounds.later_each = std::max(bounds.running_each, waiting / 64);
  bounds.later_many = std::max(bounds.running_many, waiting / 16);
  return bounds;
}

FairQueue::Bounds FairQueue::Bounds::turns_alone(std::size_t workers, std::size_t waiting) {
  const auto later = std::max(workers, waiting);
  return {.running = workers,
          .running_heavy = workers,
          .waiting = waiting,
          .later = later,
          .running_each = workers,
          .waiting_each = waiting,
          .later_each = later,
          .running_many = workers,
          .waiting_many = waiting,
          .later_many = later};
}

FairQueue::Offer FairQueue::offer(Ticket ticket, const Share& share, Weight weight) {
  if (waiting_ >= bounds_.waiting) return Offer::kFull;
  const auto most = share.many ? bounds_.waiting_many : bounds_.waiting_each;
  const auto found = shares_.find(share.name);
  if (found != shares_.end() && found->second.waiting() >= most) return Offer::kTooManyOfShare;
  auto& account = found != shares_.end() ? found->second : shares_[share.name];
  if (found == shares_.end()) account.share = share;
  (weight == Weight::kHeavy ? account.heavy : account.light).push_back(ticket);
  if (!account.turn) account.turn = turns_.insert(turns_.end(), &account);
  places_.emplace(ticket, Place{&account, weight, State::kWaits});
  ++waiting_;
  return Offer::kTaken;
}

std::deque<FairQueue::Ticket>* FairQueue::lane_of(Account& account) const {
  const bool many = account.share.many;
  if (account.running >= (many ? bounds_.running_many : bounds_.running_each)) return nullptr;
  if (account.running + account.later >= (many ? bounds_.later_many : bounds_.later_each)) return nullptr;
  const bool heavy = !account.heavy.empty() && running_heavy_ < bounds_.running_heavy;
  if (account.light.empty()) return heavy ? &account.heavy : nullptr;
  return heavy && account.heavy.front() < account.light.front() ? &account.heavy : &account.light;
}

std::optional<FairQueue::Ticket> FairQueue::next() {
  if (running_ >= bounds_.running || running_ + later_ >= bounds_.later) return std::nullopt;
  for (auto* account : turns_) {
    auto* lane = lane_of(*account);
    if (lane == nullptr) continue;
    const auto ticket = lane->front();
    lane->pop_front();
    auto& place = places_.at(ticket);
    place.state = State::kRuns;
    --waiting_;
    ++running_;
    ++account->running;
    if (place.weight == Weight::kHeavy) ++running_heavy_;
    if (account->waiting() == 0) {
      leave_turns(*account);
    } else {
      turns_.splice(turns_.end(), turns_, *account->turn);
    }
    return ticket;
  }
  return std::nullopt;
}

void FairQueue::leave_worker(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end() || found->second.state != State::kRuns) return;
  auto& place = found->second;
  stop_running(place);
  place.state = State::kLater;
  ++later_;
  ++place.account->later;
}

void FairQueue::finish(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end() || found->second.state == State::kWaits) return;
  auto& account = *found->second.account;
  if (found->second.state == State::kRuns) {
    stop_running(found->second);
  } else {
    --later_;
    --account.later;
  }
  places_.erase(found);
  forget_if_done(account);
}

bool FairQueue::withdraw(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end() || found->second.state != State::kWaits) return false;
  auto& account = *found->second.account;
  auto& lane = found->second.weight == Weight::kHeavy ? account.heavy : account.light;
  lane.erase(std::ranges::find(lane, ticket));
  places_.erase(found);
  --waiting_;
  if (account.waiting() == 0) leave_turns(account);
  forget_if_done(account);
  return true;
}

void FairQueue::stop_running(const Place& place) {
  --running_;
  --place.account->running;
  if (place.weight == Weight::kHeavy) --running_heavy_;
}

void FairQueue::leave_turns(Account& account) {
  turns_.erase(*account.turn);
  account.turn.reset();
}

void FairQueue::forget_if_done(Account& account) {
  if (account.running > 0 || account.later > 0 || account.waiting() > 0) return;
  const auto name = account.share.name;  // a copy: erasing destroys it
  shares_.erase(name);
}

}  // namespace berth::http
