// A connection that libcurl makes, as a stream for Beast: through the same proxies and by the same
// certificates as all else that the command line asks. Internal to this module.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace berth::cli {

class CurlStream {
 public:
  using executor_type = boost::asio::any_io_executor;
  using Error = boost::system::error_code;

  struct To {
    std::string url;             // scheme, host and port count
    std::string certificates{};  // a file of authorities in the place of the machine's; for tests
    std::chrono::milliseconds patience{10'000};  // for connecting, and then for each blocking step
  };
  /// Blocks. kUnavailable with the cause.
  static Result<CurlStream> connect(executor_type executor, const To& to);
  CurlStream(CurlStream&&) noexcept;
  CurlStream& operator=(CurlStream&&) = delete;
  ~CurlStream();

  executor_type get_executor() { return descriptor().get_executor(); }
  void close();

  /// Blocking, for the handshake alone.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, Error& error) {
    return wait_for(error, true, [&](Error& now) { return try_read(buffers, now); });
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, Error& error) {
    return wait_for(error, false, [&](Error& now) { return try_write(buffers, now); });
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    return or_throw([&](Error& error) { return read_some(buffers, error); });
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return or_throw([&](Error& error) { return write_some(buffers, error); });
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    start<true>(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    start<false>(buffers, std::forward<Handler>(handler));
  }

 private:
  struct State;
  explicit CurlStream(std::unique_ptr<State> state);

  boost::asio::posix::stream_descriptor& descriptor();
  /// `would_block` where nothing can be had now.
  std::size_t receive(boost::asio::mutable_buffer into, Error& error);
  std::size_t send(boost::asio::const_buffer from, Error& error);
  boost::asio::mutable_buffer scratch();
  /// Until the connection can be read or written; `timed_out` after the patience.
  void poll(bool reading, Error& error);

  template <class Buffers>
  std::size_t try_read(const Buffers& buffers, Error& error) {
    for (auto one = boost::asio::buffer_sequence_begin(buffers);
         one != boost::asio::buffer_sequence_end(buffers); ++one) {
      const boost::asio::mutable_buffer into(*one);
      if (into.size() != 0) return receive(into, error);
    }
    return 0;
  }
  /// In one piece, so that a message's head and body do not go as two packets.
  template <class Buffers>
  std::size_t try_write(const Buffers& buffers, Error& error) {
    const auto whole = scratch();
    const auto size = boost::asio::buffer_copy(whole, buffers);
    return size == 0 ? 0 : send(boost::asio::buffer(whole.data(), size), error);
  }
  template <class Step>
  std::size_t wait_for(Error& error, bool reading, Step step) {
    for (;;) {
      error = {};
      const auto size = step(error);
      if (error != boost::asio::error::would_block) return size;
      poll(reading, error);
      if (error) return 0;
    }
  }
  template <class Step>
  static std::size_t or_throw(Step step) {
    Error error;
    const auto size = step(error);
    if (error) throw boost::system::system_error(error);
    return size;
  }

  template <bool kReading, class Buffers>
  struct Operation {
    CurlStream* stream;
    Buffers buffers;
    enum { kBegin, kTry, kDone } next = kBegin;
    Error result{};
    std::size_t size = 0;

    template <class Self>
    void operator()(Self& self, const Error& error = {}) {
      if (next == kDone) return self.complete(result, size);
      if (error) return self.complete(error, 0);
      if (!stream->descriptor().is_open()) {
        result = boost::asio::error::operation_aborted;
      } else {
        if constexpr (kReading) {
          size = stream->try_read(buffers, result);
        } else {
          size = stream->try_write(buffers, result);
        }
      }
      const bool inside_the_call = std::exchange(next, kTry) == kBegin;
      if (result == boost::asio::error::would_block) {
        result = {};
        using Descriptor = boost::asio::posix::stream_descriptor;
        return stream->descriptor().async_wait(kReading ? Descriptor::wait_read : Descriptor::wait_write,
                                               std::move(self));
      }
      if (!inside_the_call) return self.complete(result, size);
      next = kDone;
      boost::asio::post(stream->get_executor(), std::move(self));
    }
  };
  template <bool kReading, class Buffers, class Handler>
  void start(const Buffers& buffers, Handler&& handler) {
    boost::asio::async_compose<Handler, void(Error, std::size_t)>(Operation<kReading, Buffers>{this, buffers},
                                                                  handler, descriptor());
  }

  std::unique_ptr<State> state_;
};

inline void beast_close_socket(CurlStream& stream) {
  stream.close();
}

/// A web socket has said its goodbye by then.
inline void teardown(boost::beast::role_type, CurlStream& stream, CurlStream::Error& error) {
  stream.close();
  error = {};
}
template <class Handler>
void async_teardown(boost::beast::role_type, CurlStream& stream, Handler&& handler) {
  stream.close();
  boost::asio::post(stream.get_executor(),
                    [handler = std::forward<Handler>(handler)]() mutable { handler(CurlStream::Error{}); });
}

}  // namespace berth::cli
