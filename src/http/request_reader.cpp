#include "http/request_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/headers.hpp"
#include "http/target.hpp"

namespace berth::http {
namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::request_parser<beast_http::string_body>;
using Refusal = RequestReader::Refusal;

constexpr std::string_view kEndOfHead = "\r\n\r\n";
// Room in the request line for a method, two spaces and the version.
constexpr std::size_t kRequestLineOverheadBytes = 64;
constexpr std::size_t kMethodBytes = 32;
// "0\r\n\r\n": no chunked body has less ahead. Beast 1.81 aborts on an assertion when it is given the line of
// the last chunk with less behind it, as any client can arrange by sending it in pieces; so that much is
// waited for.
constexpr std::size_t kLeastOfChunkedBytes = 5;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::string limit_text(std::string_view what, std::size_t limit, std::string_view unit) {
  return std::string(what) + " is larger than the limit of " + std::to_string(limit) + " " +
         std::string(unit);
}

/// What is wrong with the raw lines of a head, whole or not, from this byte on; before it is parsed.
std::optional<Refusal> check_lines(std::string_view head, std::size_t from) {
  if (head.front() < 'A' || head.front() > 'Z') return Refusal{400, "this is not an HTTP request"};
  for (auto at = head.find('\n', from); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (head[at - 1] != '\r') return Refusal{400, "a line of the head does not end in CR LF"};
    // Beast joins folded lines; others end the header there, and what follows would be one of its own.
    if (at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t')) {
      return Refusal{400, "a header is folded over several lines"};
    }
  }
  return std::nullopt;
}

/// The second word of the request line, or all of it that came.
std::string_view raw_target(std::string_view head) {
  auto line = head.substr(0, head.find('\r'));
  line.remove_prefix(
      std::min(line.size(), line.find(' ') == std::string_view::npos ? line.size() : line.find(' ') + 1));
  return line.substr(0, line.find(' '));
}

Refusal too_large_head(std::string_view head, const Limits& limits) {
  const bool in_request_line = head.find('\r') == std::string_view::npos;
  if (raw_target(head).size() > limits.target_bytes ||
      (in_request_line && head.size() > limits.target_bytes + kRequestLineOverheadBytes)) {
    return {414, limit_text("the target", limits.target_bytes, "bytes")};
  }
  return {431, limit_text("the head of the request", limits.header_bytes, "bytes")};
}

Refusal from_parser(const boost::beast::error_code& error, const Limits& limits) {
  using E = beast_http::error;
  if (error == E::body_limit) return {413, limit_text("the body", limits.body_bytes, "bytes")};
  if (error == E::header_limit)
    return {431, limit_text("the head of the request", limits.header_bytes, "bytes")};
  if (error == E::bad_version) return {505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return {400, "the request is not well-formed HTTP: " + error.message()};
}

std::vector<std::string_view> values_of(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : headers) {
    if (equal_without_case(key, name)) values.emplace_back(value);
  }
  return values;
}

std::optional<Refusal> check_host(const Headers& headers, bool http_1_0) {
  const auto hosts = values_of(headers, "Host");
  if (hosts.size() > 1) return Refusal{400, "the header Host is there twice"};
  if (hosts.empty()) {
    if (http_1_0) return std::nullopt;
    return Refusal{400, "the header Host is missing"};
  }
  const bool clean = std::ranges::all_of(hosts.front(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~:[]").find(c) != std::string_view::npos;
  });
  if (!clean) return Refusal{400, "the header Host is not a host name or address with an optional port"};
  return std::nullopt;
}

/// How long the body is must have one reading only, or a request can hide in it (request smuggling).
std::optional<Refusal> check_framing(const Headers& headers, bool http_1_0) {
  const auto lengths = values_of(headers, "Content-Length");
  const auto encodings = values_of(headers, "Transfer-Encoding");
  if (lengths.size() > 1) return Refusal{400, "the header Content-Length is there twice"};
  if (!lengths.empty() && !encodings.empty()) {
    return Refusal{400, "Content-Length and Transfer-Encoding are there together"};
  }
  if (!lengths.empty() && lengths.front().find_first_not_of("0123456789") != std::string_view::npos) {
    return Refusal{400, "the header Content-Length is not a number"};
  }
  if (encodings.empty()) return std::nullopt;
  if (http_1_0) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (encodings.size() > 1 || !equal_without_case(encodings.front(), "chunked")) {
    return Refusal{400, "the header Transfer-Encoding is not exactly \"chunked\""};
  }
  return std::nullopt;
}

}  // namespace

struct RequestReader::Impl {
  explicit Impl(const Limits& given) : limits(given) {
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(limits.body_bytes);
    parser.eager(false);  // stop after the head: it is judged before its body is read
  }

  void refuse(Refusal why) {
    refusal = std::move(why);
    state = State::kRefused;
  }

  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  std::optional<Refusal> read_head(std::string_view head);

  const Limits& limits;
  Parser parser;
  State state = State::kHead;
  Refusal refusal;
  Request request;
  bool expects_continue = false;
  bool keep_alive = false;
  bool http_1_0 = false;
  std::size_t scanned = 0;  // bytes already searched for the end of the head
};

