// The loop that carries all connections of a server. Internal to this module.
#pragma once

#include <boost/asio/io_context.hpp>

#include "base/log.hpp"

namespace berth::tunnel {

/// Until `io` is stopped or has nothing left. What a handler throws has ended what that handler held, is
/// logged, and is nobody else's: one connection for which there is no memory must not end a shell of
/// somebody.
void run_through(boost::asio::io_context& io, const Log& log);

}  // namespace berth::tunnel
