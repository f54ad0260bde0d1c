// The two servers of lines, each with a thread of its own: tunnels to ports, and terminals.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/result.hpp"

namespace berth::tunnel {

struct LineServerSettings {
  std::string path = {};   // of a socket, for this user alone; empty: `port`
  std::uint16_t port = 0;  // of 127.0.0.1; 0: any free one
  std::size_t most = 128;  // lines, and those that ask for one; more are answered 503 "too-many"
  std::chrono::milliseconds head_timeout{10'000};
};

struct PortServerSettings {
  LineServerSettings at;
  std::uint16_t own_port = 0;  // the gate's own, which no tunnel leads to: it would lead in a circle
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds idle_limit{3'600'000};  // as nginx has
};

/// Until it is destroyed; then all its lines are cut.
class Service {
 public:
  /// kUnavailable where it cannot listen there.
  static Result<std::unique_ptr<Service>> of_ports(PortServerSettings settings, const Log& log);
  static Result<std::unique_ptr<Service>> of_shells(LineServerSettings settings, const Log& log);

  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;
  virtual std::uint16_t port() const = 0;
};

}  // namespace berth::tunnel
