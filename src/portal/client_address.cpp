#include "portal/client_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "http/headers.hpp"

namespace berth::portal {
namespace {

using Address = std::array<unsigned char, 16>;

constexpr std::string_view kForwardedFor = "X-Forwarded-For";
constexpr std::size_t kLongestAddress = INET6_ADDRSTRLEN - 1;
constexpr Address kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
constexpr int kMappedBits = 96;
constexpr int kAddressBits = 128;

bool is_mapped(const Address& address) {
  return std::equal(address.begin(), address.begin() + kMappedBits / 8, kMappedPrefix.begin());
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.empty() || text.size() > kLongestAddress) return std::nullopt;
  const std::string terminated(text);
  auto address = kMappedPrefix;
  const bool is_v6 = text.find(':') != std::string_view::npos;
  const bool good = is_v6 ? inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1
                          : inet_pton(AF_INET, terminated.c_str(), address.data() + kMappedBits / 8) == 1;
  return good ? std::optional(address) : std::nullopt;
}

/// In the one form of each address, so that counting by it is counting by who it is.
std::string text_of(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_mapped(address)) {
    inet_ntop(AF_INET, address.data() + kMappedBits / 8, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  }
  return text.data();
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "[2001:db8::1]:4711" and "192.0.2.1:4711" are what some proxies write. Empty for a port that is none.
std::string_view without_port(std::string_view entry) {
  if (entry.starts_with('[')) {
    const auto close = entry.find(']');
    if (close == std::string_view::npos) return {};
    const auto after = entry.substr(close + 1);
    const bool good = after.empty() || (after.front() == ':' && all_digits(after.substr(1)));
    return good ? entry.substr(1, close - 1) : std::string_view();
  }
  const auto colon = entry.find(':');
  if (colon == std::string_view::npos || entry.find(':', colon + 1) != std::string_view::npos) return entry;
  return all_digits(entry.substr(colon + 1)) ? entry.substr(0, colon) : std::string_view();
}

bool lies_in(const Address& address, const Address& base, int bits) {
  for (std::size_t i = 0; bits > 0; ++i, bits -= 8) {
    const auto mask = bits >= 8 ? 0xffU : (0xffU << static_cast<unsigned>(8 - bits)) & 0xffU;
    if ((address[i] & mask) != (base[i] & mask)) return false;
  }
  return true;
}

Error malformed(const std::string& network) {
  return invalid_field(
      "trusted-proxy", shown(network), "an address or a network, like 10.128.0.0/14",
      fmt::format("\"{}\" is no address and no network like 10.128.0.0/14.", shown(network)));
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
  if (networks.size() > kMostNetworks) {
    return fail(invalid_field("trusted-proxy", std::to_string(networks.size()),
                              fmt::format("at most {} networks", kMostNetworks),
                              fmt::format("At most {} networks can be trusted.", kMostNetworks)));
  }
  TrustedProxies proxies;
  for (const auto& network : networks) {
    const auto text = trimmed(network);
    const auto slash = text.find('/');
    const auto base = parse_address(text.substr(0, slash));
    if (!base) return fail(malformed(network));
    const int before = is_mapped(*base) && text.find(':') == std::string_view::npos ? kMappedBits : 0;
    int bits = kAddressBits - before;
    if (slash != std::string_view::npos) {
      const auto length = text.substr(slash + 1);
      const auto [rest, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
      if (error != std::errc() || rest != length.data() + length.size() || bits < 0 ||
          bits > kAddressBits - before) {
        return fail(malformed(network));
      }
    }
    proxies.networks_.push_back({*base, before + bits});
  }
  return proxies;
}

bool TrustedProxies::trusts(std::string_view text) const {
  const auto address = parse_address(text);
  return address && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
           return lies_in(*address, network.base, network.bits);
         });
}

std::string client_address(const TrustedProxies& proxies, const std::string& peer,
                           const http::Headers& headers) {
  if (!proxies.trusts(peer)) return peer;
  std::size_t hops = 0;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!http::equal_without_case(header->first, kForwardedFor)) continue;
    std::string_view rest = header->second;
    for (auto comma = rest.size(); comma != std::string_view::npos; rest = rest.substr(0, comma)) {
      comma = rest.rfind(',');
      const auto entry = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      const auto address = parse_address(without_port(entry));
      if (!address || ++hops > kMostForwardedHops) return peer;
      auto text = text_of(*address);
      if (!proxies.trusts(text)) return text;
    }
  }
  return peer;
}

bool is_forwarded(const http::Headers& headers) {
  return http::find_header(headers, kForwardedFor).has_value();
}

}  // namespace berth::portal
