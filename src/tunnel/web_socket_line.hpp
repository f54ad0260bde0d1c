// A Line over Beast's web socket, on whatever stream. Heavy to include: for the few places that make one.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <utility>

#include "tunnel/guarded.hpp"
#include "tunnel/line.hpp"

namespace berth::tunnel {

/// Whoever is silent for the first is asked for a sign of life, and given up after the second.
inline constexpr std::chrono::seconds kAskAfter{20};
inline constexpr std::chrono::seconds kSilenceLimit{60};

template <class Stream>
class WebSocketLine final : public Line, public std::enable_shared_from_this<WebSocketLine<Stream>> {
  using Queue = std::deque<std::pair<Message, OnDone>>;

  template <class Run>
  auto safe(Run run) {
    return guarded(this->shared_from_this(), std::move(run));
  }

 public:
  using Socket = boost::beast::websocket::stream<Stream, false>;
  using Error = boost::system::error_code;

  /// One whose handshake is done; `keeps` lives as long as the line does.
  static std::shared_ptr<Line> make(std::unique_ptr<Socket> socket, std::shared_ptr<void> keeps) {
    auto line = std::make_shared<WebSocketLine>(std::move(socket), std::move(keeps));
    line->begin();
    return line;
  }
  WebSocketLine(std::unique_ptr<Socket> socket, std::shared_ptr<void> keeps)
      : keeps_(std::move(keeps)), socket_(std::move(socket)), timer_(socket_->get_executor()) {}
  ~WebSocketLine() override = default;

  void read(OnMessage done) override {
    reading_ = true;
    heard();
    socket_->async_read(buffer_, safe([this, done = std::move(done)](const Error& error, std::size_t) {
                          reading_ = false;
                          if (error) return done(lost(error));
                          Message message{boost::beast::buffers_to_string(buffer_.data()),
                                          socket_->got_text()};
                          buffer_.consume(buffer_.size());
                          done(std::move(message));
                        }));
  }

  void write(Message message, OnDone done) override {
    auto queue = waiting_.lock();
    if (!queue) waiting_ = queue = std::make_shared<Queue>();
    queue->emplace_back(std::move(message), std::move(done));
    if (queue->size() == 1) write_first(std::move(queue));
  }

  void close() override {
    closing_ = true;
    if (const auto queue = waiting_.lock(); !queue || queue->empty()) say_goodbye();
  }

  void cut() override {
    timer_.cancel();
    boost::beast::close_socket(boost::beast::get_lowest_layer(*socket_));
  }
  void broken() { cut(); }

 private:
  void begin() {
    namespace websocket = boost::beast::websocket;
    socket_->binary(true);
    socket_->auto_fragment(false);
    socket_->read_message_max(kMaxMessageBytes);
    socket_->write_buffer_bytes(kChunkBytes / 2);
    // Its own clock would also count while nothing is read because whoever takes it is slow.
    socket_->set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                        websocket::stream_base::none(), false});
    socket_->control_callback([this](websocket::frame_type, boost::beast::string_view) { heard(); });
    heard();
    watch();
  }

  void heard() {
    heard_at_ = std::chrono::steady_clock::now();
    asked_ = false;
  }

  /// Silence counts only while somebody listens.
  void watch() {
    timer_.expires_after(kAskAfter / 2);
    timer_.async_wait([weak = this->weak_from_this()](const Error& error) {
      const auto self = weak.lock();
      if (error || !self) return;
      const auto silent = std::chrono::steady_clock::now() - self->heard_at_;
      if (self->reading_ && silent > kSilenceLimit) return self->cut();
      if (self->reading_ && silent > kAskAfter && !self->asked_) self->ask();
      self->watch();
    });
  }

  void ask() {
    if (pinging_ || closing_) return;
    asked_ = pinging_ = true;
    socket_->async_ping({}, [self = this->shared_from_this()](const Error&) { self->pinging_ = false; });
  }

  /// What is written holds the queue, and nobody else: who waits in it may hold this line, and both would
  /// hold each other for good where the loop that writes has ended before.
  void write_first(std::shared_ptr<Queue> queue) {
    const auto& message = queue->front().first;
    socket_->text(message.is_text);
    const auto bytes = boost::asio::buffer(message.bytes);
    socket_->async_write(bytes, safe([this, queue = std::move(queue)](const Error& error, std::size_t) {
                           auto done = std::move(queue->front().second);
                           queue->pop_front();
                           if (!error && !queue->empty()) write_first(queue);
                           if (error) drop(*queue, error);
                           if (!error && closing_ && queue->empty()) say_goodbye();
                           done(error ? Status(lost(error)) : Status{});
                         }));
  }

  void drop(Queue& queue, const Error& error) {
    for (auto rest = std::exchange(queue, {}); auto& [message, done] : rest) done(lost(error));
  }

  /// The other end has kGoodbye to answer; then the stream is closed all the same.
  void say_goodbye() {
    static constexpr std::chrono::seconds kGoodbye{5};
    timer_.expires_after(kGoodbye);
    timer_.async_wait([weak = this->weak_from_this()](const Error& error) {
      if (const auto self = weak.lock(); self && !error) self->cut();
    });
    socket_->async_close(
        boost::beast::websocket::close_code::normal,
        [self = this->shared_from_this()](const Error&) { self->cut(); });  // nobody is left to be told
  }

  static tl::unexpected<berth::Error> lost(const Error& error) {
    if (error == boost::beast::websocket::error::closed)
      return fail(Code::kGone, "the other end has closed the line", "closed");
    return fail(Code::kUnavailable, "the line was cut: " + error.message(), "cut");
  }

  std::shared_ptr<void> keeps_;
  std::unique_ptr<Socket> socket_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::weak_ptr<Queue> waiting_;
  std::chrono::steady_clock::time_point heard_at_;
  bool reading_ = false;
  bool asked_ = false;
  bool pinging_ = false;
  bool closing_ = false;
};

}  // namespace berth::tunnel
