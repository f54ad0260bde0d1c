#include "tunnel/line_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/http.hpp>
#include <cstring>
#include <optional>
#include <utility>

#include "tunnel/web_socket_line.hpp"

namespace berth::tunnel {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;
using Error = boost::system::error_code;

constexpr std::size_t kMaxHeadBytes = 16UL * 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};

/// One of the server's places, from the connection to the end of its line.
class Place {
 public:
  explicit Place(std::shared_ptr<std::atomic<std::size_t>> taken) : taken_(std::move(taken)) {
    number_ = ++*taken_;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --*taken_; }
  std::size_t number() const { return number_; }

 private:
  std::shared_ptr<std::atomic<std::size_t>> taken_;
  std::size_t number_;
};

using Request = http::request<http::empty_body>;

/// What is no web socket of a program of ours.
std::optional<Refusal> refused(const Request& request) {
  const beast::string_view client(kClientHeader.data(), kClientHeader.size());
  if (request.count(http::field::origin) != 0 || request[client].empty()) return Refusal{403, "not-a-client"};
  if (!beast::websocket::is_upgrade(request)) return Refusal{400, "no-web-socket"};
  return std::nullopt;
}

class Guest final : public Visitor, public std::enable_shared_from_this<Guest> {
 public:
  using Line = WebSocketLine<Socket>;

  Guest(Socket socket, std::shared_ptr<Place> place, std::chrono::milliseconds patience)
      : place_(std::move(place)),
        socket_(std::move(socket)),
        io_(socket_.get_executor()),
        timer_(socket_.get_executor()),
        patience_(patience) {
    parser_.header_limit(kMaxHeadBytes);
  }

  void read_head(std::function<void(std::shared_ptr<Visitor>)> done, std::size_t most) {
    expire();
    http::async_read_header(
        socket_, buffer_, parser_,
        [self = shared_from_this(), done = std::move(done), most](const Error& error, std::size_t) {
          self->timer_.cancel();
          if (error) return;  // gone, or no HTTP: nothing to answer
          self->request_ = self->parser_.release();
          if (const auto refusal = refused(self->request_)) return self->refuse(*refusal);
          if (self->place_->number() > most) return self->refuse({503, "too-many"});
          done(self);
        });
  }

  std::string_view target() const override { return {request_.target().data(), request_.target().size()}; }
  asio::any_io_executor executor() const override { return io_; }

  void refuse(Refusal refusal) override {
    auto answer =
        std::make_shared<http::response<http::string_body>>(static_cast<http::status>(refusal.status), 11);
    answer->set(beast::string_view(kRefusedHeader.data(), kRefusedHeader.size()),
                beast::string_view(refusal.reason.data(), refusal.reason.size()));
    answer->set(http::field::content_type, "text/plain");
    answer->keep_alive(false);
    answer->body() = std::string(refusal.reason) + "\n";
    answer->prepare_payload();
    expire();
    http::async_write(socket_, *answer, [self = shared_from_this(), answer](const Error&, std::size_t) {
      self->timer_.cancel();
      Error ignored;  // whoever was refused may be gone
      self->socket_.shutdown(Socket::shutdown_send, ignored);
    });
  }

  void accept(std::function<void(std::shared_ptr<tunnel::Line>)> opened) override {
    auto socket = std::make_unique<Line::Socket>(std::move(socket_));
    auto& open = *socket;
    open.async_accept(request_, [self = shared_from_this(), socket = std::move(socket),
                                 opened = std::move(opened)](const Error& error) mutable {
      if (!error) opened(Line::make(std::move(socket), self->place_));
    });
  }

 private:
  void expire() {
    timer_.expires_after(patience_);
    timer_.async_wait([weak = weak_from_this()](const Error& error) {
      const auto self = weak.lock();
      Error ignored;  // it is over either way
      if (self && !error) self->socket_.close(ignored);
    });
  }

  std::shared_ptr<Place> place_;
  Socket socket_;
  const asio::any_io_executor io_;
  asio::steady_timer timer_;
  const std::chrono::milliseconds patience_;
  beast::flat_buffer buffer_{kMaxHeadBytes};
  http::request_parser<http::empty_body> parser_;
  Request request_;
};

class Server final : public LineServer {
 public:
  Server(asio::io_context& io, LineServerSettings settings, OnVisitor visitor, Log log)
      : settings_(std::move(settings)),
        visitor_(std::move(visitor)),
        log_(std::move(log)),
        acceptor_(io),
        pause_(io) {}
  ~Server() override {
    Error ignored;
    acceptor_.close(ignored);
    if (!settings_.path.empty()) ::unlink(settings_.path.c_str());
  }

  Status listen() {
    Protocol::endpoint endpoint{asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), settings_.port)};
    if (!settings_.path.empty()) {
      if (settings_.path.size() >= sizeof(sockaddr_un::sun_path)) {
        return fail(invalid_field("path", settings_.path,
                                  fmt::format("{} bytes", sizeof(sockaddr_un::sun_path) - 1),
                                  "The path to listen at is longer than a socket's may be."));
      }
      struct stat found{};
      if (::lstat(settings_.path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode))
        ::unlink(settings_.path.c_str());
      endpoint = Protocol::endpoint(asio::local::stream_protocol::endpoint(settings_.path));
    }
    Error error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error && settings_.path.empty()) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error && !settings_.path.empty() && ::chmod(settings_.path.c_str(), S_IRUSR | S_IWUSR) != 0)
      error = Error(errno, boost::system::system_category());
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    return fail(Code::kUnavailable,
                fmt::format("cannot listen on {}: {}",
                            settings_.path.empty() ? fmt::format("127.0.0.1 port {}", settings_.port)
                                                   : settings_.path,
                            error.message()));
  }

  void take_next() {
    acceptor_.async_accept([this](const Error& error, Socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        log_.warning("a line cannot be taken", {{"error", error.message()}});
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](const Error& stopped) {
          if (!stopped) take_next();
        });
        return;
      }
      auto place = std::make_shared<Place>(taken_);
      // Those that are refused take no room either: past twice as many nobody is answered.
      if (place->number() <= 2 * settings_.most)
        std::make_shared<Guest>(std::move(socket), std::move(place), settings_.head_timeout)
            ->read_head(visitor_, settings_.most);
      take_next();
    });
  }

  std::uint16_t port() const override {
    Error none;
    const auto at = acceptor_.local_endpoint(none);
    sockaddr_in address{};
    if (none || !settings_.path.empty()) return 0;
    std::memcpy(&address, at.data(), std::min(at.size(), sizeof(address)));
    return ntohs(address.sin_port);
  }

 private:
  const LineServerSettings settings_;
  const OnVisitor visitor_;
  const Log log_;
  asio::basic_socket_acceptor<Protocol> acceptor_;
  asio::steady_timer pause_;
  const std::shared_ptr<std::atomic<std::size_t>> taken_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace

Result<std::unique_ptr<LineServer>> LineServer::start(asio::io_context& io, LineServerSettings settings,
                                                      OnVisitor visitor, Log log) {
  auto server = std::make_unique<Server>(io, std::move(settings), std::move(visitor), std::move(log));
  if (auto listening = server->listen(); !listening) return fail(listening.error());
  server->take_next();
  return server;
}

}  // namespace berth::tunnel
