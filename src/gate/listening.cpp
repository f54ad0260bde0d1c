#include "gate/listening.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace berth::gate {
namespace {

constexpr int kBacklog = 511;  // as nginx has it
/// What the kernel may keep for each who is connected, in each direction, is twice that; left to itself it
/// would be megabytes, and all of it counts as the gate's memory. The router is near: it does not slow it.
constexpr int kKeptBytes = 64 * 1024;

bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

bool set(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof(value)) == 0;
}

/// 0, or what went wrong.
int bind_and_listen(int socket, const std::string& address, std::uint16_t port) {
  if (!set(socket, SOL_SOCKET, SO_REUSEADDR, 1) || !set(socket, SOL_SOCKET, SO_RCVBUF, kKeptBytes) ||
      !set(socket, SOL_SOCKET, SO_SNDBUF, kKeptBytes)) {
    return errno;
  }
  int bound = 0;
  if (is_ipv6(address)) {
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    at.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, address.c_str(), &at.sin6_addr) != 1) return EINVAL;
    if (!set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return errno;
    bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
  } else {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) return EINVAL;
    bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
  }
  return bound != 0 || ::listen(socket, kBacklog) != 0 ? errno : 0;
}

}  // namespace

Result<Listening> Listening::at(const std::vector<std::string>& addresses, std::uint16_t port) {
  Listening all;
  for (const auto& address : addresses) {
    const int socket =
        ::socket(is_ipv6(address) ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int error = socket < 0 ? errno : bind_and_listen(socket, address, port);
    if (socket >= 0) all.sockets_.push_back(socket);
    if (error == 0) continue;
    return fail(error == EADDRINUSE ? Code::kConflict : Code::kUnavailable,
                fmt::format("cannot listen at {} port {}: {}", address, port, std::strerror(error)));
  }
  return all;
}

Listening::~Listening() {
  for (const int socket : sockets_) ::close(socket);
}

std::string listen_lines(const std::vector<std::string>& addresses, std::uint16_t port) {
  std::string lines;
  for (const auto& address : addresses) {
    lines +=
        fmt::format("listen {}:{} rcvbuf={} sndbuf={};\n",
                    is_ipv6(address) ? fmt::format("[{}]", address) : address, port, kKeptBytes, kKeptBytes);
  }
  return lines;
}

std::vector<std::string> all_addresses() {
  std::vector<std::string> all{"0.0.0.0"};
  std::ifstream interfaces("/proc/net/if_inet6");
  std::string line;
  if (std::getline(interfaces, line) && !line.empty()) all.emplace_back("::");
  return all;
}

}  // namespace berth::gate
