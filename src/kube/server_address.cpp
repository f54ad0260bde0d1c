#include "kube/server_address.hpp"

#include <algorithm>
#include <charconv>

namespace berth::kube {

namespace {

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= 65535;
}

bool is_host(std::string_view host) {
  if (host.empty()) return false;
  if (host.front() == '[') {
    return host.size() > 2 && host.back() == ']' &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
               std::string_view::npos;
  }
  return host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
         std::string_view::npos;
}

tl::unexpected<Error> bad_server() {
  // The value may hold a password, so it is not shown.
  return fail(
      invalid_field("server", "", "http(s)://host[:port][/path]",
                    "the server must be a URL like https://host:6443, without user, query or fragment"));
}

}  // namespace

Result<ServerAddress> parse_server(std::string_view url) {
  ServerAddress address;
  if (url.starts_with("https://")) {
    address.scheme = "https";
  } else if (url.starts_with("http://")) {
    address.scheme = "http";
  } else {
    return bad_server();
  }
  url.remove_prefix(address.scheme.size() + 3);
  const auto slash = std::min(url.find('/'), url.size());
  const auto authority = url.substr(0, slash);
  address.authority = authority;
  address.prefix = url.substr(slash);
  while (address.prefix.ends_with('/')) address.prefix.pop_back();
  if (address.prefix.find_first_of("?#% \t\r\n") != std::string::npos) return bad_server();

  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  address.host = authority.substr(0, colon);
  address.port = address.scheme == "https" ? "443" : "80";
  if (colon != std::string_view::npos) address.port = authority.substr(colon + 1);
  if (!is_host(address.host) || !is_port(address.port)) return bad_server();
  const bool in_127 =
      address.host.starts_with("127.") && address.host.find_first_not_of("0123456789.") == std::string::npos;
  address.is_loopback = in_127 || address.host == "localhost" || address.host == "[::1]";
  return address;
}

ServerAddress split_server(std::string_view url) {
  return parse_server(url).value_or(ServerAddress{});
}

}  // namespace berth::kube
