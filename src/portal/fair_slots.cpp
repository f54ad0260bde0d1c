#include "portal/fair_slots.hpp"

#include <algorithm>

namespace berth::portal {

FairSlots::Ticket FairSlots::come(std::string account, std::string address) {
  const auto ticket = next_++;
  entries_.emplace(ticket, Entry{std::move(account), std::move(address)});
  fill();
  if (count(State::kWaiting) > most_waiting_) {
    // The newest of those with the most: the newcomer itself, unless another has more.
    Entry* busiest = nullptr;
    std::size_t most = 0;
    for (auto& [_, entry] : entries_) {
      if (entry.state != State::kWaiting) continue;
      if (const auto its = load(entry); its >= most) {
        most = its;
        busiest = &entry;
      }
    }
    busiest->state = State::kTurnedAway;
  }
  return ticket;
}

void FairSlots::leave(Ticket ticket) {
  entries_.erase(ticket);
  fill();
}

std::size_t FairSlots::count(State state) const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.second.state == state; }));
}

std::size_t FairSlots::load(const Entry& one) const {
  std::size_t sum = 0;
  for (const auto& [_, entry] : entries_) {
    if (entry.state == State::kTurnedAway) continue;
    sum += (entry.account == one.account ? 1U : 0U) + (entry.address == one.address ? 1U : 0U);
  }
  return sum;
}

void FairSlots::fill() {
  while (count(State::kRunning) < slots_) {
    Entry* next = nullptr;
    std::size_t least = 0;
    for (auto& [_, entry] : entries_) {
      if (entry.state != State::kWaiting) continue;
      if (const auto its = load(entry); next == nullptr || its < least) {
        least = its;
        next = &entry;
      }
    }
    if (next == nullptr) return;
    next->state = State::kRunning;
  }
}

}  // namespace berth::portal
