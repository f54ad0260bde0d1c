// Whose request runs next: shares take turns, none runs, waits or is owed an answer beyond its bound, and
// what is heavy never takes every place. A value without threads and clock; the pool of workers stands around
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace berth::http {

/// Who is served: a person, or what may be many, as an address.
struct Share {
  std::string name;
  bool many = false;
};

enum class Weight { kLight, kHeavy };

class FairQueue {
 public:
  using Ticket = std::uint64_t;

  struct Bounds {
    std::size_t running = 8;
    std::size_t running_heavy = 4;
    std::size_t waiting = 1024;
    std::size_t later = 1024;  // begun and not answered, with a worker or without
    // Of one person.
    std::size_t running_each = 2;
    std::size_t waiting_each = 64;
    std::size_t later_each = 16;
    // Of a share that may be many.
    std::size_t running_many = 4;
    std::size_t waiting_many = 256;
    std::size_t later_many = 64;

    /// In proportion to the workers: a person has a quarter, an address half, what is heavy half in all. What
    /// may be owed is in proportion to what may wait.
    static Bounds of(std::size_t workers, std::size_t waiting);
    /// Turns alone: one share may have everything while no other asks.
    static Bounds turns_alone(std::size_t workers, std::size_t waiting);
    bool operator==(const Bounds&) const = default;
  };

  enum class Offer { kTaken, kTooManyOfShare, kFull };

  explicit FairQueue(Bounds bounds) : bounds_(bounds) {}

  /// Tickets are the caller's, each new one greater than all before.
  Offer offer(Ticket ticket, const Share& share, Weight weight);
  /// The next that may run; from now on it runs. Of the shares that have one it is the turn of the one that
  /// was served longest ago, and within it of the oldest.
  std::optional<Ticket> next();
  /// It has run, but its answer is owed by somebody else than its worker: it still counts for its share, as
  /// later.
  void leave_worker(Ticket ticket);
  /// It has run, and is answered.
  void finish(Ticket ticket);
  /// It is not wanted any more. False when it does not wait.
  bool withdraw(Ticket ticket);

  std::size_t waiting() const { return waiting_; }
  std::size_t running() const { return running_; }
  std::size_t running_heavy() const { return running_heavy_; }
  std::size_t later() const { return later_; }
  /// Shares that run, wait or are owed an answer: no other leaves anything behind.
  std::size_t shares() const { return shares_.size(); }

 private:
  struct Account {
    Share share;
    std::deque<Ticket> light, heavy;  // that wait
    std::size_t running = 0;
    std::size_t later = 0;
    std::optional<std::list<Account*>::iterator> turn;  // none: nothing waits
    std::size_t waiting() const { return light.size() + heavy.size(); }
  };
  enum class State { kWaits, kRuns, kLater };
  struct Place {
    Account* account = nullptr;
    Weight weight = Weight::kLight;
    State state = State::kWaits;
  };

  /// The lane whose front may run now, or none.
  std::deque<Ticket>* lane_of(Account& account) const;
  void stop_running(const Place& place);
  void leave_turns(Account& account);
  void forget_if_done(Account& account);

  const Bounds bounds_;
  std::map<std::string, Account, std::less<>> shares_;
  std::list<Account*> turns_;  // of those where something waits; the front was served longest ago
  std::unordered_map<Ticket, Place> places_;
  std::size_t waiting_ = 0;
  std::size_t running_ = 0;
  std::size_t running_heavy_ = 0;
  std::size_t later_ = 0;
};

}  // namespace berth::http
