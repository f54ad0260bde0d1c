// Tokens of service accounts that were asked for, and whose they are. They are forgotten with the process.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace berth::simcluster {

/// How many are kept; of more the first to expire go.
inline constexpr std::size_t kMaxTokens = 10'000;

class Tokens {
 public:
  struct Holder {
    std::string ns;
    std::string account;
    std::string uid;  // of the account: one that is made anew is another
    Instant expires;
    /// What it hangs on besides, in the account's namespace; no name: nothing.
    std::string bound_storage{};
    std::string bound_name{};
    std::string bound_uid{};
  };
  std::string give(Random& random, Holder holder, Instant now);
  /// Null for what is none, or none any more.
  const Holder* find(std::string_view token, Instant now) const;

 private:
  std::map<std::string, Holder, std::less<>> tokens_;
};

}  // namespace berth::simcluster
