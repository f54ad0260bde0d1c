// The parts of an API server's URL.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::kube {

struct ServerAddress {
  std::string scheme{};  // "https" or "http"
  std::string host{};    // an IPv6 address keeps its brackets
  std::string port{};
  std::string authority{};  // "host" or "host:port", as written
  std::string prefix{};     // "" or "/k8s/clusters/c1"
  bool is_loopback = false;
};

/// kInvalid when it is not http(s)://host[:port][/path], or holds a user, a query or a fragment.
Result<ServerAddress> parse_server(std::string_view url);

/// Of a URL that `parse_server` has accepted; empty parts for any other.
ServerAddress split_server(std::string_view url);

}  // namespace berth::kube
