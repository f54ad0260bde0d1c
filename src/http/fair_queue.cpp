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
  return bounds;
}

FairQueue::Bounds FairQueue::Bounds::turns_alone(std::size_t workers, std::size_t waiting) {
  return {.running = workers,
          .running_heavy = workers,
          .waiting = waiting,
          .running_each = workers,
          .waiting_each = waiting,
          .running_many = workers,
          .waiting_many = waiting};
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
  places_.emplace(ticket, Place{&account, weight, false});
  ++waiting_;
  return Offer::kTaken;
}

std::deque<FairQueue::Ticket>* FairQueue::lane_of(Account& account) const {
  if (account.running >= (account.share.many ? bounds_.running_many : bounds_.running_each)) return nullptr;
  const bool heavy = !account.heavy.empty() && running_heavy_ < bounds_.running_heavy;
  if (account.light.empty()) return heavy ? &account.heavy : nullptr;
  return heavy && account.heavy.front() < account.light.front() ? &account.heavy : &account.light;
}

std::optional<FairQueue::Ticket> FairQueue::next() {
  if (running_ >= bounds_.running) return std::nullopt;
  for (auto* account : turns_) {
    auto* lane = lane_of(*account);
    if (lane == nullptr) continue;
    const auto ticket = lane->front();
    lane->pop_front();
    auto& place = places_.at(ticket);
    place.runs = true;
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

void FairQueue::finish(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end() || !found->second.runs) return;
  auto& account = *found->second.account;
  --running_;
  --account.running;
  if (found->second.weight == Weight::kHeavy) --running_heavy_;
  places_.erase(found);
  forget_if_done(account);
}

bool FairQueue::withdraw(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end() || found->second.runs) return false;
  auto& account = *found->second.account;
  auto& lane = found->second.weight == Weight::kHeavy ? account.heavy : account.light;
  lane.erase(std::ranges::find(lane, ticket));
  places_.erase(found);
  --waiting_;
  if (account.waiting() == 0) leave_turns(account);
  forget_if_done(account);
  return true;
}

void FairQueue::leave_turns(Account& account) {
  turns_.erase(*account.turn);
  account.turn.reset();
}

void FairQueue::forget_if_done(Account& account) {
  if (account.running > 0 || account.waiting() > 0) return;
  const auto name = account.share.name;  // a copy: erasing destroys it
  shares_.erase(name);
}

}  // namespace berth::http
