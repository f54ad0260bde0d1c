// What the reader of requests promises, for any bytes: limits hold, and where the bytes are cut makes no
// difference.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/request_reader.hpp"

namespace {

using berth::http::Limits;
using berth::http::RequestReader;
using State = RequestReader::State;

void require(bool held) {
  if (!held) std::abort();
}

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

}  // namespace

/// The first byte says in what pieces the rest is given.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Limits limits = small_limits();
  if (size == 0) return 0;
  const std::size_t step = std::size_t{bytes[0]} + 1;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);

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
    require(request.headers.size() <= limits.header_count);
    require(request.body.size() <= limits.body_bytes);
    require(request.path.starts_with('/'));
  } else {
    require(pieces.state() != State::kDone);
  }
  if (whole.state() == State::kRefused)
    require(whole.refusal().status >= 400 && !whole.refusal().detail.empty());
  return 0;
}
