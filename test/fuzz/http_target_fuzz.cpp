// What the parser of request targets and the router promise, for any bytes.
#include "base/text.hpp"
#include "fuzz.hpp"
#include "http/http.hpp"
#include "http/target.hpp"
#include "http_words.hpp"

namespace {

using berth::fuzz::require;
using berth::http::Router;

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

Router some_routes() {
  Router router;  // with one parameter each, at most
  for (const auto* pattern :
       {"/", "/api/v1/reservations", "/api/v1/reservations/{id}", "/api/v1/reservations:find-a-time",
        "/api/v1/reservations/{id}/extend", "/pools/{name}:drain", "/files/{path...}"}) {
    router.add("GET", pattern, {});
  }
  return router;
}

/// The pattern with its parameter, if it has one, in its place: that is the path it matched.
std::string filled_in(const Router::Match& match) {
  const auto& pattern = match.pattern;
  const auto open = pattern.find('{');
  if (open == std::string::npos) return pattern;
  const auto close = pattern.find('}');
  return pattern.substr(0, open) + match.params.at(0).second + pattern.substr(close + 1);
}

void check_routes(const std::string& path) {
  static const Router router = some_routes();
  const auto match = router.match("GET", path);
  if (match.handler != nullptr) require(filled_in(match) == path);
  for (const auto& [name, value] : match.params) require(!value.empty() || name == "path");
  require((router.match("HEAD", path).handler != nullptr) == (match.handler != nullptr));
  require(router.match("POST", path).allowed_methods.empty() == (match.handler == nullptr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto target = berth::http::parse_target(berth::fuzz::text_of(bytes, size));
  if (!target) {
    require(target.error().code == berth::Code::kMalformed && !target.error().message.empty());
    return 0;
  }
  require(target->path.starts_with('/'));
  require(target->path.size() <= size);
  require(!has_dot_segment(target->path));
  require(berth::is_utf8(target->path));
  for (const char c : target->path) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  std::size_t decoded = target->path.size();
  for (const auto& [name, value] : target->query) {
    require(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
    require(berth::is_utf8(name) && berth::is_utf8(value));
    decoded += name.size() + value.size();
  }
  require(decoded <= size);
  require(berth::http::parse_target(berth::fuzz::target_text(target->path, target->query)) == *target);
  check_routes(target->path);
  return 0;
}
