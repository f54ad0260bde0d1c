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

#include "tunnel/guarded.hpp"
#include "tunnel/small_buffers.hpp"
#include "tunnel/web_socket_line.hpp"

namespace berth::tunnel {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;
using IoError = boost::system::error_code;

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

/// The lines that are open, each with who holds it.
class Register {
 public:
  explicit Register(StillIn still_in) : still_in_(std::move(still_in)) {}
  bool takes(std::string_view holder) const { return !still_in_ || still_in_(holder); }
  /// Written down before it is asked: whoever is put out meanwhile is found by one of the two.
  void add(std::string holder, const std::shared_ptr<Line>& line) {
    std::erase_if(open_, [](const auto& one) { return one.second.expired(); });
    const auto& [who, at] = open_.emplace_back(std::move(holder), line);
    if (!takes(who)) line->cut();
  }
  void look_again() {
    for (const auto& [holder, at] : open_) {
      if (const auto line = at.lock(); line && !takes(holder)) line->cut();
    }
  }

 private:
  const StillIn still_in_;
  std::vector<std::pair<std::string, std::weak_ptr<Line>>> open_;
};

class Guest final : public Visitor, public std::enable_shared_from_this<Guest> {
  template <class Run>
  auto safe(Run run) {
    return guarded(shared_from_this(), std::move(run));
  }

 public:
  using Line = WebSocketLine<Socket>;

  Guest(Socket socket, std::shared_ptr<Place> place, std::shared_ptr<Register> open,
        std::chrono::milliseconds patience)
      : place_(std::move(place)),
        open_(std::move(open)),
        socket_(std::move(socket)),
        io_(socket_.get_executor()),
        timer_(socket_.get_executor()),
        patience_(patience) {
    parser_.header_limit(kMaxHeadBytes);
  }

  void read_head(std::function<void(std::shared_ptr<Visitor>)> done, std::size_t most) {
    expire();
    http::async_read_header(socket_, buffer_, parser_,
                            safe([this, done = std::move(done), most](const IoError& error, std::size_t) {
                              timer_.cancel();
                              if (error) return;  // gone, or no HTTP: nothing to answer
                              request_ = parser_.release();
                              if (const auto refusal = refused(request_)) return refuse(*refusal);
                              if (!open_->takes(holder())) return refuse({401, "put-out"});
                              if (place_->number() > most) return refuse({503, "too-many"});
                              done(shared_from_this());
                            }));
  }
  void broken() {
    IoError ignored;  // it is over either way
    socket_.close(ignored);
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
    http::async_write(socket_, *answer, safe([this, answer](const IoError&, std::size_t) {
                        timer_.cancel();
                        IoError ignored;  // whoever was refused may be gone
                        socket_.shutdown(Socket::shutdown_send, ignored);
                      }));
  }

  void accept(std::function<void(std::shared_ptr<tunnel::Line>)> opened) override {
    auto socket = std::make_unique<Line::Socket>(std::move(socket_));
    auto& open = *socket;
    open.async_accept(request_, [self = shared_from_this(), socket = std::move(socket),
                                 opened = std::move(opened)](const IoError& error) mutable {
      if (error) return;
      const auto line = Line::make(std::move(socket), self->place_);
      try {
        self->open_->add(std::string(self->holder()), line);
        opened(line);
      } catch (const std::exception&) {
        line->cut();
      }
    });
  }

 private:
  std::string_view holder() const {
    const auto told = request_[beast::string_view(kHolderHeader.data(), kHolderHeader.size())];
    return {told.data(), told.size()};
  }

  void expire() {
    timer_.expires_after(patience_);
    timer_.async_wait([weak = weak_from_this()](const IoError& error) {
      const auto self = weak.lock();
      IoError ignored;  // it is over either way
      if (self && !error) self->socket_.close(ignored);
    });
  }

  std::shared_ptr<Place> place_;
  const std::shared_ptr<Register> open_;
  Socket socket_;
  const asio::any_io_executor io_;
  asio::steady_timer timer_;
  const std::chrono::milliseconds patience_;
  beast::flat_buffer buffer_{kMaxHeadBytes};
  http::request_parser<http::empty_body> parser_;
  Request request_;
};

class OneLineServer final : public LineServer {
 public:
  OneLineServer(asio::io_context& io, LineServerSettings settings, OnVisitor visitor, Log log)
      : settings_(std::move(settings)),
        visitor_(std::move(visitor)),
        log_(std::move(log)),
        acceptor_(io),
        pause_(io) {}
  ~OneLineServer() override {
    IoError ignored;
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
    IoError error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error && settings_.path.empty()) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error && !settings_.path.empty() && ::chmod(settings_.path.c_str(), S_IRUSR | S_IWUSR) != 0)
      error = IoError(errno, boost::system::system_category());
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    return fail(Code::kUnavailable,
                fmt::format("cannot listen on {}: {}",
                            settings_.path.empty() ? fmt::format("127.0.0.1 port {}", settings_.port)
                                                   : settings_.path,
                            error.message()));
  }

  void take_next() {
    acceptor_.async_accept([this](const IoError& error, Socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        log_.warning("a line cannot be taken", {{"error", error.message()}});
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](const IoError& stopped) {
          if (!stopped) take_next();
        });
        return;
      }
      try {
        take(std::move(socket));
      } catch (const std::exception& fault) {
        log_.error("a line cannot be taken", {{"error", fault.what()}});
      }
      take_next();
    });
  }

  void look_again() override { open_->look_again(); }

  std::uint16_t port() const override {
    IoError none;
    const auto at = acceptor_.local_endpoint(none);
    sockaddr_in address{};
    if (none || !settings_.path.empty()) return 0;
    std::memcpy(&address, at.data(), std::min(at.size(), sizeof(address)));
    return ntohs(address.sin_port);
  }

 private:
  void take(Socket socket) {
    keep_small(socket);
    auto place = std::make_shared<Place>(taken_);
    // Those that are refused take no room either: past twice as many nobody is answered.
    if (place->number() > 2 * settings_.most) return;
    std::make_shared<Guest>(std::move(socket), std::move(place), open_, settings_.head_timeout)
        ->read_head(visitor_, settings_.most);
  }

  const LineServerSettings settings_;
  const std::shared_ptr<Register> open_ = std::make_shared<Register>(settings_.still_in);
  const OnVisitor visitor_;
  const Log log_;
  asio::basic_socket_acceptor<Protocol> acceptor_;
  asio::steady_timer pause_;
  const std::shared_ptr<std::atomic<std::size_t>> taken_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace

Result<std::unique_ptr<LineServer>> LineServer::start(asio::io_context& io, LineServerSettings settings,
                                                      OnVisitor visitor, Log log) {
  auto server = std::make_unique<OneLineServer>(io, std::move(settings), std::move(visitor), std::move(log));
  if (auto listening = server->listen(); !listening) return fail(listening.error());
  server->take_next();
  return server;
}

}  // namespace berth::tunnel
