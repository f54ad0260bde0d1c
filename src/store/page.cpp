#include "store/page.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMaxCursorBytes = 200;  // as api/openapi.yaml says
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::int64_t kLastMicros = 253'402'300'799'999'999;  // the end of the year 9999

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Mark> decode(std::string_view cursor, MarkId kind) {
  if (cursor.size() > kMaxCursorBytes) return std::nullopt;
  std::string bytes(cursor.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), cursor.data(),
                        cursor.size(), nullptr, &length, &end, kBase64) != 0 ||
      end != cursor.data() + cursor.size()) {
    return std::nullopt;
  }
  const std::string_view text(bytes.data(), length);
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
  const auto text = fmt::format("{}:{}", mark.at.time_since_epoch().count(), mark.id);
  std::string cursor(sodium_base64_ENCODED_LEN(text.size(), kBase64), '\0');
  sodium_bin2base64(cursor.data(), cursor.size(), reinterpret_cast<const unsigned char*>(text.data()),
                    text.size(), kBase64);
  cursor.resize(cursor.find('\0'));
  return cursor;
}

Result<std::optional<Mark>> parse_cursor(std::string_view cursor, MarkId kind) {
  if (cursor.empty()) return std::optional<Mark>();
  auto mark = decode(cursor, kind);
  if (!mark) {
    return fail(invalid_field("cursor", std::string(first_bytes(cursor, 40)), "as given in next",
                              "This is no cursor of this list. Use the value of \"next\" as it was given."));
  }
  return mark;
}

Status check_limit(int limit) {
  if (limit >= 1 && limit <= kMaxPageItems) return {};
  return fail(invalid_field("limit", std::to_string(limit), fmt::format("1 to {}", kMaxPageItems),
                            fmt::format("Limit must be 1 to {}.", kMaxPageItems)));
}

}  // namespace berth::store
