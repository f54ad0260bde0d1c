#include "http/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace berth::http {
namespace {

constexpr std::size_t kHostBytes = 8;  // of 16

}  // namespace

std::string address_group(std::string_view address) {
  std::string text(address);
  std::array<unsigned char, 16> bytes{};
  if (text.find(':') == std::string::npos || inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
    return text;
  std::fill(bytes.begin() + kHostBytes, bytes.end(), static_cast<unsigned char>(0));
  std::array<char, INET6_ADDRSTRLEN> network{};
  inet_ntop(AF_INET6, bytes.data(), network.data(), network.size());
  return std::string(network.data()) + "/64";
}

}  // namespace berth::http
