// Bounds on signing in, for all workers together: how often (SignInLimits), and how many hashes at once (each
// takes 64 MiB) and whose (FairSlots).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "portal/fair_slots.hpp"
#include "portal/sign_in_limits.hpp"

namespace berth::portal {

class SignInGuard {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::size_t kHashesAtOnce = 4;
  static constexpr std::size_t kMostWaiting = 2;
  static constexpr std::chrono::milliseconds kHashingWait{2'000};

  // As in SignInLimits. `address` is what is counted by, see http::address_group.
  tl::expected<void, SignInLimits::Refusal> admit(const std::string& account, const std::string& address,
                                                  Steady::time_point now);
  void failed(const std::string& account, const std::string& address, Steady::time_point now);
  void succeeded(const std::string& account, const std::string& address, Steady::time_point now);
  /// As ForwardingWatch::notice.
  bool notice_forwarding(const std::string& account, const std::string& peer, bool forwarded);

  /// Held while passwords are hashed.
  class Hashing {
   public:
    Hashing(SignInGuard& guard, FairSlots::Ticket ticket) : guard_(&guard), ticket_(ticket) {}
    Hashing(Hashing&& other) noexcept
        : guard_(std::exchange(other.guard_, nullptr)), ticket_(other.ticket_) {}
    Hashing& operator=(Hashing&&) = delete;
    ~Hashing() {
      if (guard_ != nullptr) guard_->end_hashing(ticket_);
    }

   private:
    SignInGuard* guard_;
    FairSlots::Ticket ticket_;
  };
  /// kTooMany at once when as many wait as may, none with more of its kind than this one; when another made
  /// it give up its place; or when there was no room within `wait`: whoever floods the sign-in must not keep
  /// all workers waiting here.
  Result<Hashing> begin_hashing(const std::string& account, const std::string& address,
                                std::chrono::milliseconds wait = kHashingWait);
  /// How many wait in `begin_hashing` now.
  std::size_t waiting() const;

 private:
  void end_hashing(FairSlots::Ticket ticket);

  std::mutex mutex_;
  SignInLimits limits_;
  ForwardingWatch forwarding_;

  mutable std::mutex hashing_mutex_;
  std::condition_variable changed_;
  FairSlots slots_{kHashesAtOnce, kMostWaiting};
};

}  // namespace berth::portal
