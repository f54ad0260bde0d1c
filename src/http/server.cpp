#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <exception>
#include <future>
#include <limits>
#include <thread>

#include "base/clock.hpp"
#include "http/address.hpp"
#include "http/certificate_dates.hpp"
#include "http/connection.hpp"
#include "http/spare_descriptor.hpp"

namespace berth::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// When no file descriptor is left, accepting again at once would only burn the processor.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::seconds kTellAgainAfter{10};
constexpr std::chrono::hours kTellCertificateEvery{24};
// Of an answer that the kernel takes before the other end has room for them.
constexpr int kUnsentBytes = 64 * 1024;
// Beyond the limit of connections this many are told so at one time; the others are closed without a word.
constexpr std::size_t kBeingRefusedMost = 64;

// Who waits to be let in at the moment of the stop; more would be a flood.
constexpr std::size_t kTakenLastMost = 256;

using Protocol = asio::generic::stream_protocol;
constexpr std::string_view kHere = "this machine";  // who asks over a path

/// That of TCP which the generic one holds; none for one of a path.
std::optional<tcp::endpoint> tcp_endpoint(const Protocol::endpoint& endpoint) {
  tcp::endpoint found;
  const auto family = endpoint.protocol().family();
  if ((family != AF_INET && family != AF_INET6) || endpoint.size() > found.capacity()) return std::nullopt;
  std::memcpy(found.data(), endpoint.data(), endpoint.size());
  return found;
}

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
        look_for_reserve_(core_.io),
        look_at_tls_(core_.io),
        work_(core_.io.get_executor()) {}

  ~BeastServer() override { BeastServer::stop(std::chrono::milliseconds(0)); }
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;

  Status listen() {
    const auto& settings = core_.settings;
    auto endpoint = settings.path.empty() ? endpoint_of_address() : endpoint_of_path();
    if (!endpoint) return fail(endpoint.error());
    boost::system::error_code error;
    const auto step = [&](auto&& action) {
      if (!error) error = action();
    };
    step([&] { return acceptor_.open(endpoint->protocol(), error); });
    step([&] { return acceptor_.set_option(asio::socket_base::reuse_address(true), error); });
    step([&] { return acceptor_.bind(*endpoint, error); });
    if (!error && !settings.path.empty() && ::chmod(settings.path.c_str(), S_IRUSR | S_IWUSR) != 0)
      error.assign(errno, boost::system::system_category());
    step([&] { return acceptor_.non_blocking(true, error); });
    step([&] { return acceptor_.listen(asio::socket_base::max_listen_connections, error); });
    step([&] {
      if (const auto bound = tcp_endpoint(acceptor_.local_endpoint(error))) port_ = bound->port();
      return error;
    });
    if (error) {
      const auto where =
          settings.path.empty() ? settings.address + " port " + std::to_string(settings.port) : settings.path;
      return fail(Code::kUnavailable, "listen on " + where + ": " + error.message());
    }
    accept();
    if (tls_) {
      tell_certificate();
      look_at_tls_later();
    }
    io_thread_ = std::thread([this] { run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

  Load load() const override {
    return {.connections = core_.connections,
            .streams = core_.streams,
            .queued = core_.queued(),
            .later = core_.later(),
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
    core_.way_back->close();  // whoever still owes an answer
    // Nothing is cut off here: every socket and timer is closed, so the loop ends once all callbacks have
    // run.
    work_.reset();
    io_thread_.join();
  }

 private:
  Result<Protocol::endpoint> endpoint_of_address() const {
    const auto& settings = core_.settings;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error) {
      return fail(invalid_field("address", settings.address, "an IPv4 or IPv6 address",
                                "The address to listen on, " + settings.address + ", is not an IP address."));
    }
    return Protocol::endpoint(tcp::endpoint(address, settings.port));
  }

  Result<Protocol::endpoint> endpoint_of_path() const {
    const auto& path = core_.settings.path;
    constexpr auto kMaxBytes = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > kMaxBytes) {
      return fail(invalid_field("path", path, std::to_string(kMaxBytes) + " bytes",
                                "The path to listen at is longer than a socket's may be."));
    }
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) ::unlink(path.c_str());
    return Protocol::endpoint(asio::local::stream_protocol::endpoint(path));
  }

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

  /// Not `async_accept`: the kernel takes a descriptor before it looks whether anybody waits, so that without
  /// one it fails also when nobody does, and somebody would be parted with for nobody.
  void accept() {
    acceptor_.async_wait(asio::socket_base::wait_read, [this](const boost::system::error_code& error) {
      if (!acceptor_.is_open()) return;
      error ? pause(error) : accept_one();
    });
  }

  void accept_one() {
    Socket socket(core_.io);
    boost::system::error_code error;
    static_cast<void>(acceptor_.accept(socket, error));
    if (!error) {
      admit(std::move(socket), std::exchange(refuse_next_, false));
      take_reserve();
      return accept();
    }
    // Whoever waited has gone.
    if (error == asio::error::would_block || error == asio::error::connection_aborted) return accept();
    tell(error);
    // Whoever comes is let in or told, not left to wait for an answer that does not come.
    const bool no_descriptor =
        error == asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system;
    if (no_descriptor && part_with(core_.peers.spare_of_largest())) return accept();
    if (no_descriptor && reserve_.give()) {
      refuse_next_ = true;
      return accept();
    }
    pause(error);
  }

  /// At once, or as soon as there is one.
  void take_reserve() {
    if (reserve_.take()) return;
    look_for_reserve_.expires_after(kAcceptPause);
    look_for_reserve_.async_wait([this](const boost::system::error_code& canceled) {
      if (!canceled && !core_.stopping && !refuse_next_) take_reserve();
    });
  }

  void pause(const boost::system::error_code& error) {
    tell(error);
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const boost::system::error_code& canceled) {
      if (canceled) return;
      refuse_next_ = false;
      take_reserve();
      accept();
    });
  }

  void tell(const boost::system::error_code& error) {
    const auto now = std::chrono::steady_clock::now();
    if (now < tell_again_) return;
    tell_again_ = now + kTellAgainAfter;
    core_.log.warning("accept failed",
                      {{"what", error.message()}, {"connections", core_.connections.load()}});
  }

  /// False for none.
  static bool part_with(Connection* connection) {
    if (connection == nullptr) return false;
    const auto kept = connection->shared_from_this();  // closing it may let go of the last hold on it
    kept->close();
    return true;
  }

  /// False where there is none and none can be made.
  bool make_room(const std::string& group, bool many) {
    const auto& limits = core_.settings.limits;
    const auto* peer = core_.peers.find(group);
    if (peer != nullptr && !many && peer->connections.size() >= limits.connections_per_peer)
      return part_with(core_.peers.spare(*peer));
    return core_.connections < limits.connections || part_with(core_.peers.spare_of_largest());
  }

  /// At the start, of new files, and then daily: a certificate runs out while nobody looks.
  void tell_certificate() {
    const auto now = std::chrono::steady_clock::now();
    if (now < tell_certificate_next_) return;
    tell_certificate_next_ = now + kTellCertificateEvery;
    const auto dates = dates_in(core_.settings.tls->certificate);
    if (!dates) return;
    const auto trouble = trouble_of(*dates, SystemClock().now());
    if (!trouble) return;
    const Log::Fields fields{{"certificate", core_.settings.tls->certificate},
                             {"valid_from", format_rfc3339(dates->from)},
                             {"valid_until", format_rfc3339(dates->until)}};
    trouble->refused ? core_.log.error(trouble->what, fields) : core_.log.warning(trouble->what, fields);
  }

  void look_at_tls_later() {
    look_at_tls_.expires_after(core_.settings.tls_look_every);
    look_at_tls_.async_wait([this](const boost::system::error_code& canceled) {
      if (canceled || core_.stopping) return;
      if (const auto fresh = tls_->refresh(); !fresh) {
        core_.log.error("the changed TLS files cannot be used; the ones before stay",
                        {{"what", fresh.error().message}});
      } else if (*fresh) {
        core_.log.info("new TLS files are in use");
        tell_certificate_next_ = {};
      }
      tell_certificate();
      look_at_tls_later();
    });
  }

  /// Nothing for one that has gone already.
  std::optional<std::string> name_of_peer(const Socket& socket) const {
    if (!core_.settings.path.empty()) return std::string(kHere);
    boost::system::error_code error;
    const auto remote = tcp_endpoint(socket.remote_endpoint(error));
    if (error || !remote) return std::nullopt;
    return peer_text(remote->address());
  }

  void admit(Socket socket, bool refused) {
    const auto known = name_of_peer(socket);
    if (!known) return;
    const auto& name = *known;
    boost::system::error_code error;
    static_cast<void>(socket.set_option(tcp::no_delay(true), error));  // only slower without
    // The kernel's memory for all connections is one pool: who does not read leaves its own answer here,
    // where it is counted, and not there, where it slows everybody. Without it that is only weaker.
    static_cast<void>(::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytes,
                                   sizeof kUnsentBytes));
    const auto group = address_group(name);
    const bool many = core_.settings.speaks_for_many && core_.settings.speaks_for_many(name);
    Peers::Peer* peer = nullptr;  // none: it is only being refused
    if (!refused && make_room(group, many)) {
      peer = &core_.peers.find_or_make(group, many);
      ++core_.connections;
    } else {
      if (core_.being_refused >= kBeingRefusedMost) return;
      ++core_.being_refused;
    }
    auto transport = tls_ ? tls_->wrap(std::move(socket)) : make_plain_transport(std::move(socket));
    auto connection = std::make_shared<Connection>(core_, std::move(transport), name, peer);
    core_.open.emplace(connection.get(), connection);
    connection->start();
  }

  /// The kernel has shaken hands with them, and closing the listener would cut them off.
  void admit_those_who_wait() {
    for (std::size_t i = 0; i < kTakenLastMost; ++i) {
      Socket socket(core_.io);
      boost::system::error_code error;
      static_cast<void>(acceptor_.accept(socket, error));
      if (error) return;
      admit(std::move(socket), false);
    }
  }

  void begin_stop() {
    core_.stopping = true;
    admit_those_who_wait();
    boost::system::error_code ignored;  // a listener that cannot be closed is not listening any more
    static_cast<void>(acceptor_.close(ignored));
    if (!core_.settings.path.empty()) ::unlink(core_.settings.path.c_str());
    pause_.cancel();
    look_for_reserve_.cancel();
    look_at_tls_.cancel();
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
  asio::basic_socket_acceptor<Protocol> acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer look_for_reserve_;
  asio::steady_timer look_at_tls_;
  SpareDescriptor reserve_;
  bool refuse_next_ = false;  // it takes the reserve
  std::chrono::steady_clock::time_point tell_again_;
  std::chrono::steady_clock::time_point tell_certificate_next_;
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

Core::Core(ServerSettings given, Handler request_handler, ErrorBody body_of_errors, Log where)
    : settings(std::move(given)),
      handler(std::move(request_handler)),
      error_body(std::move(body_of_errors)),
      log(std::move(where)),
      workers(settings.judge
                  ? FairQueue::Bounds::of(settings.workers, settings.limits.queued_requests)
                  : FairQueue::Bounds::turns_alone(settings.workers, settings.limits.queued_requests)),
      way_back(std::make_shared<WayBack>(*this)),
      peers([](const Connection& connection) { return connection.spare(); }) {
  for (const auto& path : settings.reserved_paths)
    reserved.try_emplace(path, FairQueue::Bounds::of(1, kReservedQueue));
}

Response Core::error_response(int status, std::string_view detail, std::string_view request_id) const {
  Response response;
  try {
    response = error_body(status, detail, request_id);
    response.on_stream = nullptr;
    response.on_later = nullptr;
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

void Core::log_fault(const RequestName& request, std::string_view fault, std::string_view what) const {
  log.error("request failed", {{"request_id", request.id},
                               {"method", request.method},
                               {"path", request.path},
                               {"fault", fault},
                               {"what", what}});
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
