#include "tunnel/way_server.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "tunnel/guarded.hpp"
#include "tunnel/local_door.hpp"
#include "tunnel/request_head.hpp"
#include "tunnel/small_buffers.hpp"

namespace berth::tunnel {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
using IoError = boost::system::error_code;

/// nginx takes four times 8 KiB, and adds a few lines.
constexpr std::size_t kMaxWayHeadBytes = 48UL * 1024;
constexpr std::size_t kPieceBytes = 16UL * 1024;
constexpr std::chrono::milliseconds kPauseOfAccepting{100};

/// One request and its answer, or a web socket; both ends are over with the first that ends.
class Passage : public std::enable_shared_from_this<Passage> {
  template <class Run>
  auto safe(Run run) {
    return guarded(shared_from_this(), std::move(run));
  }

 public:
  Passage(Local::socket outer, std::uint16_t port, const WayServerSettings& settings,
          std::function<void()> ended)
      : outer_(std::move(outer)),
        inner_(outer_.get_executor()),
        timer_(outer_.get_executor()),
        port_(port),
        settings_(settings),
        ended_(std::move(ended)) {}
  ~Passage() { ended_(); }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  void begin() {
    expire(settings_.head_timeout);
    asio::async_read_until(outer_, asio::dynamic_buffer(head_, kMaxWayHeadBytes), "\r\n\r\n",
                           safe([this](const IoError& error, std::size_t) {
                             auto head = error ? std::nullopt : take_holder(head_);
                             if (!head) return end();
                             holder_ = std::move(head->holder);
                             head_ = std::move(head->without);
                             if (look_again()) connect();
                           }));
  }

  /// False where it is over with this.
  bool look_again() {
    // Before its head has come nobody is known to hold it, and it asks by itself.
    if (!holder_.empty() && !settings_.still_in(holder_)) end();
    return outer_.is_open();
  }
  void broken() { end(); }

 private:
  void connect() {
    const tcp::endpoint at(asio::ip::address_v4::loopback(), port_);
    IoError error;
    inner_.open(at.protocol(), error);
    if (error) return end();
    keep_small(inner_);
    expire(settings_.connect_timeout);
    inner_.async_connect(at, safe([this](const IoError& failed) {
                           timer_.cancel();
                           if (failed || !outer_.is_open()) return end();
                           IoError ignored;  // then small pieces wait for each other
                           inner_.set_option(tcp::no_delay(true), ignored);
                           write_head();
                           read(inner_, outer_, outwards_);
                         }));
  }

  void write_head() {
    asio::async_write(inner_, asio::buffer(head_), safe([this](const IoError& error, std::size_t) {
                        if (error) return end();
                        std::string().swap(head_);
                        read(outer_, inner_, inwards_);
                      }));
  }

  using Piece = std::array<char, kPieceBytes>;

  /// No more than a piece waits in a direction: who reads slowly slows who writes.
  template <class From, class To>
  void read(From& from, To& to, Piece& piece) {
    from.async_read_some(asio::buffer(piece),
                         safe([this, &from, &to, &piece](const IoError& error, std::size_t size) {
                           if (error) return end();
                           write(to, from, piece, asio::buffer(piece, size));
                         }));
  }
  template <class To, class From>
  void write(To& to, From& from, Piece& piece, asio::const_buffer bytes) {
    asio::async_write(to, bytes, safe([this, &from, &to, &piece](const IoError& error, std::size_t) {
                        if (error) return end();
                        read(from, to, piece);
                      }));
  }

  void end() {
    timer_.cancel();
    IoError ignored;  // it is over either way
    outer_.close(ignored);
    inner_.close(ignored);
  }

  void expire(std::chrono::milliseconds patience) {
    timer_.expires_after(patience);
    timer_.async_wait([weak = weak_from_this()](const IoError& error) {
      if (const auto self = weak.lock(); self && !error) self->end();
    });
  }

