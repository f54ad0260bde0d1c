// Who hashes a password now and who waits for it: few at once, and nobody's many keep another's one out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

namespace berth::portal {

/// What is known of who comes: whether they have signed in to this account from this address before, and how
/// many sign-ins from the address failed of late.
struct Standing {
  bool known = false;
  int failed = 0;
};

/// Decides, and waits for nobody. Who is known goes before who is not, unless more are here of that account
/// than one person needs, then who failed less, then who has the lower load: how many of those here are of
/// its account, and how many of its address. A free slot goes to the best who waits, the longest waiting
/// among equals; where no more may wait, the worst makes room for a better newcomer. So many strangers,
/// however many addresses they have, keep nobody out who has been here before; nor do a member's own many.
class FairSlots {
 public:
  FairSlots(std::size_t slots, std::size_t most_waiting) : slots_(slots), most_waiting_(most_waiting) {}

  enum class State { kRunning, kWaiting, kTurnedAway };
  using Ticket = std::uint64_t;

  Ticket come(std::string account, std::string address, Standing standing = {});
  State state(Ticket ticket) const { return entries_.at(ticket).state; }
  /// It has finished, or waits no longer, or knows that it was turned away.
  void leave(Ticket ticket);
  std::size_t count(State state) const;

 private:
  struct Entry {
    std::string account;
    std::string address;
    Standing standing;
    State state = State::kWaiting;
  };
  static constexpr std::size_t kOfOnePerson = 2;
  /// Less is better.
  using Rank = std::tuple<bool, int, std::size_t>;
  Rank rank(const Entry& one) const;
  void fill();

  std::size_t slots_;
  std::size_t most_waiting_;
  Ticket next_ = 0;
  std::map<Ticket, Entry> entries_;  // in the order in which they came
};

}  // namespace berth::portal
