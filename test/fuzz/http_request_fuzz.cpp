// What the reader of requests promises, for any bytes: limits hold, where the bytes are cut makes no
// difference, and what it understood reads the same when it is written in the plainest way.
#include <algorithm>

#include "fuzz.hpp"
#include "http/headers.hpp"
#include "http/request_reader.hpp"
#include "http_words.hpp"

namespace {

using berth::fuzz::require;
using berth::http::Limits;
using berth::http::Request;
using berth::http::RequestReader;
using State = RequestReader::State;

Limits small_limits() {
  Limits limits;
  limits.header_bytes = 512;
  limits.header_count = 8;
  limits.body_bytes = 256;
  limits.target_bytes = 128;
  return limits;
}

bool ended(State state) {
  return state == State::kDone || state == State::kRefused;
}

bool is_framing(std::string_view name) {
  using berth::http::equal_without_case;
  return equal_without_case(name, "Content-Length") || equal_without_case(name, "Transfer-Encoding") ||
         equal_without_case(name, "Expect");
}

berth::http::Headers without_framing(const berth::http::Headers& headers) {
  auto kept = headers;
  std::erase_if(kept, [](const auto& header) { return is_framing(header.first); });
  return kept;
}

std::string written_plainly(const Request& request, bool http_1_0) {
  auto text = request.method + " " + berth::fuzz::target_text(request.path, request.query) +
              (http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  for (const auto& [name, value] : without_framing(request.headers)) text += name + ": " + value + "\r\n";
  return text + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
}

void check_request(const Request& request, const Limits& limits) {
  require(request.headers.size() <= limits.header_count);
  require(request.body.size() <= limits.body_bytes);
  require(request.path.starts_with('/') && request.path.size() <= limits.target_bytes);
  for (const auto& [name, value] : request.headers) {
    require(berth::http::is_token(name));
    require(berth::http::is_header_value(value));
  }
  const auto count = [&](std::string_view wanted) {
    return std::count_if(request.headers.begin(), request.headers.end(), [&](const auto& header) {
      return berth::http::equal_without_case(header.first, wanted);
    });
  };
  require(count("Host") <= 1 && count("Content-Length") + count("Transfer-Encoding") <= 1);
}

void check_written_plainly(RequestReader& reader) {
  static const Limits limits;
  const auto& request = reader.request();
  const auto text = written_plainly(request, reader.is_http_1_0());
  RequestReader again(limits);
  require(again.feed(text) == text.size());
  require(again.state() == State::kDone);
  require(again.request().method == request.method && again.request().path == request.path);
  require(again.request().query == request.query && again.request().body == request.body);
  require(without_framing(again.request().headers) == without_framing(request.headers));
  require(again.keep_alive() == reader.keep_alive());
}

}  // namespace

/// The first byte says in what pieces the rest is given.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Limits limits = small_limits();
  if (size == 0) return 0;
  const std::size_t step = std::size_t{bytes[0]} + 1;
  const auto text = berth::fuzz::text_of(bytes + 1, size - 1);

  RequestReader whole(limits);
  const auto used = whole.feed(text);
  require(used <= text.size());

  RequestReader pieces(limits);
  std::string unused;
  for (std::size_t at = 0; at < text.size() && !ended(pieces.state()); at += step) {
    unused += text.substr(at, step);
    const auto taken = pieces.feed(unused);
    require(taken <= unused.size());
    unused.erase(0, taken);
    require(unused.size() <= 2 * limits.header_bytes + step);
  }

  if (whole.state() == State::kDone) {
    const auto& request = whole.request();
    require(pieces.state() == State::kDone);
    require(pieces.request().headers == request.headers && pieces.request().body == request.body);
    require(pieces.request().path == request.path && pieces.request().query == request.query);
    check_request(request, limits);
    check_written_plainly(whole);
  } else {
    require(pieces.state() != State::kDone);
  }
  if (whole.state() == State::kRefused)
    require(whole.refusal().status >= 400 && !whole.refusal().detail.empty());
  return 0;
}
