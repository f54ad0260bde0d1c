// For tests: an API answered by a function over real HTTP, one answered by hand-written bytes, and one in
// memory.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/http.hpp"
#include "kube/client.hpp"

namespace berth::kube {

inline constexpr std::chrono::seconds kTestPatience{20};  // ample: sanitizers and a busy machine

inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

inline std::string status_body(int code, std::string_view reason, std::string_view message = "no") {
  return json::serialize(json::object{
      {"kind", "Status"}, {"apiVersion", "v1"}, {"code", code}, {"reason", reason}, {"message", message}});
}

inline http::Response json_response(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

inline http::Response status_response(int code, std::string_view reason) {
  return json_response(code, status_body(code, reason));
}

inline json::object named(std::string_view name, std::string_view resource_version) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata",
           {{"name", name}, {"namespace", "lab"}, {"resourceVersion", resource_version}, {"uid", name}}}};
}

inline std::string list_body(const std::vector<json::object>& items, std::string_view resource_version,
                             std::string_view next = "") {
  json::array array;
  for (const auto& item : items) array.push_back(item);
  return json::serialize(
      json::object{{"kind", "PodList"},
                   {"apiVersion", "v1"},
                   {"metadata", {{"resourceVersion", resource_version}, {"continue", next}}},
                   {"items", std::move(array)}});
}

inline std::string event_line(std::string_view type, const json::object& object) {
  return json::serialize(json::object{{"type", type}, {"object", object}}) + "\n";
}

inline ClientSettings quick_settings() {
  ClientSettings settings;
  settings.call_deadline = kTestPatience;
  settings.jitter_seed = 1;
  return settings;
}

/// Remembers what it was asked.
class FakeApi {
 public:
  explicit FakeApi(http::Handler handler, std::optional<http::TlsFiles> tls = {})
      : scheme_(tls ? "https" : "http"), handler_(std::move(handler)) {
    http::ServerSettings settings;
    settings.tls = std::move(tls);
    settings.limits.stream_queue_bytes = 64U * 1024 * 1024;
    auto server = http::Server::start(
        settings, [this](const http::Request& request) { return answer(request); },
        [](int status, std::string_view detail, std::string_view) {
          return http::Response{.status = status, .body = std::string(detail)};
        },
        Log::silent());
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
  }

  Config config() const { return {.server = scheme_ + "://127.0.0.1:" + std::to_string(server_->port())}; }
  ClientFactory factory(ClientSettings settings = quick_settings()) const {
    return {config(), std::move(settings)};
  }
  Client client(ClientSettings settings = quick_settings()) const {
    return factory(std::move(settings)).client();
  }

  std::vector<http::Request> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  std::size_t count() const { return requests().size(); }

 private:
  http::Response answer(const http::Request& request) {
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    return handler_(request);
  }

  std::string scheme_;
  http::Handler handler_;
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  std::unique_ptr<http::Server> server_;  // last: it ends before what its handlers use
};

inline std::string query_of(const http::Request& request, std::string_view name) {
  return std::string(request.query_value(name).value_or(""));
}

/// A server of raw bytes: `script` runs for each connection, on a thread of its own, with its number from 0.
class RawApi {
 public:
  class Connection {
   public:
    explicit Connection(int socket) : socket_(socket) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(socket_); }

    /// One request's head, and its body by Content-Length; "" when the other end left.
    std::string read_request() {
      std::string text;
      std::size_t wanted = std::string::npos;
      while (text.size() < wanted) {
        char buffer[4096];
        pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(kTestPatience).count())) <= 0)
          return {};
        const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) return {};
        text.append(buffer, static_cast<std::size_t>(count));
        const auto end = text.find("\r\n\r\n");
        if (wanted != std::string::npos || end == std::string::npos) continue;
        const auto length = text.find("Content-Length: ");
        wanted = end + 4 + (length == std::string::npos ? 0 : std::stoul(text.substr(length + 16)));
      }
      return text;
    }
    /// At least so many bytes, whatever they are; fewer when the other end left.
    std::string read_bytes(std::size_t least) const {
      std::string bytes;
      while (bytes.size() < least) {
        char buffer[4096];
        pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(kTestPatience).count())) <= 0)
          break;
        const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) break;
        bytes.append(buffer, static_cast<std::size_t>(count));
      }
      return bytes;
    }
    void write(std::string_view bytes) const {
      while (!bytes.empty()) {
        const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(count));
      }
    }
    /// Waits until the other end has closed its side; what it still sends is dropped.
    void wait_closed() const {
      char buffer[256];
      pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
      while (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(kTestPatience).count())) > 0 &&
             ::recv(socket_, buffer, sizeof buffer, 0) > 0) {
      }
    }

   private:
    int socket_;
  };

  explicit RawApi(std::function<void(int, Connection&)> script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port for a test server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  RawApi(const RawApi&) = delete;
  RawApi& operator=(const RawApi&) = delete;
  ~RawApi() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
  }

  Config config() const { return {.server = "http://127.0.0.1:" + std::to_string(port_)}; }
  ClientFactory factory(ClientSettings settings = quick_settings()) const {
    return {config(), std::move(settings)};
  }
  Client client(ClientSettings settings = quick_settings()) const {
    return factory(std::move(settings)).client();
  }
  int connections() const { return connections_; }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 10) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      scripts_.emplace_back([this, socket, number = connections_++] {
        Connection connection(socket);
        script_(number, connection);
      });
    }
  }

  std::function<void(int, Connection&)> script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<std::jthread> scripts_;  // the listening thread's own until it has ended
  std::jthread thread_;
};

inline std::string http_answer(int status, std::string_view body, std::string_view more_headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
         std::string(more_headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

inline std::string http_chunk(std::string_view bytes) {
  std::string size;
  for (std::size_t left = bytes.size(); left > 0; left /= 16)
    size.insert(size.begin(), "0123456789abcdef"[left % 16]);
  return size + "\r\n" + std::string(bytes) + "\r\n";
}

inline constexpr std::string_view kChunkedHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

/// No answer, and whether another try may get one.
inline Exchange no_answer(std::string message, bool may_pass = true) {
  return tl::unexpected(TransportError{.error = {.code = Code::kUnavailable, .message = std::move(message)},
                                       .may_pass = may_pass});
}

/// Answers without a network.
class MemoryTransport final : public Transport {
 public:
  using Answer = std::function<Exchange(const HttpRequest&, const std::stop_token&)>;
  explicit MemoryTransport(Answer answer) : answer_(std::move(answer)) {}
  Exchange exchange(const HttpRequest& request, const ExchangeLimits&, const std::stop_token& stop) override {
    return answer_(request, stop);
  }

 private:
  Answer answer_;
};

inline ClientFactory memory_factory(MemoryTransport::Answer answer,
                                    ClientSettings settings = quick_settings()) {
  return {[answer = std::move(answer)] { return std::make_unique<MemoryTransport>(answer); },
          std::move(settings)};
}

}  // namespace berth::kube
