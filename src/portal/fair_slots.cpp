#include "portal/fair_slots.hpp"

#include <algorithm>

namespace berth::portal {

FairSlots::Ticket FairSlots::come(std::string account, std::string address, Standing standing) {
  const auto ticket = next_++;
  entries_.emplace(ticket, Entry{std::move(account), std::move(address), standing});
  fill();
  if (count(State::kWaiting) > most_waiting_) {
    // The newest of the worst: the newcomer itself, unless another is worse.
    Entry* worst = nullptr;
    Rank its_rank;
    for (auto& [_, entry] : entries_) {
      if (entry.state != State::kWaiting) continue;
      if (const auto its = rank(entry); worst == nullptr || its >= its_rank) {
        its_rank = its;
        worst = &entry;
      }
    }
    worst->state = State::kTurnedAway;
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

FairSlots::Rank FairSlots::rank(const Entry& one) const {
  std::size_t load = 0;
  std::size_t known = 0;  // of its account; strangers' guesses at it are none of them
  for (const auto& [_, entry] : entries_) {
    if (entry.state == State::kTurnedAway) continue;
    load += (entry.account == one.account ? 1U : 0U) + (entry.address == one.address ? 1U : 0U);
    known += entry.standing.known && entry.account == one.account ? 1U : 0U;
  }
  const bool first = one.standing.known && known <= kOfOnePerson;
  return {!first, one.standing.failed, load};
}

void FairSlots::fill() {
  while (count(State::kRunning) < slots_) {
    Entry* next = nullptr;
    Rank best;
    for (auto& [_, entry] : entries_) {
      if (entry.state != State::kWaiting) continue;
      if (const auto its = rank(entry); next == nullptr || its < best) {
        best = its;
        next = &entry;
      }
    }
    if (next == nullptr) return;
    next->state = State::kRunning;
  }
}

}  // namespace berth::portal
