// The gate's end of what goes on to editor, JupyterLab and terminals: nginx asks who comes, and leads
// requests here, where each becomes a connection to a port of this machine's loopback. So each is known by
// whose it is, and can be cut by itself.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "tunnel/service.hpp"

namespace berth::tunnel {

class WayServer {
 public:
  /// `io` has to outlive it. kUnavailable where it cannot listen there.
  static Result<std::unique_ptr<WayServer>> start(boost::asio::io_context& io, WayServerSettings settings,
                                                  Log log);
  WayServer() = default;
  WayServer(const WayServer&) = delete;
  WayServer& operator=(const WayServer&) = delete;
  virtual ~WayServer() = default;
  /// As Service::look_again, on the thread that runs `io`.
  virtual void look_again() = 0;
};

}  // namespace berth::tunnel
