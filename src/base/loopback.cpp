#include "base/loopback.hpp"

#include <arpa/inet.h>

#include "base/text.hpp"

namespace berth {

bool is_loopback(std::string host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (in_lower_case(host) == "localhost") return true;
  constexpr in_addr_t kFirstOctet = 0xff000000U;
  constexpr in_addr_t kLoopbackNet = 0x7f000000U;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) & kFirstOctet) == kLoopbackNet;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace berth
