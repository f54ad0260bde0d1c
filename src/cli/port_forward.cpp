#include "cli/port_forward.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <iostream>
#include <optional>
#include <utility>

#include "cli/output.hpp"
#include "tunnel/relay.hpp"
#include "tunnel/target.hpp"

namespace berth::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error_code = boost::system::error_code;

/// At once; more wait at the door until one ends. The gate takes a few more, of all who are inside.
constexpr std::size_t kMostConnections = 100;
/// Each of them blocks while it asks for a line.
constexpr std::size_t kDialers = 8;
constexpr std::chrono::milliseconds kPause{1'000};
/// For so long a workspace whose gate does not answer is asked again, before all is given up.
constexpr std::chrono::seconds kPatience{60};

/// For the thread that runs `io`, but for `dial`.
class Forwarder {
 public:
  Forwarder(asio::io_context& io, GateWay& way) : io_(io), way_(way), dialers_(kDialers) {}
  ~Forwarder() { dialers_.join(); }
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// kUnavailable, told by its text, where a port is taken.
  Status listen(const Forward& forward) {
    const tcp::endpoint at(asio::ip::address_v4::loopback(), forward.local);
    Error_code error;
    tcp::acceptor acceptor(io_);
    acceptor.open(at.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(at, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(Code::kUnavailable,
                  fmt::format("cannot listen on 127.0.0.1:{}: {}; 0:{} takes any free port", forward.local,
                              error.message(), forward.port));
    }
    doors_.push_back(
        Door{.acceptor = std::move(acceptor), .port = forward.port, .pause = asio::steady_timer(io_)});
    return {};
  }

  void keep(std::shared_ptr<tunnel::Line> line) {
    kept_since_ = std::chrono::steady_clock::now();
    line->read([this, line](const Result<tunnel::Message>& message) {
      if (message) line->cut();  // nothing is said on it
      look();
    });
  }

  void begin() {
    for (auto& door : doors_) {
      std::cout << fmt::format("Forwarding 127.0.0.1:{} -> port {} of {}\n",
                               door.acceptor.local_endpoint().port(), door.port, way_.name());
      take_next(door);
    }
    std::cout << std::flush;
  }

  const std::optional<Error>& ended() const { return ended_; }

 private:
  struct Door {
    tcp::acceptor acceptor;
    std::uint16_t port;
    asio::steady_timer pause;  // its own: set anew it forgets who waits for it
    bool waits = false;
  };
  using Opened = std::function<void(Result<std::shared_ptr<tunnel::Line>>)>;

  /// `opened` is called on the thread of `io`.
  void dial(const std::string& path, Opened opened) {
    asio::post(dialers_, [this, path, opened = std::move(opened)]() mutable {
      if (stopped_) return;
      auto line = way_.open(io_, path);
      asio::post(io_,
                 [opened = std::move(opened), line = std::move(line)]() mutable { opened(std::move(line)); });
    });
  }

  // --- Connections ---

  void take_next(Door& door) {
    door.waits = open_ >= kMostConnections;
    if (door.waits) return;
    door.acceptor.async_accept([this, &door](const Error_code& error, tcp::socket socket) {
      if (error) return try_again(door);
      ++open_;
      auto kept = std::make_shared<tcp::socket>(std::move(socket));
      dial(fmt::format("{}{}", tunnel::kPortPath, door.port),
           [this, kept, port = door.port](Result<std::shared_ptr<tunnel::Line>> line) {
             if (!line) return refused(*kept, port, line.error());
             // Cut by the gate it would be seen by the line that is kept too, which tells.
             tunnel::relay(std::move(*kept), std::move(*line), {}, [this](const Status&) { closed(); });
           });
      take_next(door);
    });
  }

  void try_again(Door& door) {
    door.pause.expires_after(kPause);
    door.pause.async_wait([this, &door](const Error_code& error) {
      if (!error) take_next(door);
    });
  }

  void closed() {
    --open_;
    for (auto& door : doors_) {
      if (door.waits) take_next(door);
    }
  }

  void refused(tcp::socket& socket, std::uint16_t port, const Error& error) {
    Error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
    if (error.slug == "nothing-listens") {
      std::cerr << fmt::format("berth: nothing listens on port {} of {}\n", port, way_.name());
    } else if (error.slug == "own-port") {
      std::cerr << fmt::format("berth: port {} of {} is its gate's own; nothing is forwarded there\n", port,
                               way_.name());
    } else if (error.slug == "behind-the-gate") {
      std::cerr << fmt::format(
          "berth: port {} of {} is one that its gate alone leads to; nothing is forwarded there\n", port,
          way_.name());
    } else if (error.code == Code::kForbidden || error.code == Code::kConflict) {
      return end(error);
    } else {
      Conversation::complain(error);
    }
    closed();
  }

  // --- Whether one is still let in ---

  /// The line that is kept is lost: for good, or as all are when somebody else is put out.
  void look() {
    asio::post(dialers_, [this] {
      if (stopped_) return;
      auto why = way_.why_cut();
      asio::post(io_, [this, why = std::move(why)]() mutable {
        if (why.code != Code::kUnavailable) return end(std::move(why));
        keep_again();
      });
    });
  }

  void keep_again() {
    dial(fmt::format("{}{}", tunnel::kPortPath, tunnel::kNowhere),
         [this](Result<std::shared_ptr<tunnel::Line>> line) {
           if (line) return keep(std::move(*line));
           if (std::chrono::steady_clock::now() - kept_since_ > kPatience + kPause) return end(line.error());
           pause_keeping_.expires_after(kPause);
           pause_keeping_.async_wait([this](const Error_code& error) {
             if (!error) look();
           });
         });
  }

  void end(Error error) {
    stopped_ = true;
    if (!ended_) ended_ = std::move(error);
    io_.stop();
  }

  asio::io_context& io_;
  GateWay& way_;
  asio::steady_timer pause_keeping_{io_};
  std::deque<Door> doors_;
  std::size_t open_ = 0;
  std::chrono::steady_clock::time_point kept_since_;
  std::optional<Error> ended_;
  std::atomic<bool> stopped_ = false;
  asio::thread_pool dialers_;
};

int tell(const Error& error) {
  Conversation::complain(error);
  return exit_code_for(error);
}

}  // namespace

int run_forwards(GateWay& way, const std::vector<Forward>& forwards) {
  asio::io_context io(1);
  Forwarder forwarder(io, way);
  for (const auto& forward : forwards) {
    if (auto listening = forwarder.listen(forward); !listening) return tell(listening.error());
  }
  auto line = way.open(io, fmt::format("{}{}", tunnel::kPortPath, tunnel::kNowhere));
  if (!line) return tell(line.error());
  forwarder.keep(std::move(*line));
  forwarder.begin();
  io.run();
  return forwarder.ended() ? tell(*forwarder.ended()) : kFailed;
}

}  // namespace berth::cli
