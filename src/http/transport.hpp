// A byte pipe to one client: plain or TLS. For the I/O thread alone.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>

#include "http/http.hpp"

namespace berth::http {

/// Of TCP, or of a path on this machine.
using Socket = boost::asio::generic::stream_protocol::socket;

class Transport {
 public:
  using Error = boost::system::error_code;
  using OnBytes = std::function<void(const Error&, std::size_t)>;
  using OnDone = std::function<void(const Error&)>;

  virtual ~Transport() = default;
  /// Callbacks always come later from the I/O thread, never from inside the call; after `close` with an
  /// error.
  virtual void handshake(OnDone done) = 0;
  virtual void read_some(boost::asio::mutable_buffer into, OnBytes done) = 0;
  virtual void write_some(boost::asio::const_buffer from, OnBytes done) = 0;
  /// A pending read ends soon, with an error or with what came before.
  virtual void stop_reading() = 0;
  /// Tells the other end that nothing follows while reading goes on. False where that is not possible.
  virtual bool end_sending() = 0;
  /// Tells the other end that all is over, properly. No read may be pending.
  virtual void goodbye(OnDone done) = 0;
  virtual void close() = 0;
};

std::unique_ptr<Transport> make_plain_transport(Socket socket);

/// The certificate and key of a server, read and checked.
class TlsServer {
 public:
  /// kInvalid with the file at fault.
  static Result<std::unique_ptr<TlsServer>> load(const TlsFiles& files);
  virtual ~TlsServer() = default;
  virtual std::unique_ptr<Transport> wrap(Socket socket) = 0;
  /// True when the files have changed since they were last looked at, and serve new connections from now on.
  /// A failure leaves what was.
  virtual Result<bool> refresh() = 0;
};

}  // namespace berth::http
