// Addresses as they stand in pool files, turned into what a network policy reads. For what makes objects:
// this module and planning/steps.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::manifests {

/// An IP address and a port that pods may reach.
struct Destination {
  std::string cidr;  // a single address: "192.0.2.10/32"
  int port = 0;
};

/// True for an address or range of IPv6.
bool is_ipv6(std::string_view address);

/// Reads "192.0.2.10:6443" or "[2001:db8::1]:6443". Empty for a host name, which no network policy can hold.
std::optional<Destination> parse_destination(std::string_view text);

/// The same of a URL such as "http://192.0.2.1:3128/"; the scheme's own port where none is written.
std::optional<Destination> destination_of_url(std::string_view url);

/// "192.0.2.10" of "192.0.2.10:6443", without brackets.
std::string host_of(std::string_view host_and_port);

}  // namespace berth::manifests
