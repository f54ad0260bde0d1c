#include "http/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <thread>
#include <utility>

namespace berth::http {

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

RawClient::RawClient(std::uint16_t port, std::optional<int> receive_buffer_bytes, const char* from)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) throw std::runtime_error("no socket");
  if (receive_buffer_bytes) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &*receive_buffer_bytes, sizeof(int));
  }
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (from != nullptr) {
    ::inet_pton(AF_INET, from, &address.sin_addr);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("cannot take the address");
  }
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close();
    throw std::runtime_error("cannot connect");
  }
}

RawClient::~RawClient() {
  close();
}

RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::end_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void RawClient::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void RawClient::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close();
}

bool RawClient::fill() {
  std::array<char, 64 * 1024> bytes;
  const auto received = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (received <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(received));
  return true;
}

std::string RawClient::take(std::size_t bytes) {
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, taken.size());
  return taken;
}

std::optional<std::string> RawClient::read_line() {
  auto end = buffer_.find("\r\n");
  while (end == std::string::npos) {
    if (!fill()) return std::nullopt;
    end = buffer_.find("\r\n");
  }
  auto line = take(end);
  take(2);
  return line;
}

RawResponse RawClient::read_head() {
  RawResponse response;
  const auto first = read_line();
  if (!first || !first->starts_with("HTTP/1.1 ") || first->size() < 12) return response;
  std::from_chars(first->data() + 9, first->data() + 12, response.status);
  for (auto line = read_line(); line && !line->empty(); line = read_line()) {
    const auto colon = line->find(": ");
    if (colon == std::string::npos) throw std::runtime_error("malformed header: " + *line);
    response.headers.emplace_back(line->substr(0, colon), line->substr(colon + 2));
  }
  return response;
}

RawResponse RawClient::read_response(bool to_head) {
  auto response = read_head();
  if (response.status < 200) return response;
  if (to_head || response.status == 204 || response.status == 304) {
    response.complete = true;
  } else if (response.header("Transfer-Encoding") == "chunked") {
    for (auto line = read_line(); line; line = read_line()) {
      std::size_t size = 0;
      std::from_chars(line->data(), line->data() + line->size(), size, 16);
      const auto chunk = read_more(size + 2);
      if (chunk.size() != size + 2 || !chunk.ends_with("\r\n")) break;
      response.body.append(chunk, 0, size);
      response.complete = size == 0;
      if (size == 0) break;
    }
  } else if (const auto length = find_header(response.headers, "Content-Length")) {
    std::size_t size = 0;
    std::from_chars(length->data(), length->data() + length->size(), size);
    response.body = read_more(size);
    response.complete = response.body.size() == size;
  } else {
    response.body = read_to_end();
    response.complete = true;
  }
  return response;
}

std::string RawClient::read_more(std::size_t bytes) {
  while (buffer_.size() < bytes && fill()) {
  }
  return take(bytes);
}

std::string RawClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::closed_by_peer() {
  if (!buffer_.empty()) return false;
  char byte = 0;
  const auto received = ::recv(socket_, &byte, 1, 0);
  return received == 0 || (received < 0 && errno == ECONNRESET);
}

std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: berth.test\r\n\r\n";
}

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: berth.test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace berth::http
