#include "http/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace berth::http {
namespace {

constexpr std::size_t kNetworkBytes = 8;                                                    // of 16
constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};  // IPv4 in IPv6

}  // namespace

std::string address_group(std::string_view address) {
  std::string text(address);
  std::array<unsigned char, 16> bytes{};
  if (text.find(':') == std::string::npos || inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
    return text;
  std::array<char, INET6_ADDRSTRLEN> network{};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    inet_ntop(AF_INET, bytes.data() + kMapped.size(), network.data(), network.size());
    return network.data();
  }
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), static_cast<unsigned char>(0));
  inet_ntop(AF_INET6, bytes.data(), network.data(), network.size());
  return std::string(network.data()) + "/64";
}

}  // namespace berth::http
