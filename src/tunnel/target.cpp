#include "tunnel/target.hpp"

#include <charconv>

namespace berth::tunnel {

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || read != end || digits.front() == '0') return std::nullopt;
  return port;
}

std::string_view behind_the_gate(std::uint16_t port) {
  switch (port) {
    case 8080:
      return "the editor";
    case 8888:
      return "JupyterLab";
    case 8082:
      return "the terminals";
    default:
      return {};
  }
}

std::optional<PortTarget> parse_port_target(std::string_view target) {
  if (!target.starts_with(kPortPath)) return std::nullopt;
  target.remove_prefix(kPortPath.size());
  if (target == kNowhere) return PortTarget{};
  const auto port = parse_port(target);
  return port ? std::optional(PortTarget{*port}) : std::nullopt;
}

}  // namespace berth::tunnel
