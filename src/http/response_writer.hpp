// The bytes of an answer: head, chunks, the date. Values in, text out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.hpp"

namespace berth::http {

/// What of an answer the server decides and not its handler.
struct Framing {
  bool keep_alive = false;
  bool http_1_0 = false;  // of the request: then keeping alive must be said
  bool chunked = false;
  std::optional<std::size_t> content_length;  // none: chunked, or a status without a body, or up to the end
};

/// Status line and headers with the empty line behind them. Framing headers the handler set are left out.
std::string make_head(const Response& response, const Framing& framing, std::string_view date,
                      std::string_view request_id);

/// One chunk. Empty bytes give nothing, as an empty chunk would end the body.
std::string make_chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// False for 204 and 304, whose answers end with their head.
bool has_body(int status);

/// What is wrong with a handler's answer, or empty: a status outside 200 to 599, a header that would break
/// the head, one that both goes on and comes later.
std::string_view fault_of(const Response& response);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::chrono::sys_seconds at);

/// The date as of now, made once a second. For one thread.
class DateCache {
 public:
  const std::string& now();

 private:
  std::chrono::sys_seconds at_{};
  std::string text_;
};

}  // namespace berth::http
