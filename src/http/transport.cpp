#include "http/transport.hpp"

#include <boost/asio/post.hpp>

namespace berth::http {
namespace {

namespace asio = boost::asio;

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {}

  void handshake(OnDone done) override { later(std::move(done)); }
  void read_some(asio::mutable_buffer into, OnBytes done) override {
    socket_.async_read_some(into, std::move(done));
  }
  void write_some(asio::const_buffer from, OnBytes done) override {
    socket_.async_write_some(from, std::move(done));
  }
  void stop_reading() override {
    Error ignored;  // then it is not pending
    socket_.cancel(ignored);
  }
  bool end_sending() override {
    Error ignored;  // the other end may be gone already, which reading then tells
    socket_.shutdown(Socket::shutdown_send, ignored);
    return true;
  }
  void goodbye(OnDone done) override { later(std::move(done)); }
  void close() override {
    Error ignored;  // nobody is left to be told
    socket_.close(ignored);
  }

 private:
  void later(OnDone done) {
    asio::post(socket_.get_executor(), [done = std::move(done)] { done({}); });
  }

  Socket socket_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(Socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace berth::http
