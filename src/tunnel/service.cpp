#include "tunnel/service.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <thread>
#include <utility>

#include "tunnel/line_server.hpp"
#include "tunnel/loop.hpp"
#include "tunnel/port_server.hpp"
#include "tunnel/shell_server.hpp"
#include "tunnel/way_server.hpp"

namespace berth::tunnel {
namespace {

std::uint16_t port_of(const LineServer& server) {
  return server.port();
}
std::uint16_t port_of(const WayServer&) {
  return 0;
}

template <class Server>
class Running final : public Service {
 public:
  explicit Running(Log log) : log_(std::move(log)) {}
  ~Running() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  template <class Start>
  Status begin(Start start) {
    auto server = start(io_);
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    thread_ = std::thread([this] { run_through(io_, log_); });
    return {};
  }
  std::uint16_t port() const override { return port_of(*server_); }
  void look_again() override {
    boost::asio::post(io_, [this] { server_->look_again(); });
  }

 private:
  const Log log_;
  boost::asio::io_context io_{1};  // outlives what it carries
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

template <class Server, class Start>
Result<std::unique_ptr<Service>> running(const Log& log, Start start) {
  auto service = std::make_unique<Running<Server>>(log);
  if (auto begun = service->begin(std::move(start)); !begun) return fail(begun.error());
  return service;
}

}  // namespace

void run_through(boost::asio::io_context& io, const Log& log) {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      log.error("fault on the thread of the tunnels", {{"what", error.what()}});
    }
  }
}

Result<std::unique_ptr<Service>> Service::of_ports(PortServerSettings settings, const Log& log) {
  return running<LineServer>(
      log, [&](boost::asio::io_context& io) { return serve_ports(io, std::move(settings), log); });
}

Result<std::unique_ptr<Service>> Service::of_shells(LineServerSettings settings, const Log& log) {
  return running<LineServer>(
      log, [&](boost::asio::io_context& io) { return serve_shells(io, std::move(settings), log); });
}

Result<std::unique_ptr<Service>> Service::of_ways(WayServerSettings settings, const Log& log) {
  return running<WayServer>(
      log, [&](boost::asio::io_context& io) { return WayServer::start(io, std::move(settings), log); });
}

}  // namespace berth::tunnel
