// The one seam to the network. The real form speaks HTTP by libcurl; another may answer from memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/error.hpp"

namespace berth::kube {

using SteadyTime = std::chrono::steady_clock::time_point;

struct HttpRequest {
  std::string method = "GET";
  std::string target{};  // path and query, encoded
  std::string accept = "application/json";
  std::string content_type{};  // of `body`
  std::string body{};
  /// When set, a 2xx answer's body comes here in pieces as it arrives and `HttpResponse::body` stays empty.
  /// False ends the exchange as a success.
  std::function<bool(std::string_view)> on_bytes{};
};

struct HttpResponse {
  int status = 0;
  std::string content_type{};
  std::optional<int> retry_after_seconds{};  // only when the header is a number of seconds
  std::vector<std::string> warnings{};       // texts of Warning headers
  std::string body{};
};

/// No whole answer came.
struct TransportError {
  Error error{};
  bool never_sent = false;  // certain that the server did not act on the request
  /// Trying again may help: refused, reset, closed. Not so: a bad certificate, too large, stopped.
  bool may_pass = false;
};

struct ExchangeLimits {
  SteadyTime deadline{};
  std::size_t max_body_bytes = 0;  // after decompression; for streams each caller caps what it keeps
  /// No byte for this long means the other end is dead; zero: only the deadline counts. `on_bytes` may change
  /// it: it is read again at each wait.
  std::chrono::milliseconds max_silence{0};
};

using Exchange = tl::expected<HttpResponse, TransportError>;

/// One exchange at a time, always from one thread. `stop` ends it from any thread within milliseconds.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Exchange exchange(const HttpRequest& request, const ExchangeLimits& limits,
                            const std::stop_token& stop) = 0;
};

/// The slug of errors that come from a stop, so that a caller can tell them from failures.
inline constexpr std::string_view kStoppedSlug = "stopped";
Error stopped_error();

}  // namespace berth::kube
