// Bounds on signing in: how often per address and account, and how many hashes at once (each takes 64 MiB).
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <semaphore>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace berth::portal {

class SignInGuard {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr int kTriesPerWindow = 10;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kMaxRemembered = 10'000;
  static constexpr std::ptrdiff_t kHashesAtOnce = 4;
  static constexpr std::chrono::milliseconds kHashingWait{2'000};

  /// kTooMany, with the seconds to wait, when this pair failed too often of late.
  Status admit(const std::string& account, const std::string& peer, Steady::time_point now);
  void failed(const std::string& account, const std::string& peer, Steady::time_point now);
  void succeeded(const std::string& account, const std::string& peer);

  /// Held while passwords are hashed. kTooMany when there was no room within `wait`: whoever floods the
  /// sign-in must not keep all workers waiting here.
  class Hashing {
   public:
    explicit Hashing(std::counting_semaphore<kHashesAtOnce>& room) : room_(&room) {}
    Hashing(Hashing&& other) noexcept : room_(std::exchange(other.room_, nullptr)) {}
    Hashing& operator=(Hashing&&) = delete;
    ~Hashing() {
      if (room_ != nullptr) room_->release();
    }

   private:
    std::counting_semaphore<kHashesAtOnce>* room_;
  };
  Result<Hashing> begin_hashing(std::chrono::milliseconds wait = kHashingWait);

 private:
  struct Failures {
    int count = 0;
    Steady::time_point since;
  };
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Failures> failures_;
  std::counting_semaphore<kHashesAtOnce> hashing_{kHashesAtOnce};
};

}  // namespace berth::portal
