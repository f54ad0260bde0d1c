#include "base/cidr.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <string>

namespace berth {

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Cidr out;
  out.ipv6_ = address.find(':') != std::string::npos;
  if (::inet_pton(out.ipv6_ ? AF_INET6 : AF_INET, address.c_str(), out.bytes_.data()) != 1)
    return std::nullopt;
  const int most = out.ipv6_ ? 128 : 32;
  out.length_ = most;
  if (slash == std::string_view::npos) return out;
  const auto digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.length_);
  if (error != std::errc() || end != digits.data() + digits.size() || out.length_ < 0 || out.length_ > most)
    return std::nullopt;
  return out;
}

bool Cidr::contains(const Cidr& other) const {
  if (ipv6_ != other.ipv6_ || length_ > other.length_) return false;
  for (int bit = 0; bit < length_; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const auto mask = static_cast<unsigned>(0x80 >> (bit % 8));
    if (((bytes_.at(byte) ^ other.bytes_.at(byte)) & mask) != 0) return false;
  }
  return true;
}

}  // namespace berth
