// A line through a workspace's gate, from this machine. Internal to this module.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cli/curl_stream.hpp"
#include "tunnel/line.hpp"

namespace berth::cli {

struct GateAsked {
  CurlStream::To to;
  std::string path;
  std::string pass;  // the cookie that is sent along
};

/// Blocks; the line is then for the thread that runs `io`. kUnauthenticated for a pass that is none (any
/// more); kNotFound with the gate's own reason as the slug, or "no_such_path" where the workspace's image has
/// no such thing; kUnavailable for what may be over in a moment.
Result<std::shared_ptr<tunnel::Line>> open_gate_line(boost::asio::io_context& io, const GateAsked& asked);

}  // namespace berth::cli
