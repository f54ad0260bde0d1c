// The servers, each with a thread of its own: tunnels to ports, terminals, and ways to what listens in the
// pod.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"

namespace berth::tunnel {

/// Who holds the pass that a request came with, as the gate's judge told its nginx, which sets it.
inline constexpr std::string_view kHolderHeader = "Berth-Holder";
/// Whether somebody with this in that header may still be inside. Any thread; must not block.
using StillIn = std::function<bool(std::string_view holder)>;

struct LineServerSettings {
  std::string path = {};   // of a socket, for this user alone; empty: `port`
  std::uint16_t port = 0;  // of 127.0.0.1; 0: any free one
  std::size_t most = 128;  // lines, and those that ask for one; more are answered 503 "too-many"
  std::chrono::milliseconds head_timeout{10'000};
  StillIn still_in = {};  // empty: whoever asks is
};

struct PortServerSettings {
  LineServerSettings at;
  std::uint16_t own_port = 0;  // the gate's own, which no tunnel leads to: it would lead in a circle
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds idle_limit{3'600'000};  // as nginx has
};

/// From a socket, for this user alone, to a port of 127.0.0.1.
struct Way {
  std::string path;
  std::uint16_t port = 0;
};
struct WayServerSettings {
  std::vector<Way> ways;
  StillIn still_in;
  std::size_t most = 128;  // connections of all ways at once; more wait at the door
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds connect_timeout{5'000};
};

/// Until it is destroyed; then all its lines are cut.
class Service {
 public:
  /// kUnavailable where it cannot listen there.
  static Result<std::unique_ptr<Service>> of_ports(PortServerSettings settings, const Log& log);
  static Result<std::unique_ptr<Service>> of_shells(LineServerSettings settings, const Log& log);
  /// HTTP as nginx speaks it, one request a connection, led on as it comes but for kHolderHeader.
  static Result<std::unique_ptr<Service>> of_ways(WayServerSettings settings, const Log& log);

  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;
  virtual std::uint16_t port() const = 0;
  /// Cuts what is open for somebody who is not `still_in` any more, and nobody else's. Soon; any thread.
  virtual void look_again() = 0;
};

}  // namespace berth::tunnel
