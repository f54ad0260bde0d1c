// The workspace's end of terminals: each line runs one command beside it, with a terminal or with pipes. Who
// may ask is decided before, by the gate; it listens on loopback, as the editor does.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "tunnel/line_server.hpp"

namespace berth::tunnel {

/// A command whose line ends is hung up on (SIGHUP), as one is whose terminal is closed. One server a
/// process: it buries its children by SIGCHLD.
Result<std::unique_ptr<LineServer>> serve_shells(boost::asio::io_context& io, LineServerSettings settings,
                                                 const Log& log);

}  // namespace berth::tunnel
