// Bounds on signing in: how often per address and account, how often per address, and how many hashes at once
// (each takes 64 MiB).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace berth::portal {

/// Failures of late, by whom they are counted. Bounded: beyond kMaxRemembered the old ones go, and if all are
/// young, all.
template <typename Key>
class FailureCounts {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kMaxRemembered = 10'000;

  struct TooMany {
    std::chrono::seconds wait;
    bool first;  // to be told since the window began
  };
  std::optional<TooMany> too_many(const Key& key, int most, Steady::time_point now) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    auto& entry = found->second;
    const auto age = now - entry.since;
    if (age >= kWindow) {
      entries_.erase(found);
      return std::nullopt;
    }
    if (entry.count < most) return std::nullopt;
    return TooMany{std::chrono::ceil<std::chrono::seconds>(kWindow - age), !std::exchange(entry.told, true)};
  }

  void add(const Key& key, Steady::time_point now) {
    if (entries_.size() >= kMaxRemembered) {
      std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.since >= kWindow; });
      // Still full: a flood of names. Forgetting the oldest few would help its sender; forgetting all does as
      // well as any choice, and memory stays bounded.
      if (entries_.size() >= kMaxRemembered) entries_.clear();
    }
    auto& entry = entries_[key];
    if (entry.count == 0 || now - entry.since >= kWindow) entry = {0, now, false};
    ++entry.count;
  }

  void forget(const Key& key) { entries_.erase(key); }

 private:
  struct Entry {
    int count = 0;
    Steady::time_point since;
    bool told = false;
  };
  std::map<Key, Entry> entries_;
};

class SignInGuard {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr auto kWindow = FailureCounts<std::string>::kWindow;
  static constexpr auto kMaxRemembered = FailureCounts<std::string>::kMaxRemembered;
  static constexpr int kTriesPerWindow = 10;  // failed ones at one account from one address
  static constexpr int kTriesPerPeer = 30;    // failed ones from one address, whatever the account
  static constexpr int kHashesAtOnce = 4;
  static constexpr int kMostWaiting = 2;
  static constexpr std::chrono::milliseconds kHashingWait{2'000};

  struct Refusal {
    Error error;         // kTooMany, with the seconds to wait
    bool first = false;  // of its window: one row of the audit log is enough for all of them
  };
  /// A refusal when this pair, or this address with any accounts, failed too often of late.
  tl::expected<void, Refusal> admit(const std::string& account, const std::string& peer,
                                    Steady::time_point now);
  void failed(const std::string& account, const std::string& peer, Steady::time_point now);
  /// What the address did at other accounts stays: whoever has one account may not try all the others.
  void succeeded(const std::string& account, const std::string& peer);

  /// Held while passwords are hashed.
  class Hashing {
   public:
    explicit Hashing(SignInGuard& guard) : guard_(&guard) {}
    Hashing(Hashing&& other) noexcept : guard_(std::exchange(other.guard_, nullptr)) {}
    Hashing& operator=(Hashing&&) = delete;
    ~Hashing() {
      if (guard_ != nullptr) guard_->end_hashing();
    }

   private:
    SignInGuard* guard_;
  };
  /// kTooMany at once when kMostWaiting wait already, or when there was no room within `wait`: whoever floods
  /// the sign-in must not keep all workers waiting here.
  Result<Hashing> begin_hashing(std::chrono::milliseconds wait = kHashingWait);
  /// How many wait in `begin_hashing` now.
  int waiting() const;

 private:
  void end_hashing();

  std::mutex mutex_;
  FailureCounts<std::pair<std::string, std::string>> by_account_;
  FailureCounts<std::string> by_peer_;

  mutable std::mutex hashing_mutex_;
  std::condition_variable hashing_ended_;
  int hashing_ = 0;
  int waiting_ = 0;
};

}  // namespace berth::portal
