#include "modelcache/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace berth::modelcache {
namespace {

constexpr std::string_view kScheme = "hf://";
constexpr std::string_view kForm = "hf://owner/name@revision";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

tl::unexpected<Error> bad(std::string field, std::string_view value, std::string limit) {
  auto said = fmt::format("the {} of a model is {}, not \"{}\"", field, limit, shown(value));
  return fail(invalid_field(std::move(field), shown(value), std::move(limit), std::move(said)));
}

/// As the Hub names people and models.
bool is_name(std::string_view text) {
  const auto edge = [](char c) { return is_plain(c) || c == '_'; };
  return !text.empty() && text.size() <= kMaxNameBytes && edge(text.front()) && edge(text.back()) &&
         text.find("--") == text.npos && text.find("..") == text.npos &&
         std::ranges::all_of(text, [](char c) { return is_plain(c) || c == '-' || c == '_' || c == '.'; });
}

/// What git calls so, but for characters that a file's name or a terminal has trouble with. It is a path
/// below refs/.
bool is_revision(std::string_view text) {
  if (text.empty() || text.size() > kMaxRevisionBytes) return false;
  if (!std::ranges::all_of(text, [](char c) {
        return is_plain(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '+' || c == '=';
      }))
    return false;
  if (text.find("..") != text.npos) return false;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('/', at), text.size());
    const auto part = text.substr(at, end - at);
    if (part.empty() || part.front() == '.' || part.front() == '-' || part.ends_with(".lock")) return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

Result<Source> parse_source(std::string_view text) {
  if (!text.starts_with(kScheme)) return bad("address", text, fmt::format("{}", kForm));
  auto rest = text.substr(kScheme.size());
  Source source;
  if (const auto at = rest.find('@'); at != rest.npos) {
    source.revision = rest.substr(at + 1);
    if (!is_revision(source.revision))
      return bad("revision", source.revision,
                 fmt::format("a branch, a tag or a commit of at most {} letters, digits and -_.+=/",
                             kMaxRevisionBytes));
    rest = rest.substr(0, at);
  }
  const auto slash = rest.find('/');
  if (slash == rest.npos) return bad("address", text, fmt::format("{}", kForm));
  source.owner = rest.substr(0, slash);
  source.name = rest.substr(slash + 1);
  const auto limit = fmt::format(
      "at most {} letters, digits and -_. without -- and .., none of them at an end but _", kMaxNameBytes);
  if (!is_name(source.owner)) return bad("owner", source.owner, limit);
  if (!is_name(source.name)) return bad("name", source.name, limit);
  return source;
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace berth::modelcache
