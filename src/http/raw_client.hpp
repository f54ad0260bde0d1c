// For tests: a client that sends exactly the bytes it is told to, well-formed or not. Every wait has a
// deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.hpp"

namespace berth::http {

inline constexpr std::chrono::seconds kPatience{20};  // ample: sanitizers and a busy machine

/// Looks until the condition holds; false after `kPatience`.
bool eventually(const std::function<bool()>& condition);

struct RawResponse {
  int status = 0;
  Headers headers;
  std::string body;       // without its chunks
  bool complete = false;  // as long as its Content-Length, or with its last chunk
  std::string_view header(std::string_view name) const { return find_header(headers, name).value_or(""); }
};

class RawClient {
 public:
  /// `from`: a loopback address of its own, "127.0.0.2".
  explicit RawClient(std::uint16_t port, std::optional<int> receive_buffer_bytes = std::nullopt,
                     const char* from = nullptr);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the other end does not take them any more.
  bool send(std::string_view bytes);
  void end_sending();
  void close();
  /// Gives up the connection so that the other end sees a reset.
  void reset();

  /// The next whole answer; `to_head` for the answer to HEAD. Status 0 when the connection ends before its
  /// head.
  RawResponse read_response(bool to_head = false);
  /// Only status line and headers; what follows stays for `read_more` and `read_to_end`.
  RawResponse read_head();
  /// At least these many raw bytes of what follows, unless the end comes first.
  std::string read_more(std::size_t bytes);
  std::string read_to_end();
  /// True when the other end closes, false when there are bytes or the patience is over.
  bool closed_by_peer();

 private:
  bool fill();
  std::string take(std::size_t bytes);
  std::optional<std::string> read_line();

  int socket_ = -1;
  std::string buffer_;
};

/// "GET <target> HTTP/1.1", Host and an empty line.
std::string get(std::string_view target);
std::string post(std::string_view target, std::string_view body);

}  // namespace berth::http
