// What a line of the gate is asked to lead to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::tunnel {

inline constexpr std::string_view kPortPath = "/_gate/port/";
inline constexpr std::string_view kShellPath = "/_gate/shell";
/// In the place of a port: a line that leads nowhere and tells, by its end, that its owner was put out.
inline constexpr std::string_view kNowhere = "nowhere";

/// 1 to 65535 in digits, no zero before them.
std::optional<std::uint16_t> parse_port(std::string_view digits);

/// What in a workspace listens on loopback and lets in whoever comes, since the gate has asked before:
/// editor, JupyterLab, terminals (images/workspace). Forwarded, it would be an editor without a gate on the
/// other machine, open to its other users, and by another name of 127.0.0.1 to pages that are looked at
/// there. No tunnel leads to them; the word is whose port it is, empty for any other port.
std::string_view behind_the_gate(std::uint16_t port);

struct PortTarget {
  std::uint16_t port = 0;  // 0: nowhere
  bool operator==(const PortTarget&) const = default;
};
/// Of "/_gate/port/8000" or "/_gate/port/nowhere"; nothing for any other target.
std::optional<PortTarget> parse_port_target(std::string_view target);

}  // namespace berth::tunnel
