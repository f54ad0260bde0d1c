#include "manifests/endpoint_address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace berth::manifests {
namespace {

constexpr int kMaxPort = 65535;

/// The prefix that makes a range of the one address, or 0 when `host` is no address.
int single_address_prefix(const std::string& host) {
  in6_addr bytes{};
  if (inet_pton(AF_INET, host.c_str(), &bytes) == 1) return 32;
  if (inet_pton(AF_INET6, host.c_str(), &bytes) == 1) return 128;
  return 0;
}

std::string_view port_text(std::string_view host_and_port) {
  const auto colon = host_and_port.rfind(':');
  return colon == std::string_view::npos ? std::string_view{} : host_and_port.substr(colon + 1);
}

}  // namespace

bool is_ipv6(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

std::string host_of(std::string_view host_and_port) {
  if (host_and_port.starts_with('[')) {
    const auto end = host_and_port.find(']');
    if (end == std::string_view::npos) return {};
    return std::string(host_and_port.substr(1, end - 1));
  }
  return std::string(host_and_port.substr(0, host_and_port.rfind(':')));
}

std::optional<Destination> parse_destination(std::string_view text) {
  const auto host = host_of(text);
  const auto digits = port_text(text);
  const int prefix = single_address_prefix(host);
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (prefix == 0 || !whole || port < 1 || port > kMaxPort) return std::nullopt;
  return Destination{host + "/" + std::to_string(prefix), port};
}

std::optional<Destination> destination_of_url(std::string_view url) {
  std::string_view default_port = ":80";
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    if (url.substr(0, scheme) == "https") default_port = ":443";
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find('/'));
  if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
  const auto after_address = url.find(']');  // the colons before it belong to the address
  const bool has_port =
      url.find(':', after_address == std::string_view::npos ? 0 : after_address) != std::string_view::npos;
  return parse_destination(std::string(url) + (has_port ? "" : std::string(default_port)));
}

}  // namespace berth::manifests
