#include <algorithm>
#include <stdexcept>

#include "http/http.hpp"

namespace berth::http {
namespace {

// How a segment of a pattern matches; the lower wins where two patterns differ first.
enum class Kind { kLiteral, kParamWithVerb, kParam, kRest };

struct Segment {
  Kind kind = Kind::kLiteral;
  std::string_view name;  // of the parameter
  std::string_view text;  // the literal, or ":verb"
};

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash before the segment
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

Segment read_segment(std::string_view text) {
  if (!text.starts_with('{')) return {.kind = Kind::kLiteral, .name = {}, .text = text};
  const auto close = text.find('}');
  auto name = text.substr(1, close - 1);
  const auto verb = text.substr(close + 1);
  if (name.ends_with("...")) {
    name.remove_suffix(3);
    return {.kind = Kind::kRest, .name = name, .text = {}};
  }
  return {.kind = verb.empty() ? Kind::kParam : Kind::kParamWithVerb, .name = name, .text = verb};
}

bool well_formed(std::string_view text, bool last) {
  const bool has_brace = text.find_first_of("{}") != std::string_view::npos;
  if (!has_brace) return !text.empty();
  const auto close = text.find('}');
  if (text.front() != '{' || close == std::string_view::npos || text.find_last_of("{}") != close)
    return false;
  const auto segment = read_segment(text);
  if (segment.name.empty() || segment.name.find_first_of("{}.") != std::string_view::npos) return false;
  const auto after = text.substr(close + 1);
  if (segment.kind == Kind::kRest) return last && after.empty();
  return after.empty() || (last && after.size() > 1 && after.front() == ':');
}

using Params = std::vector<std::pair<std::string, std::string>>;

bool match_segments(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path,
                    std::string_view whole_path, Params& params) {
  params.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= path.size()) return false;
    const auto segment = read_segment(pattern[i]);
    const auto part = path[i];
    switch (segment.kind) {
      case Kind::kLiteral:
        if (segment.text != part) return false;
        break;
      case Kind::kParamWithVerb:
        if (part.size() <= segment.text.size() || !part.ends_with(segment.text)) return false;
        params.emplace_back(segment.name, part.substr(0, part.size() - segment.text.size()));
        break;
      case Kind::kParam:
        if (part.empty()) return false;
        params.emplace_back(segment.name, part);
        break;
      case Kind::kRest:
        params.emplace_back(segment.name,
                            whole_path.substr(static_cast<std::size_t>(part.data() - whole_path.data())));
        return true;
    }
  }
  return pattern.size() == path.size();
}

bool more_literal(const Router::Route& left, const Router::Route& right) {
  const auto kind = [](const std::string& text) { return read_segment(text).kind; };
  return std::ranges::lexicographical_compare(left.segments, right.segments, {}, kind, kind);
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler) {
  if (!pattern.starts_with('/'))
    throw std::invalid_argument("route pattern must begin with a slash: " + pattern);
  std::vector<std::string> segments;
  if (pattern == "/") {
    segments.emplace_back();
  } else {
    const auto parts = split(pattern);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!well_formed(parts[i], i + 1 == parts.size())) {
        throw std::invalid_argument("route pattern is malformed: " + pattern);
      }
      segments.emplace_back(parts[i]);
    }
  }
  const auto same = [&](const Route& route) { return route.method == method && route.pattern == pattern; };
  if (std::ranges::any_of(routes_, same))
    throw std::invalid_argument("route is there twice: " + method + " " + pattern);
  // Kept in the order of precedence, so that the first that matches is the right one.
  Route route{std::move(method), std::move(pattern), std::move(segments), std::move(handler)};
  const auto place = std::ranges::upper_bound(routes_, route, more_literal);
  routes_.insert(place, std::move(route));
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  const auto parts = split(path);
  Params params;
  const auto take = [&](std::string_view wanted) {
    const auto found = std::ranges::find_if(routes_, [&](const Route& route) {
      return route.method == wanted && match_segments(route.segments, parts, path, params);
    });
    if (found == routes_.end()) return false;
    match.handler = &found->handler;
    match.pattern = found->pattern;
    match.params = std::move(params);
    return true;
  };
  if (take(method) || (method == "HEAD" && take("GET"))) return match;

  for (const auto& route : routes_) {
    if (!match_segments(route.segments, parts, path, params)) continue;
    match.allowed_methods.push_back(route.method);
    if (route.method == "GET") match.allowed_methods.emplace_back("HEAD");
  }
  std::ranges::sort(match.allowed_methods);
  const auto repeated = std::ranges::unique(match.allowed_methods);
  match.allowed_methods.erase(repeated.begin(), repeated.end());
  return match;
}

}  // namespace berth::http
