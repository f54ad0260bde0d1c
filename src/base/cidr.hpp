// Ranges of IP addresses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace berth {

class Cidr {
 public:
  /// "10.128.0.0/14", "fd00::/64", or a single address of either family. Bits beyond the length are ignored.
  static std::optional<Cidr> parse(std::string_view text);

  /// All of `other` lies inside. Never across families.
  bool contains(const Cidr& other) const;

 private:
  bool ipv6_ = false;
  int length_ = 0;
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace berth