  Local::socket outer_;
  tcp::socket inner_;
  asio::steady_timer timer_;
  const std::uint16_t port_;
  const WayServerSettings& settings_;
  const std::function<void()> ended_;
  std::string head_;
  std::string holder_;
  Piece inwards_{};
  Piece outwards_{};
};

class PassageServer final : public WayServer {
 public:
  PassageServer(asio::io_context& io, WayServerSettings settings, Log log)
      : io_(io), shared_(std::make_shared<Shared>(std::move(settings), std::move(log))) {}
  ~PassageServer() override {
    shared_->over = true;
    for (auto& door : shared_->doors) {
      IoError ignored;
      door.acceptor.close(ignored);
      ::unlink(door.way.path.c_str());
    }
    for (const auto& one : shared_->passages) {
      if (const auto passage = one.lock()) passage->broken();
    }
    shared_->doors.clear();  // they need `io`
  }

  Status listen() {
    for (const auto& way : shared_->settings.ways) {
      auto acceptor = listen_at(io_, way.path);
      if (!acceptor) return fail(acceptor.error());
      shared_->doors.push_back({way, std::move(*acceptor), asio::steady_timer(io_)});
    }
    for (auto& door : shared_->doors) take_next(shared_, door);
    return {};
  }

  void look_again() override {
    std::erase_if(shared_->passages, [](const auto& one) { return one.expired(); });
    for (const auto& one : shared_->passages) {
      if (const auto passage = one.lock()) passage->look_again();
    }
  }

 private:
  struct Door {
    Way way;
    Local::acceptor acceptor;
    asio::steady_timer pause;
    bool waits = false;
  };
  /// Passages may outlive the server by a handler.
  struct Shared {
    Shared(WayServerSettings of, Log to) : settings(std::move(of)), log(std::move(to)) {}
    const WayServerSettings settings;
    const Log log;
    std::list<Door> doors{};
    std::vector<std::weak_ptr<Passage>> passages{};
    std::size_t open = 0;
    bool over = false;
  };

  static void take_next(const std::shared_ptr<Shared>& shared, Door& door) {
    door.waits = shared->open >= shared->settings.most;
    if (door.waits || shared->over) return;
    door.acceptor.async_accept([shared, &door](const IoError& error, Local::socket socket) {
      if (shared->over || error == asio::error::operation_aborted) return;
      try {
        if (!error) take(shared, door, std::move(socket));
      } catch (const std::exception& fault) {
        shared->log.error("a connection cannot be taken", {{"error", fault.what()}});
      }
      if (!error) return take_next(shared, door);
      shared->log.warning("a connection cannot be taken", {{"error", error.message()}});
      door.pause.expires_after(kPauseOfAccepting);
      door.pause.async_wait([shared, &door](const IoError& stopped) {
        if (!stopped && !shared->over) take_next(shared, door);
      });
    });
  }

  static void take(const std::shared_ptr<Shared>& shared, Door& door, Local::socket socket) {
    keep_small(socket);
    if (shared->passages.size() >= 2 * shared->settings.most)
      std::erase_if(shared->passages, [](const auto& one) { return one.expired(); });
    auto passage = std::make_shared<Passage>(std::move(socket), door.way.port, shared->settings,
                                             [shared] { gone(shared); });
    ++shared->open;
    shared->passages.push_back(passage);
    passage->begin();
  }

  /// From a destructor, which must not throw.
  static void gone(const std::shared_ptr<Shared>& shared) noexcept {
    --shared->open;
    if (shared->over) return;
    try {
      for (auto& door : shared->doors) {
        if (door.waits) take_next(shared, door);
      }
    } catch (const std::exception& fault) {  // the next that ends asks again
      shared->log.error("a connection cannot be taken", {{"error", fault.what()}});
    }
  }

  asio::io_context& io_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace

Result<std::unique_ptr<WayServer>> WayServer::start(asio::io_context& io, WayServerSettings settings,
                                                    Log log) {
  auto server = std::make_unique<PassageServer>(io, std::move(settings), std::move(log));
  if (auto listening = server->listen(); !listening) return fail(listening.error());
  return server;
}

}  // namespace berth::tunnel
