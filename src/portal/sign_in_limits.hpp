// How often one may try to sign in: decided from who tried what and when, without a clock or a lock of its
// own.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "portal/fair_slots.hpp"

namespace berth::portal {

/// Events of late, by whom they are counted. Bounded: beyond kMaxRemembered the old ones go, and if all are
/// young, all.
template <typename Key>
class RecentCounts {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::size_t kMaxRemembered = 10'000;

  explicit RecentCounts(std::chrono::seconds window) : window_(window) {}

  struct TooMany {
    std::chrono::seconds wait;
    bool first;  // to be told since the window began
  };
  std::optional<TooMany> too_many(const Key& key, int most, Steady::time_point now) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    auto& entry = found->second;
    const auto age = now - entry.since;
    if (age >= window_) {
      entries_.erase(found);
      return std::nullopt;
    }
    if (entry.count < most) return std::nullopt;
    return TooMany{std::chrono::ceil<std::chrono::seconds>(window_ - age), !std::exchange(entry.told, true)};
  }

  void add(const Key& key, Steady::time_point now) {
    if (entries_.size() >= kMaxRemembered) {
      std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.since >= window_; });
      // Still full: a flood of names. Forgetting the oldest few would help its sender; forgetting all does as
      // well as any choice, and memory stays bounded.
      if (entries_.size() >= kMaxRemembered) entries_.clear();
    }
    auto& entry = entries_[key];
    if (entry.count == 0 || now - entry.since >= window_) entry = {0, now, false};
    ++entry.count;
  }

  /// Of the window that goes on.
  int count(const Key& key, Steady::time_point now) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || now - found->second.since >= window_ ? 0 : found->second.count;
  }

  void forget(const Key& key) { entries_.erase(key); }

 private:
  struct Entry {
    int count = 0;
    Steady::time_point since;
    bool told = false;
  };
  std::chrono::seconds window_;
  std::map<Key, Entry> entries_;
};

/// Nobody can close an account, or an address, to others: what is refused for the rest of a minute is one
/// account from one address, or an account whose own password was right too often. Many failures at an
/// account, or from an address, only make the others there come in turn, some seconds later.
class SignInLimits {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::chrono::seconds kAccountWindow{600};
  static constexpr std::size_t kMaxRemembered = RecentCounts<std::string>::kMaxRemembered;
  static constexpr int kTriesPerPair = 10;     // failed ones at one account from one address
  static constexpr int kTriesPerAddress = 30;  // failed ones from one address; then in turn
  static constexpr int kTriesPerAccount =
      20;  // failed ones from all addresses, per kAccountWindow; then in turn
  static constexpr int kSignInsPerAccount = 60;             // whose password was right
  static constexpr std::chrono::seconds kTurnOfAccount{3};  // between two turns at one account
  static constexpr std::chrono::seconds kTurnOfAddress{1};  // between two turns of one address
  static constexpr std::chrono::seconds kLongestTurn{15};   // from when one came to when one may
  static constexpr std::chrono::seconds kTurnIsGood{60};    // from then on
  static constexpr std::chrono::hours kKnownFor{24 * 30};

  struct Refusal {
    Error error;         // kTooMany, with the seconds to wait
    bool first = false;  // of its window: one row of the audit log is enough for all of them
  };
  /// `address` is what is counted by: see http::address_group.
  tl::expected<void, Refusal> admit(const std::string& account, const std::string& address,
                                    Steady::time_point now);
  void failed(const std::string& account, const std::string& address, Steady::time_point now);
  /// What the address did at other accounts stays: whoever has one account may not try all the others. From
  /// here on the address is known to the account: others' failures make it wait no more.
  void succeeded(const std::string& account, const std::string& address, Steady::time_point now);
  /// How well the two stand beside others who want to sign in at the same moment.
  Standing standing(const std::string& account, const std::string& address, Steady::time_point now) const;

 private:
  using Pair = std::pair<std::string, std::string>;
  /// The seconds until this pair's turn; empty when it has come, which uses it up.
  std::optional<std::chrono::seconds> turn(const Pair& pair, bool of_account, bool of_address,
                                           Steady::time_point now);
  bool is_known(const Pair& pair, Steady::time_point now) const;

  RecentCounts<Pair> by_pair_{kWindow};
  RecentCounts<std::string> by_address_{kWindow};
  RecentCounts<std::string> by_account_{kAccountWindow};
  RecentCounts<std::string> sign_ins_{kWindow};
  std::map<Pair, Steady::time_point> known_;
  std::map<Pair, Steady::time_point> turns_;
  std::map<std::string, Steady::time_point> last_of_account_;
  std::map<std::string, Steady::time_point> last_of_address_;
};

/// Notices that a router stands in front whose word is not taken: all sign-ins, of several accounts, come
/// from one address and say that they come for another. Everybody is one address to the limits then.
class ForwardingWatch {
 public:
  static constexpr int kEnough = 5;
  /// True once, when that is the case.
  bool notice(const std::string& account, const std::string& peer, bool forwarded);

 private:
  std::string peer_;
  std::string account_;
  int count_ = 0;
  bool several_ = false;
  bool told_ = false;
};

}  // namespace berth::portal
