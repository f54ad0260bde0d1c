// A socket of this machine to listen at, for this user alone. Internal to this module.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <string>

#include "base/result.hpp"

namespace berth::tunnel {

/// What a program that is gone left there is taken away first. kUnavailable where it cannot be.
Result<boost::asio::local::stream_protocol::acceptor> listen_at(boost::asio::io_context& io,
                                                                const std::string& path);

}  // namespace berth::tunnel
