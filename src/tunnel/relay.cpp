#include "tunnel/relay.hpp"

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "tunnel/guarded.hpp"

namespace berth::tunnel {
namespace {

namespace asio = boost::asio;
using IoError = boost::system::error_code;

/// The text that says: nothing follows in this direction.
constexpr std::string_view kEnd = R"({"end":true})";

class Relay : public std::enable_shared_from_this<Relay> {
  template <class Run>
  auto safe(Run run) {
    return guarded(shared_from_this(), std::move(run));
  }

 public:
  Relay(asio::ip::tcp::socket socket, std::shared_ptr<Line> line, RelaySettings settings,
        std::function<void(Status)> ended)
      : socket_(std::move(socket)),
        line_(std::move(line)),
        settings_(settings),
        ended_(std::move(ended)),
        idle_(socket_.get_executor()) {}

  void start() {
    IoError ignored;  // then small pieces wait for each other
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    moved();
    watch();
    read_socket();
    read_line();
  }

  void broken() { finish(fail(Code::kInternal, "a fault of this program")); }

 private:
  void read_socket() {
    socket_.async_read_some(
        asio::buffer(chunk_), safe([this](const IoError& error, std::size_t size) {
          if (error == asio::error::eof) return send_end();
          if (error) return finish(fail(Code::kUnavailable, "the connection was lost: " + error.message()));
          moved();
          line_->write({std::string(chunk_.data(), size), false}, safe([this](const Status& written) {
                         if (!written) return finish(written);
                         moved();
                         read_socket();
                       }));
        }));
  }

  void send_end() {
    ending_ = true;  // the other end may close before its writing is told
    line_->write({std::string(kEnd), true}, safe([this](const Status& written) {
                   if (!written) return finish(written);
                   sent_all_ = true;
                   finish_if_whole();
                 }));
  }

  /// Goes on after the other end's last byte: else nobody would hear that the line is lost.
  void read_line() {
    line_->read(safe([this](Result<Message> message) {
      if (!message) {
        const bool whole = message.error().code == Code::kGone && ending_ && got_all_;
        return finish(whole ? Status{} : fail(message.error()));
      }
      moved();
      if (message->is_text) return end_of_line(message->bytes);
      if (got_all_) return finish(fail(Code::kMalformed, "bytes after the last byte"));
      arrived_ = std::move(message->bytes);
      asio::async_write(
          socket_, asio::buffer(arrived_), safe([this](const IoError& error, std::size_t) {
            if (error) return finish(fail(Code::kUnavailable, "the connection was lost: " + error.message()));
            moved();
            read_line();
          }));
    }));
  }

  void end_of_line(std::string_view text) {
    if (text != kEnd || got_all_) return finish(fail(Code::kMalformed, "no text of a tunnel"));
    got_all_ = true;
    IoError ignored;  // whoever has gone needs no end
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    finish_if_whole();
    if (!over_) read_line();
  }

  void finish_if_whole() {
    if (sent_all_ && got_all_) finish({});
  }

  void finish(const Status& how) {
    if (std::exchange(over_, true)) return;
    idle_.cancel();
    IoError ignored;
    if (how) {
      line_->close();
    } else {
      line_->cut();
      socket_.set_option(asio::socket_base::linger(true, 0), ignored);  // a reset, not an end
    }
    socket_.close(ignored);
    ended_(how);
  }

  void moved() { moved_at_ = std::chrono::steady_clock::now(); }

  void watch() {
    if (settings_.idle_limit.count() == 0) return;
    idle_.expires_at(moved_at_ + settings_.idle_limit);
    idle_.async_wait([weak = weak_from_this()](const IoError& error) {
      const auto self = weak.lock();
      if (error || !self || self->over_) return;
      if (std::chrono::steady_clock::now() >= self->moved_at_ + self->settings_.idle_limit)
        return self->finish(fail(Code::kTimeout, "nothing has moved for too long", "idle"));
      self->watch();
    });
  }

  asio::ip::tcp::socket socket_;
  const std::shared_ptr<Line> line_;
  const RelaySettings settings_;
  const std::function<void(Status)> ended_;
  asio::steady_timer idle_;
  std::array<char, kChunkBytes> chunk_{};
  std::string arrived_;
  std::chrono::steady_clock::time_point moved_at_;
  bool ending_ = false;
  bool sent_all_ = false;
  bool got_all_ = false;
  bool over_ = false;
};

}  // namespace

void relay(asio::ip::tcp::socket socket, std::shared_ptr<Line> line, RelaySettings settings,
           std::function<void(Status)> ended) {
  std::make_shared<Relay>(std::move(socket), std::move(line), settings, std::move(ended))->start();
}

}  // namespace berth::tunnel
