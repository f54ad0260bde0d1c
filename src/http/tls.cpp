#include <sys/stat.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "http/transport.hpp"

namespace berth::http {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

// Of TLS 1.2 only what keeps a recording secret when the key is lost later, and seals as it encrypts. TLS 1.3
// has nothing else.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket socket, std::shared_ptr<ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}

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
  std::shared_ptr<ssl::context> context_;  // others may serve new connections meanwhile
  ssl::stream<Socket> stream_;
};

Status bad_file(std::string field, const std::string& path, const std::string& why) {
  return fail(invalid_field(std::move(field), path, "a readable PEM file",
                            "The file " + path + " cannot be used for TLS: " + why + "."));
}

Result<std::shared_ptr<ssl::context>> make_context(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* native = context->native_handle();
  boost::system::error_code error;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                           ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                       error);
  if (error) return fail(Code::kInternal, "set up TLS: " + error.message());
  if (SSL_CTX_set_cipher_list(native, kCiphers) != 1)
    return fail(Code::kInternal, "set up TLS: the library has none of the ciphers");
  // A client that asks to negotiate anew and anew costs us far more than it.
  SSL_CTX_set_options(native,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // 34 KB less for each idle connection
  context->use_certificate_chain_file(files.certificate, error);
  if (error) return fail(bad_file("tls.certificate", files.certificate, error.message()).error());
  context->use_private_key_file(files.key, ssl::context::pem, error);  // checks that it fits the certificate
  if (error) return fail(bad_file("tls.key", files.key, error.message()).error());
  return context;
}

/// What tells one content of a file from another without reading it; links are followed, as a mounted Secret
/// is changed by turning one.
struct FileStamp {
  ino_t inode = 0;
  off_t size = 0;
  std::array<std::int64_t, 2> changed{};
  bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {
      .inode = found.st_ino, .size = found.st_size, .changed = {found.st_mtim.tv_sec, found.st_mtim.tv_nsec}};
}

class OpenSslServer final : public TlsServer {
 public:
  explicit OpenSslServer(TlsFiles files) : files_(std::move(files)) {}

  std::unique_ptr<Transport> wrap(Socket socket) override {
    return std::make_unique<TlsTransport>(std::move(socket), context_);
  }

  Result<bool> refresh() override {
    const std::array<FileStamp, 2> now{stamp_of(files_.certificate), stamp_of(files_.key)};
    if (now == seen_) return false;
    // Also where they cannot be used: the two files may be changed one after the other, and then they change
    // again.
    seen_ = now;
    auto context = make_context(files_);
    if (!context) return fail(context.error());
    context_ = std::move(*context);
    return true;
  }

 private:
  const TlsFiles files_;
  std::array<FileStamp, 2> seen_{};
  std::shared_ptr<ssl::context> context_;
};

}  // namespace

Result<std::unique_ptr<TlsServer>> TlsServer::load(const TlsFiles& files) {
  auto server = std::make_unique<OpenSslServer>(files);
  auto loaded = server->refresh();
  if (!loaded) return fail(loaded.error());
  if (!*loaded)
    return fail(bad_file("tls.certificate", files.certificate, "No such file or directory").error());
  return server;
}

}  // namespace berth::http
