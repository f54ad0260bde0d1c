// Whom an address stands for where clients are counted.
#pragma once

#include <string>
#include <string_view>

namespace berth::http {

/// An IPv4 address as it is, also where it is written as one of IPv6 ("::ffff:192.0.2.7"); of an IPv6 address
/// its first 64 bits ("2001:db8:0:1::/64"), as whoever has one such address has all of its network. What is
/// no address is its own group.
std::string address_group(std::string_view address);

}  // namespace berth::http