std::size_t RequestReader::Impl::feed_head(std::string_view bytes) {
  // Some clients send an empty line after a body; RFC 9112 asks to pass over it.
  std::size_t skipped = 0;
  while (scanned == 0 && bytes.starts_with("\r\n")) {
    bytes.remove_prefix(2);
    skipped += 2;
  }
  if (bytes.empty() || bytes == "\r") return skipped;

  // From the last known good bytes only, else one byte at a time would cost the square of the limit.
  const auto from = scanned < kEndOfHead.size() ? 0 : scanned - kEndOfHead.size();
  const auto end = bytes.substr(0, limits.header_bytes).find(kEndOfHead, from);
  const bool whole = end != std::string_view::npos;
  const auto head = bytes.substr(0, whole ? end + kEndOfHead.size() : bytes.size());
  if (auto why = check_lines(head, from)) {
    refuse(std::move(*why));
    return skipped;
  }
  scanned = bytes.size();
  if (!whole) {
    if (bytes.size() >= limits.header_bytes || raw_target(head).size() > limits.target_bytes) {
      refuse(too_large_head(head, limits));
    }
    return skipped;
  }
  if (auto why = read_head(head)) {
    refuse(std::move(*why));
    return skipped;
  }
  return skipped + head.size();
}

std::optional<Refusal> RequestReader::Impl::read_head(std::string_view head) {
  if (raw_target(head).size() > limits.target_bytes) return too_large_head(head, limits);
  const auto lines = static_cast<std::size_t>(std::ranges::count(head, '\n'));
  if (lines - 2 > limits.header_count) {
    return Refusal{431,
                   "the request has more headers than the limit of " + std::to_string(limits.header_count)};
  }
  boost::beast::error_code error;
  const auto used = parser.put(boost::asio::buffer(head), error);
  request.method = view(parser.get().method_string()).substr(0, kMethodBytes + 1);
  // Too large a body is found with the head whole: whatever else is wrong with it is told first.
  const bool too_large_body = error == beast_http::error::body_limit;
  if (error && !too_large_body) return from_parser(error, limits);
  if (used != head.size() || (!parser.is_header_done() && !too_large_body))
    return Refusal{400, "the head of the request has no clear end"};

  http_1_0 = parser.get().version() == 10;
  for (const auto& field : parser.get()) {
    request.headers.emplace_back(view(field.name_string()), view(field.value()));
  }
  const auto method_letter = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; };
  if (request.method.size() > kMethodBytes || !std::ranges::all_of(request.method, method_letter))
    return Refusal{501, "the method is not known"};
  auto target = parse_target(view(parser.get().target()));
  if (!target) return Refusal{400, target.error().message};
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  if (auto why = check_host(request.headers, http_1_0)) return why;
  if (auto why = check_framing(request.headers, http_1_0)) return why;
  if (const auto expect = request.header("Expect")) {
    if (!equal_without_case(*expect, "100-continue"))
      return Refusal{417, "only 100-continue can be expected"};
    expects_continue = !http_1_0;
  }
  if (too_large_body) return from_parser(error, limits);
  keep_alive = parser.keep_alive();
  parser.eager(true);
  state = parser.is_done() ? State::kDone : State::kBody;
  return std::nullopt;
}

std::size_t RequestReader::Impl::feed_body(std::string_view bytes) {
  const std::size_t least = parser.chunked() ? kLeastOfChunkedBytes : 1;
  std::size_t used = 0;
  while (bytes.size() - used >= least) {
    // No more at once than a line or the last fields may have, so that their limit holds however they arrive.
    const auto piece = bytes.substr(used, limits.header_bytes + 1);
    boost::beast::error_code error;
    const auto taken = parser.put(boost::asio::buffer(piece), error);
    used += taken;
    if (error && error != beast_http::error::need_more) {
      refuse(from_parser(error, limits));
      return used;
    }
    if (taken > 0) expects_continue = false;
    if (parser.is_done()) {
      // Fields that came after a chunked body are not looked at: they could pass for headers nobody judged.
      request.body = std::move(parser.get().body());
      state = State::kDone;
      return used;
    }
    if (taken > 0) continue;
    if (piece.size() > limits.header_bytes)
      refuse({400, "the line before a chunk, or the fields after the last one, are too long"});
    return used;
  }
  return used;
}

RequestReader::RequestReader(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;

std::size_t RequestReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  if (impl_->state == State::kHead) used = impl_->feed_head(bytes);
  if (impl_->state == State::kBody) used += impl_->feed_body(bytes.substr(used));
  return used;
}

RequestReader::State RequestReader::state() const {
  return impl_->state;
}
const RequestReader::Refusal& RequestReader::refusal() const {
  return impl_->refusal;
}
Request& RequestReader::request() {
  return impl_->request;
}
bool RequestReader::expects_continue() const {
  return impl_->expects_continue;
}
bool RequestReader::keep_alive() const {
  return impl_->keep_alive && impl_->state != State::kRefused;
}
bool RequestReader::is_http_1_0() const {
  return impl_->http_1_0;
}

}  // namespace berth::http
