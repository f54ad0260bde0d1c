#include "tunnel/port_server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <vector>

#include "tunnel/guarded.hpp"
#include "tunnel/relay.hpp"
#include "tunnel/small_buffers.hpp"
#include "tunnel/target.hpp"

namespace berth::tunnel {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using IoError = boost::system::error_code;

/// Reads on until it is closed, so that pings are answered; who says something has mistaken it.
void keep(const std::shared_ptr<Line>& line) {
  line->read([line](const Result<Message>& message) {
    if (message) line->cut();
  });
}

class Dial : public std::enable_shared_from_this<Dial> {
  template <class Run>
  auto safe(Run run) {
    return guarded(shared_from_this(), std::move(run));
  }

 public:
  Dial(std::shared_ptr<Visitor> visitor, const PortServerSettings& settings)
      : visitor_(std::move(visitor)),
        socket_(visitor_->executor()),
        timer_(visitor_->executor()),
        settings_(settings) {}

  /// Some programs listen at one of the two alone.
  void to(std::uint16_t port) {
    ends_ = {{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
    timer_.expires_after(settings_.connect_timeout);
    timer_.async_wait([weak = weak_from_this()](const IoError& error) {
      const auto self = weak.lock();
      if (!self || error) return;
      IoError ignored;  // then it is not pending
      self->over_ = true;
      self->socket_.close(ignored);
    });
    try_next();
  }
  void broken() {
    IoError ignored;  // it is over either way
    socket_.close(ignored);
  }

 private:
  void try_next() {
    if (tried_ == ends_.size()) return visitor_->refuse({502, "nothing-listens"});
    const auto& end = ends_.at(tried_++);
    IoError error;
    socket_ = tcp::socket(visitor_->executor());
    socket_.open(end.protocol(), error);
    if (error) return try_next();
    keep_small(socket_);
    socket_.async_connect(end, safe([this](const IoError& failed) {
                            if (over_) return visitor_->refuse({502, "nothing-listens"});
                            if (failed) return try_next();
                            timer_.cancel();
                            visitor_->accept(opened());
                          }));
  }

  std::function<void(std::shared_ptr<Line>)> opened() {
    return [self = shared_from_this()](std::shared_ptr<Line> line) {
      relay(std::move(self->socket_), std::move(line), {self->settings_.idle_limit}, [](const Status&) {
        // Both ends have been told by how theirs ended.
      });
    };
  }

  const std::shared_ptr<Visitor> visitor_;
  std::vector<tcp::endpoint> ends_;
  std::size_t tried_ = 0;
  bool over_ = false;
  tcp::socket socket_;
  asio::steady_timer timer_;
  const PortServerSettings settings_;
};

}  // namespace

Result<std::unique_ptr<LineServer>> serve_ports(asio::io_context& io, PortServerSettings settings,
                                                const Log& log) {
  const auto at = settings.at;
  return LineServer::start(
      io, at,
      [settings = std::move(settings)](std::shared_ptr<Visitor> visitor) {
        const auto target = parse_port_target(visitor->target());
        if (!target) return visitor->refuse({404, "unknown"});
        if (target->port == 0) return visitor->accept(keep);
        if (target->port == settings.own_port) return visitor->refuse({403, "own-port"});
        if (!behind_the_gate(target->port).empty()) return visitor->refuse({403, "behind-the-gate"});
        std::make_shared<Dial>(std::move(visitor), settings)->to(target->port);
      },
      log);
}

}  // namespace berth::tunnel
