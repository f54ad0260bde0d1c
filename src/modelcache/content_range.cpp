#include "modelcache/content_range.hpp"

#include <charconv>

namespace berth::modelcache {
namespace {

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!take(text, "bytes ")) return std::nullopt;
  ContentRange range;
  const auto first = take_number(text);
  if (!first || !take(text, "-")) return std::nullopt;
  const auto last = take_number(text);
  if (!last || !take(text, "/")) return std::nullopt;
  range.first = *first;
  range.last = *last;
  if (text == "*") return range.first <= range.last ? std::optional(range) : std::nullopt;
  range.total = take_number(text);
  if (!range.total || !text.empty() || range.first > range.last || range.last >= *range.total)
    return std::nullopt;
  return range;
}

}  // namespace berth::modelcache
