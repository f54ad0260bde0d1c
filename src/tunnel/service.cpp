#include "tunnel/service.hpp"

#include <boost/asio/io_context.hpp>
#include <thread>
#include <utility>

#include "tunnel/line_server.hpp"
#include "tunnel/port_server.hpp"
#include "tunnel/shell_server.hpp"

namespace berth::tunnel {
namespace {

class Running final : public Service {
 public:
  ~Running() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  template <class Start>
  Status begin(Start start) {
    auto server = start(io_);
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }
  std::uint16_t port() const override { return server_->port(); }

 private:
  boost::asio::io_context io_{1};  // outlives what it carries
  std::unique_ptr<LineServer> server_;
  std::thread thread_;
};

template <class Start>
Result<std::unique_ptr<Service>> running(Start start) {
  auto service = std::make_unique<Running>();
  if (auto begun = service->begin(std::move(start)); !begun) return fail(begun.error());
  return service;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::of_ports(PortServerSettings settings, const Log& log) {
  return running([&](boost::asio::io_context& io) { return serve_ports(io, std::move(settings), log); });
}

Result<std::unique_ptr<Service>> Service::of_shells(LineServerSettings settings, const Log& log) {
  return running([&](boost::asio::io_context& io) { return serve_shells(io, std::move(settings), log); });
}

}  // namespace berth::tunnel
