#include "http/response_writer.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <cstdio>

#include "http/headers.hpp"

namespace berth::http {
namespace {

constexpr std::array<std::string_view, 6> kOwnHeaders = {
    "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Date", "X-Request-Id"};

void add(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string make_head(const Response& response, const Framing& framing, std::string_view date,
                      std::string_view request_id) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  std::string head;
  head.reserve(512);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason.data(), reason.size()).append("\r\n");
  add(head, "Date", date);
  add(head, "X-Request-Id", request_id);
  for (const auto& [name, value] : response.headers) {
    const auto same = [&](std::string_view own) { return equal_without_case(own, name); };
    if (std::ranges::none_of(kOwnHeaders, same)) add(head, name, value);
  }
  if (framing.content_length) add(head, "Content-Length", std::to_string(*framing.content_length));
  if (framing.chunked) add(head, "Transfer-Encoding", "chunked");
  if (!framing.keep_alive) add(head, "Connection", "close");
  if (framing.keep_alive && framing.http_1_0) add(head, "Connection", "keep-alive");
  head.append("\r\n");
  return head;
}

std::string make_chunk(std::string_view bytes) {
  if (bytes.empty()) return {};
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
  std::string chunk;
  chunk.reserve(bytes.size() + digits.size() + 4);
  chunk.append(digits.data(), end).append("\r\n").append(bytes).append("\r\n");
  return chunk;
}

bool has_body(int status) {
  return status != 204 && status != 304;
}

std::string_view fault_of(const Response& response) {
  if (response.status < 200 || response.status > 599) return "the status is not from 200 to 599";
  if (response.on_stream && response.on_later) return "it both goes on and comes later";
  for (const auto& [name, value] : response.headers) {
    if (!is_token(name)) return "a header has a malformed name";
    if (!is_header_value(value)) return "a header has a control character in its value";
  }
  return {};
}

std::string http_date(std::chrono::sys_seconds at) {
  // Not strftime: the names must not follow a locale.
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                    kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                    kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

const std::string& DateCache::now() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != at_) {
    at_ = now;
    text_ = http_date(now);
  }
  return text_;
}

}  // namespace berth::http
