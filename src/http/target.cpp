#include "http/target.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.hpp"

namespace berth::http {
namespace {

enum class Plus { kIsPlus, kIsSpace };

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return std::nullopt;
}

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const auto high = i + 1 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_value(text[i + 2]) : std::nullopt;
      if (!high || !low)
        return fail(Code::kMalformed, "a percent sign in the target is not followed by two hex digits");
      c = static_cast<char>(*high * 16U + *low);
      i += 2;
    } else if (c == '+' && plus == Plus::kIsSpace) {
      c = ' ';
    }
    // PostgreSQL, file names and C all stop at it, each in its own way.
    if (c == '\0') return fail(Code::kMalformed, "the target holds a NUL character");
    decoded.push_back(c);
  }
  if (!is_utf8(decoded)) return fail(Code::kMalformed, "the target is not UTF-8 once it is decoded");
  return decoded;
}

bool has_encoded_slash(std::string_view raw_path) {
  for (auto at = raw_path.find('%'); at != std::string_view::npos; at = raw_path.find('%', at + 1)) {
    const auto digits = raw_path.substr(at + 1, 2);
    if (digits == "2f" || digits == "2F") return true;
  }
  return false;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash before the segment
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

Result<std::string> parse_path(std::string_view raw) {
  // A proxy in front may take it for a slash or not; then its rules and ours would be about different paths.
  if (has_encoded_slash(raw)) return fail(Code::kMalformed, "the path holds an encoded slash");
  auto path = percent_decode(raw, Plus::kIsPlus);
  if (!path) return path;
  if (has_control_character(*path)) return fail(Code::kMalformed, "the path holds a control character");
  if (has_dot_segment(*path)) return fail(Code::kMalformed, "the path holds a segment \".\" or \"..\"");
  return path;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text.empty() || text.front() != '/')
    return fail(Code::kMalformed, "the target does not begin with a slash");
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!std::ranges::all_of(text, visible)) {
    return fail(Code::kMalformed, "the target holds a byte that must be percent-encoded");
  }
  if (text.find('#') != std::string_view::npos) return fail(Code::kMalformed, "the target holds a fragment");

  const auto question = text.find('?');
  auto path = parse_path(text.substr(0, question));
  if (!path) return fail(path.error());
  Target target{.path = std::move(*path), .query = {}};
  auto rest = question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), Plus::kIsSpace);
    if (!name) return fail(name.error());
    auto value = percent_decode(
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), Plus::kIsSpace);
    if (!value) return fail(value.error());
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return target;
}

}  // namespace berth::http
