#include "cacheplan/artifact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "modelcache/source.hpp"

namespace berth::cacheplan {
namespace {

constexpr std::array kKinds{std::pair{Kind::kImage, std::string_view("image")},
                            std::pair{Kind::kModel, std::string_view("model")}};
constexpr std::array kKeeps{std::pair{Keep::kNo, std::string_view("no")},
                            std::pair{Keep::kPinned, std::string_view("pinned")},
                            std::pair{Keep::kNeeded, std::string_view("needed")},
                            std::pair{Keep::kInUse, std::string_view("in_use")}};
constexpr std::array kStates{std::pair{State::kCached, std::string_view("cached")},
                             std::pair{State::kPulling, std::string_view("pulling")},
                             std::pair{State::kQueued, std::string_view("queued")},
                             std::pair{State::kFailed, std::string_view("failed")},
                             std::pair{State::kOutdated, std::string_view("outdated")},
                             std::pair{State::kEvicted, std::string_view("evicted")}};

template <typename Table, typename T>
std::string_view name_of(const Table& table, T value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "unknown";
}
template <typename T, typename Table>
std::optional<T> value_of(const Table& table, std::string_view text) {
  for (const auto& [known, name] : table) {
    if (name == text) return known;
  }
  return std::nullopt;
}

bool is_of(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

/// host[:port]/path[:tag][@sha256:digest], as runtimes take it. What they refuse besides, they say.
bool is_reference(std::string_view text) {
  if (const auto at = text.find('@'); at != text.npos) {
    const auto digest = text.substr(at + 1);
    if (!digest.starts_with("sha256:") || !modelcache::is_hex(digest.substr(7), 64)) return false;
    text = text.substr(0, at);
  }
  const auto slash = text.find('/');
  if (slash == text.npos || slash == 0 || slash + 1 == text.size()) return false;
  const auto path = text.substr(slash + 1);
  return is_of(text.substr(0, slash), ".-:[]") && text[slash - 1] != ':' && is_of(path, "._-/:") &&
         path.front() != '/' && path.back() != '/' && path.back() != ':' && path.find("//") == path.npos &&
         std::ranges::count(path, ':') <= 1 &&
         path.find('/', std::min(path.find(':'), path.size())) == path.npos;
}

}  // namespace

std::string_view to_string(Kind kind) {
  return name_of(kKinds, kind);
}
std::optional<Kind> parse_kind(std::string_view text) {
  return value_of<Kind>(kKinds, text);
}
std::string_view to_string(Keep keep) {
  return name_of(kKeeps, keep);
}
std::optional<Keep> parse_keep(std::string_view text) {
  return value_of<Keep>(kKeeps, text);
}
std::string_view to_string(State state) {
  return name_of(kStates, state);
}
std::optional<State> parse_state(std::string_view text) {
  return value_of<State>(kStates, text);
}

Status check_source(Kind kind, const std::string& source) {
  if (source.size() > kMostSourceBytes)
    return fail(invalid_field("source", shown(source), fmt::format("{} bytes", kMostSourceBytes),
                              fmt::format("A source has at most {} bytes.", kMostSourceBytes)));
  if (kind == Kind::kModel) {
    auto read = modelcache::parse_source(source);
    if (read) return {};
    return fail(invalid_field("source", shown(source), "hf://owner/name@revision", read.error().message));
  }
  if (is_reference(source)) return {};
  return fail(invalid_field(
      "source", shown(source), "host/name:tag or host/name@sha256:digest",
      fmt::format("\"{}\" is no whole reference of an image, with its registry's host.", shown(source))));
}

std::string whole_source(Kind kind, const std::string& source) {
  if (kind != Kind::kModel) return source;
  const auto read = modelcache::parse_source(source);
  return read ? read->text() : source;
}

}  // namespace berth::cacheplan
