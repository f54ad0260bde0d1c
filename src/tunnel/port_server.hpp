// The gate's end of tunnels: each line becomes a connection to a port of this machine's loopback, which in a
// pod is that of all its containers. Who may ask is decided before, by the gate.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "tunnel/line_server.hpp"

namespace berth::tunnel {

/// Refuses with 404 "unknown", 403 "own-port" and "behind-the-gate", 502 "nothing-listens".
Result<std::unique_ptr<LineServer>> serve_ports(boost::asio::io_context& io, PortServerSettings settings,
                                                const Log& log);

}  // namespace berth::tunnel
