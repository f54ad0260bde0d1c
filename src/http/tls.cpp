#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "http/transport.hpp"

namespace berth::http {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

class TlsTransport final : public Transport {
 public:
  TlsTransport(asio::ip::tcp::socket socket, ssl::context& context) : stream_(std::move(socket), context) {}

  void handshake(OnDone done) override { stream_.async_handshake(ssl::stream_base::server, std::move(done)); }
  void read_some(asio::mutable_buffer into, OnBytes done) override {
    stream_.async_read_some(into, std::move(done));
  }
  void write_some(asio::const_buffer from, OnBytes done) override {
    stream_.async_write_some(from, std::move(done));
  }
  void stop_reading() override {
    Error ignored;  // then it is not pending
    stream_.lowest_layer().cancel(ignored);
  }
  bool end_sending() override { return false; }
  void goodbye(OnDone done) override { stream_.async_shutdown(std::move(done)); }
  void close() override {
    Error ignored;  // nobody is left to be told
    stream_.lowest_layer().close(ignored);
  }

 private:
  ssl::stream<asio::ip::tcp::socket> stream_;
};

class OpenSslServer final : public TlsServer {
 public:
  OpenSslServer() : context_(ssl::context::tls_server) {}

  std::unique_ptr<Transport> wrap(asio::ip::tcp::socket socket) override {
    return std::make_unique<TlsTransport>(std::move(socket), context_);
  }

  Status load_files(const TlsFiles& files) {
    boost::system::error_code error;
    context_.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                             ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                         error);
    if (error) return fail(Code::kInternal, "set up TLS: " + error.message());
    // A client that asks to negotiate anew and anew costs us far more than it.
    SSL_CTX_set_options(context_.native_handle(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context_.native_handle(),
                     SSL_MODE_RELEASE_BUFFERS);  // 34 KB less for each idle connection
    context_.use_certificate_chain_file(files.certificate, error);
    if (error) return bad_file("tls.certificate", files.certificate, error);
    context_.use_private_key_file(files.key, ssl::context::pem,
                                  error);  // checks that it fits the certificate
    if (error) return bad_file("tls.key", files.key, error);
    return {};
  }

 private:
  static Status bad_file(std::string field, const std::string& path, const boost::system::error_code& error) {
    return fail(invalid_field(std::move(field), path, "a readable PEM file",
                              "The file " + path + " cannot be used for TLS: " + error.message() + "."));
  }

  ssl::context context_;
};

}  // namespace

Result<std::unique_ptr<TlsServer>> TlsServer::load(const TlsFiles& files) {
  auto server = std::make_unique<OpenSslServer>();
  if (auto loaded = server->load_files(files); !loaded) return fail(loaded.error());
  return server;
}

}  // namespace berth::http
