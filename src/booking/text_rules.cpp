#include <fmt/format.h>

#include "booking/rules.hpp"

namespace berth::booking {
namespace {

/// Bytes of the well-formed UTF-8 character that `text` begins with, and the character; 0 bytes when it is
/// not one.
struct Character {
  std::size_t bytes = 0;
  char32_t code = 0;
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  // Longer forms than needed, halves of UTF-16 pairs, and beyond the last character.
  if ((bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000)) return {};
  if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {bytes, code};
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

constexpr std::size_t kMaxShownBytes = 100;

}  // namespace

void Faults::add(std::string field, std::string value, std::string limit, std::string message) {
  fields_.push_back({std::move(field), std::move(value), std::move(limit), std::move(message)});
}

bool Faults::has(std::string_view field) const {
  for (const FieldError& one : fields_) {
    if (one.field == field) return true;
  }
  return false;
}

Error Faults::error() && {
  std::string message;
  for (const FieldError& one : fields_) message += (message.empty() ? "" : " ") + one.message;
  return {.code = Code::kInvalid,
          .message = std::move(message),
          .slug = {},
          .fields = std::move(fields_),
          .retry_after_seconds = 0};
}

std::string in_words(seconds length) {
  using days = std::chrono::days;
  if (length >= hours(48) && length % days(1) == seconds(0)) return fmt::format("{} days", length / days(1));
  std::string out;
  const auto part = [&](auto count, const char* unit) {
    if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", count, unit);
  };
  part(length / hours(1), "h");
  part(length % hours(1) / minutes(1), "min");
  part(length % minutes(1) / seconds(1), "s");
  return out.empty() ? "0 min" : out;
}

std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character next = first_character(text);
    const std::size_t bytes = std::max<std::size_t>(next.bytes, 1);
    if (out.size() + bytes > kMaxShownBytes) return out + "...";
    if (next.bytes == 0 || is_control(next.code)) {
      out += '?';
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

void check_name(std::string_view name, Faults& faults) {
  if (name.size() > kMaxNameBytes) {
    faults.add("name", shown(name), std::to_string(kMaxNameBytes),
               fmt::format("Name is {} bytes long. Longest: {}.", name.size(), kMaxNameBytes));
    return;
  }
  for (std::string_view rest = name; !rest.empty();) {
    const Character next = first_character(rest);
    if (next.bytes == 0) {
      faults.add("name", shown(name), "UTF-8", "Name is not valid UTF-8.");
      return;
    }
    if (is_control(next.code)) {
      faults.add("name", shown(name), "no control characters",
                 "Name holds a control character, such as a line break or a tab. Leave it out.");
      return;
    }
    rest.remove_prefix(next.bytes);
  }
}

}  // namespace berth::booking
