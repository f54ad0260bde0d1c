// What a browser holds once a ticket let it in: a cookie that only the gate which gave it can have made.
//
// HMAC-SHA512-256 with a key of that gate, by libsodium.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::entry {

/// A pass that is not used for so long is none any more: a laptop that was closed over lunch comes back, one
/// that was stolen overnight does not.
inline constexpr hours kPassLifetime{2};
/// One that is used is renewed when it is older than this.
inline constexpr minutes kPassRenewedAfter{5};
/// However it is used, it ends so long after its ticket.
inline constexpr hours kPassLongest{16};
inline constexpr std::size_t kMaxPassBytes = 1024;

using PassKey = std::array<std::byte, 32>;
PassKey make_pass_key(Random& random);

struct Pass {
  std::string user;
  std::string session;
  Instant entered;  // by a ticket
  Instant issued;   // or renewed
  bool operator==(const Pass&) const = default;
};

/// Text for a cookie.
std::string seal(const Pass& pass, const PassKey& key);
/// kMalformed for what `seal` has not made with this key; kGone for one that has run out.
Result<Pass> unseal(std::string_view text, const PassKey& key, Instant now);

}  // namespace berth::entry
