// A TCP connection along a line: bytes both ways, each way's end by itself. Both ends of a tunnel run one.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "tunnel/line.hpp"

namespace berth::tunnel {

struct RelaySettings {
  /// Without a byte in either direction for so long it ends; 0: never.
  std::chrono::milliseconds idle_limit{0};
};

/// Until both have ended, or one is lost: then the other is cut, so that nobody takes half for the whole.
/// `ended` is called once, later, from the thread that runs the socket's I/O. A side that is slow slows the
/// other: no more than a chunk waits in each direction.
void relay(boost::asio::ip::tcp::socket socket, std::shared_ptr<Line> line, RelaySettings settings,
           std::function<void(Status)> ended);

}  // namespace berth::tunnel
