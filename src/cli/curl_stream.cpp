#include "cli/curl_stream.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "tunnel/line.hpp"

namespace berth::cli {
namespace {

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

}  // namespace

struct CurlStream::State {
  State(executor_type executor, std::unique_ptr<CURL, CurlDeleter> made,
        std::chrono::milliseconds for_each_step)
      : handle(std::move(made)), descriptor(std::move(executor)), patience(for_each_step) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { let_go(); }
  /// It is libcurl's to close.
  void let_go() {
    if (descriptor.is_open()) descriptor.release();
  }

  std::unique_ptr<CURL, CurlDeleter> handle;
  boost::asio::posix::stream_descriptor descriptor;
  std::chrono::milliseconds patience;
  std::array<char, tunnel::kChunkBytes> scratch{};
};

Result<CurlStream> CurlStream::connect(executor_type executor, const To& to) {
  std::unique_ptr<CURL, CurlDeleter> handle(curl_easy_init());
  if (!handle) return fail(Code::kInternal, "cannot set up a connection");
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(handle.get(), CURLOPT_URL, to.url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_HTTP_VERSION,
                   CURL_HTTP_VERSION_1_1);  // web sockets of Beast speak no other
  curl_easy_setopt(handle.get(), CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, "berth-cli");
  curl_easy_setopt(handle.get(), CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(to.patience.count()));
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, reason.data());
  if (!to.certificates.empty()) curl_easy_setopt(handle.get(), CURLOPT_CAINFO, to.certificates.c_str());
  const auto outcome = curl_easy_perform(handle.get());
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, nullptr);
  if (outcome != CURLE_OK) {
    // As for the portal: a text with a URL in it quotes a proxy's, which may hold a password.
    const std::string_view told = reason.data();
    const bool tellable = !told.empty() && told.find("://") == std::string_view::npos;
    const std::string why(tellable ? told : curl_easy_strerror(outcome));
    return fail(Code::kUnavailable, outcome == CURLE_PEER_FAILED_VERIFICATION
                                        ? fmt::format("the workspace's address cannot be trusted: {}", why)
                                        : fmt::format("the workspace cannot be reached: {}", why));
  }
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(handle.get(), CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK ||
      socket == CURL_SOCKET_BAD)
    return fail(Code::kUnavailable, "the workspace cannot be reached: the connection was closed at once");
  auto state = std::make_unique<State>(std::move(executor), std::move(handle), to.patience);
  state->descriptor.assign(socket);
  return CurlStream(std::move(state));
}

CurlStream::CurlStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
CurlStream::CurlStream(CurlStream&&) noexcept = default;
CurlStream::~CurlStream() = default;

void CurlStream::close() {
  state_->let_go();
  state_->handle.reset();
}

boost::asio::posix::stream_descriptor& CurlStream::descriptor() {
  return state_->descriptor;
}

boost::asio::mutable_buffer CurlStream::scratch() {
  return boost::asio::buffer(state_->scratch);
}

std::size_t CurlStream::receive(boost::asio::mutable_buffer into, Error& error) {
  std::size_t size = 0;
  const auto outcome = curl_easy_recv(state_->handle.get(), into.data(), into.size(), &size);
  if (outcome == CURLE_AGAIN) {
    error = boost::asio::error::would_block;
  } else if (outcome != CURLE_OK) {
    error = boost::asio::error::connection_reset;
  } else if (size == 0) {
    error = boost::asio::error::eof;
  }
  return size;
}

std::size_t CurlStream::send(boost::asio::const_buffer from, Error& error) {
  std::size_t size = 0;
  const auto outcome = curl_easy_send(state_->handle.get(), from.data(), from.size(), &size);
  if (outcome == CURLE_AGAIN) {
    error = boost::asio::error::would_block;
  } else if (outcome != CURLE_OK) {
    error = boost::asio::error::broken_pipe;
  }
  return size;
}

void CurlStream::poll(bool reading, Error& error) {
  pollfd one{.fd = descriptor().native_handle(),
             .events = static_cast<short>(reading ? POLLIN : POLLOUT),
             .revents = 0};
  const int ready = ::poll(&one, 1, static_cast<int>(state_->patience.count()));
  error = {};
  if (ready == 0) error = boost::asio::error::timed_out;
  if (ready < 0 && errno != EINTR) error = Error(errno, boost::system::system_category());
}

}  // namespace berth::cli
