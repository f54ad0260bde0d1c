// Who hashes a password now and who waits for it: few at once, and nobody's many keep another's one out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace berth::portal {

/// Decides, and waits for nobody. Each has a load: how many of those here are of its account, and how many of
/// its address. A free slot goes to who waits with the least, the longest waiting among equals; where no more
/// may wait, whoever has the most makes room for a newcomer with less.
class FairSlots {
 public:
  FairSlots(std::size_t slots, std::size_t most_waiting) : slots_(slots), most_waiting_(most_waiting) {}

  enum class State { kRunning, kWaiting, kTurnedAway };
  using Ticket = std::uint64_t;

  Ticket come(std::string account, std::string address);
  State state(Ticket ticket) const { return entries_.at(ticket).state; }
  /// It has finished, or waits no longer, or knows that it was turned away.
  void leave(Ticket ticket);
  std::size_t count(State state) const;

 private:
  struct Entry {
    std::string account;
    std::string address;
    State state = State::kWaiting;
  };
  std::size_t load(const Entry& one) const;
  void fill();

  std::size_t slots_;
  std::size_t most_waiting_;
  Ticket next_ = 0;
  std::map<Ticket, Entry> entries_;  // in the order in which they came
};

}  // namespace berth::portal
