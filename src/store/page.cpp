#include "store/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMaxCursorBytes = 200;                   // as api/openapi.yaml says
constexpr std::int64_t kLastMicros = 253'402'300'799'999'999;  // the end of the year 9999

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Mark> decode(std::string_view cursor, MarkId kind) {
  if (cursor.size() > kMaxCursorBytes) return std::nullopt;
  const auto bytes = base64_url_decode(cursor);
  if (!bytes) return std::nullopt;
  const std::string_view text = *bytes;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_number(text.substr(0, colon))) return std::nullopt;
  std::int64_t micros = 0;
  std::from_chars(text.data(), text.data() + colon, micros);
  const auto id = text.substr(colon + 1);
  if (micros > kLastMicros || !(kind == MarkId::kUuid ? is_uuid(id) : is_number(id))) return std::nullopt;
  return Mark{Instant(Duration(micros)), std::string(id)};
}

}  // namespace

std::string to_cursor(const Mark& mark) {
  return base64_url_encode(fmt::format("{}:{}", mark.at.time_since_epoch().count(), mark.id));
}

Result<std::optional<Mark>> parse_cursor(std::string_view cursor, MarkId kind) {
  if (cursor.empty()) return std::optional<Mark>();
  auto mark = decode(cursor, kind);
  if (!mark) {
    return fail(no_cursor(cursor));
  }
  return mark;
}

Error no_cursor(std::string_view cursor) {
  return invalid_field("cursor", std::string(first_bytes(cursor, 40)), "as given in next",
                       "This is no cursor of this list. Use the value of \"next\" as it was given.");
}

Status check_limit(int limit) {
  if (limit >= 1 && limit <= kMaxPageItems) return {};
  return fail(invalid_field("limit", std::to_string(limit), fmt::format("1 to {}", kMaxPageItems),
                            fmt::format("Limit must be 1 to {}.", kMaxPageItems)));
}

}  // namespace berth::store
