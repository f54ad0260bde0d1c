#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <future>
#include <limits>
#include <thread>

#include "http/connection.hpp"

namespace berth::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// When no file descriptor is left, accepting again at once would only burn the processor.
constexpr std::chrono::milliseconds kAcceptPause{100};
// Beyond the limit of connections this many are told so at one time; the others are closed without a word.
constexpr std::size_t kBeingRefusedMost = 64;

/// An IPv4 client of a listener on "::" is named as one.
std::string peer_text(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

class BeastServer final : public Server {
 public:
  BeastServer(ServerSettings settings, Handler handler, ErrorBody error_body, Log log,
              std::unique_ptr<TlsServer> tls)
      : core_(std::move(settings), std::move(handler), std::move(error_body), std::move(log)),
        tls_(std::move(tls)),
        acceptor_(core_.io),
        pause_(core_.io),
        work_(core_.io.get_executor()) {}

  ~BeastServer() override { BeastServer::stop(std::chrono::milliseconds(0)); }
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;

  Status listen() {
    const auto& settings = core_.settings;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error) {
      return fail(invalid_field("address", settings.address, "an IPv4 or IPv6 address",
                                "The address to listen on, " + settings.address + ", is not an IP address."));
    }
    const tcp::endpoint endpoint(address, settings.port);
    const auto step = [&](auto&& action) {
      if (!error) error = action();
    };
    step([&] { return acceptor_.open(endpoint.protocol(), error); });
    step([&] { return acceptor_.set_option(tcp::acceptor::reuse_address(true), error); });
    step([&] { return acceptor_.bind(endpoint, error); });
    step([&] { return acceptor_.listen(asio::socket_base::max_listen_connections, error); });
    step([&] {
      port_ = acceptor_.local_endpoint(error).port();
      return error;
    });
    if (error) {
      return fail(Code::kUnavailable, "listen on " + settings.address + " port " +
                                          std::to_string(settings.port) + ": " + error.message());
    }
    accept();
    io_thread_ = std::thread([this] { run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

  Load load() const override {
    return {.connections = core_.connections,
            .streams = core_.streams,
            .queued = core_.queued(),
            .abandoned = core_.abandoned};
  }

  void stop(std::chrono::milliseconds grace) override {
    const std::lock_guard lock(stop_mutex_);
    if (!io_thread_.joinable()) return;
    asio::post(core_.io, [this] { begin_stop(); });
    {
      std::unique_lock drained_lock(core_.drained_mutex);
      core_.drained.wait_for(drained_lock, grace, [this] { return core_.is_drained; });
    }
    asio::post(core_.io, [this] { for_each_connection([](Connection& connection) { connection.close(); }); });
    core_.stop_workers();
    // Nothing is cut off here: every socket and timer is closed, so the loop ends once all callbacks have
    // run.
    work_.reset();
    io_thread_.join();
  }

 private:
  void run() {
    for (;;) {
      try {
        core_.io.run();
        return;
      } catch (
          const std::exception& error) {  // one connection's bad luck, such as no memory, is not everyone's
        core_.log.error("fault on the I/O thread", {{"what", error.what()}});
      }
    }
  }

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error) {
        admit(std::move(socket));
        return accept();
      }
      core_.log.warning("accept failed", {{"what", error.message()}});
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](const boost::system::error_code& canceled) {
        if (!canceled) accept();
      });
    });
  }

  void admit(tcp::socket socket) {
    boost::system::error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;                                                 // gone already
    static_cast<void>(socket.set_option(tcp::no_delay(true), error));  // only slower without
    auto admission = Connection::Admission::kWelcome;
    if (core_.connections >= core_.settings.limits.connections) {
      if (core_.being_refused >= kBeingRefusedMost) return;
      admission = Connection::Admission::kTooMany;
      ++core_.being_refused;
    } else {
      ++core_.connections;
    }
    auto transport = tls_ ? tls_->wrap(std::move(socket)) : make_plain_transport(std::move(socket));
    auto connection =
        std::make_shared<Connection>(core_, std::move(transport), peer_text(remote.address()), admission);
    core_.open.emplace(connection.get(), connection);
    connection->start();
  }

  void begin_stop() {
    core_.stopping = true;
    boost::system::error_code ignored;  // a listener that cannot be closed is not listening any more
    static_cast<void>(acceptor_.close(ignored));
    pause_.cancel();
    for_each_connection([](Connection& connection) { connection.begin_stop(); });
    if (!core_.open.empty()) return;
    const std::lock_guard lock(core_.drained_mutex);
    core_.is_drained = true;
    core_.drained.notify_all();
  }

  /// Over a copy, as closing takes a connection out of the table.
  template <typename Action>
  void for_each_connection(Action action) {
    const auto connections = core_.open;
    for (const auto& [key, connection] : connections) action(*connection);
  }

  Core core_;
  std::unique_ptr<TlsServer> tls_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread io_thread_;
  std::mutex stop_mutex_;
  std::uint16_t port_ = 0;
};

Status check(const ServerSettings& settings) {
  const auto& limits = settings.limits;
  if (settings.workers == 0) {
    return fail(invalid_field("workers", "0", "at least 1", "The server needs at least one worker."));
  }
  if (limits.header_bytes == 0 || limits.header_bytes > std::numeric_limits<std::uint32_t>::max()) {
    return fail(invalid_field("limits.header_bytes", std::to_string(limits.header_bytes), "1 to 4294967295",
                              "The limit of a head must be from 1 to 4294967295 bytes."));
  }
  return {};
}

}  // namespace

Response Core::error_response(int status, std::string_view detail, std::string_view request_id) const {
  Response response;
  try {
    response = error_body(status, detail, request_id);
    response.on_stream = nullptr;
  } catch (const std::exception& error) {
    log.error("no body for an error", {{"request_id", request_id}, {"what", error.what()}});
  } catch (...) {
    log.error("no body for an error", {{"request_id", request_id}});
  }
  if (response.status != status || !fault_of(response).empty()) {
    response = {.status = status,
                .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                .body = std::string(detail)};
  }
  if ((status == 503 || status == 429) && !find_header(response.headers, "Retry-After"))
    response.headers.emplace_back("Retry-After", "1");
  return response;
}

Result<std::unique_ptr<Server>> Server::start(ServerSettings settings, Handler handler, ErrorBody error_body,
                                              Log log) {
  if (auto sane = check(settings); !sane) return fail(sane.error());
  std::unique_ptr<TlsServer> tls;
  if (settings.tls) {
    auto loaded = TlsServer::load(*settings.tls);
    if (!loaded) return fail(loaded.error());
    tls = std::move(*loaded);
  }
  auto server = std::make_unique<BeastServer>(std::move(settings), std::move(handler), std::move(error_body),
                                              std::move(log), std::move(tls));
  if (auto listening = server->listen(); !listening) return fail(listening.error());
  return server;
}

}  // namespace berth::http
