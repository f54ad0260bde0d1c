// Who asks, when a router or a load balancer stands in front: its word is taken, and nobody else's.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/http.hpp"

namespace berth::portal {

/// Networks whose hosts tell the truth about whom they speak for.
class TrustedProxies {
 public:
  static constexpr std::size_t kMostNetworks = 64;

  /// "10.128.0.0/14", "fd00::/8", "192.0.2.1". kInvalid (field "trusted-proxy") for what is none.
  static Result<TrustedProxies> parse(const std::vector<std::string>& networks);

  bool empty() const { return networks_.empty(); }
  /// False for what is no address.
  bool trusts(std::string_view address) const;

 private:
  struct Network {
    std::array<unsigned char, 16> base{};  // IPv4 as ::ffff:a.b.c.d
    int bits = 0;
  };
  std::vector<Network> networks_;
};

/// Entries of X-Forwarded-For that are looked at, from the right. What stands to the left of the first one
/// that is not trusted may be anybody's invention and is not read.
inline constexpr std::size_t kMostForwardedHops = 16;

/// The address of whoever asks: `peer`, the other end of the connection, unless it is trusted; then the
/// right-most entry of X-Forwarded-For that is not. `peer` again where there is none, or one on the way is no
/// address.
std::string client_address(const TrustedProxies& proxies, const std::string& peer,
                           const http::Headers& headers);

/// Whether a router says, rightly or not, for whom it asks.
bool is_forwarded(const http::Headers& headers);

}  // namespace berth::portal
