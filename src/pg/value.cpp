#include "pg/value.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

#include "pg/errors.hpp"

namespace berth::pg {
namespace {

// Documents of ours wrap a request's body (32 levels) a few times.
constexpr std::size_t kMaxStoredJsonDepth = 64;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  throw Misuse("not hexadecimal bytes");
}

}  // namespace

namespace detail {

std::string write_integer(std::int64_t value) {
  return std::to_string(value);
}

std::int64_t read_integer(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw Misuse("not a whole number");
  if (value < least || value > most) throw Misuse("a whole number beyond its type");
  return value;
}

std::string write_array(const std::vector<Param>& elements) {
  std::string text = "{";
  for (const auto& element : elements) {
    if (text.size() > 1) text.push_back(',');
    if (!element) {
      text += "NULL";
      continue;
    }
    text.push_back('"');
    for (const char c : *element) {
      if (c == '"' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
    text.push_back('"');
  }
  text.push_back('}');
  return text;
}

std::vector<Param> read_array(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}')
    throw Misuse("not an array of one dimension");
  text = text.substr(1, text.size() - 2);
  std::vector<Param> elements;
  if (text.empty()) return elements;

  std::size_t at = 0;
  while (true) {
    std::string element;
    const bool quoted = at < text.size() && text[at] == '"';
    if (quoted) ++at;
    while (at < text.size() && text[at] != (quoted ? '"' : ',')) {
      if (!quoted && text[at] == '{') throw Misuse("not an array of one dimension");
      if (text[at] == '\\') ++at;
      if (at < text.size()) element.push_back(text[at++]);
    }
    if (quoted && at++ >= text.size()) throw Misuse("an array whose quotes do not close");
    elements.push_back(!quoted && element == "NULL" ? Param() : Param(std::move(element)));
    if (at >= text.size()) return elements;
    if (text[at++] != ',') throw Misuse("an array without commas");
  }
}

void fault_null() {
  throw Misuse("NULL where a value was expected");
}

}  // namespace detail

bool Codec<bool>::read(std::string_view text) {
  if (text == "t") return true;
  if (text == "f") return false;
  throw Misuse("not a boolean");
}

std::string Codec<double>::write(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char buffer[32];  // the shortest form that reads back the same has at most 24 characters
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  if (error != std::errc()) throw Misuse("a number that cannot be written");
  return {buffer, end};
}

double Codec<double>::read(std::string_view text) {
  double value = 0;  // from_chars reads NaN, Infinity and -Infinity as well
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw Misuse("not a number");
  return value;
}

Instant Codec<Instant>::read(std::string_view text) {
  // Every connection has timezone UTC and datestyle ISO, so the offset is always +00.
  constexpr std::string_view kOffset = "+00";
  if (!text.ends_with(kOffset)) throw Misuse("not an instant in UTC");
  const auto at = parse_rfc3339(std::string(text.substr(0, text.size() - kOffset.size())) + "Z");
  if (!at) throw Misuse("not an instant from 1970 on");
  return *at;
}

std::string Codec<Window>::write(const Window& value) {
  return "[" + format_rfc3339(value.start) + "," + format_rfc3339(value.end) + ")";
}

Window Codec<Window>::read(std::string_view text) {
  const auto comma = text.find(',');
  if (text.size() < 2 || text.front() != '[' || text.back() != ')' || comma == std::string_view::npos) {
    throw Misuse("not a range with a closed start and an open end");
  }
  const auto bound = [](std::string_view part) {
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
    return Codec<Instant>::read(part);
  };
  return {bound(text.substr(1, comma - 1)), bound(text.substr(comma + 1, text.size() - comma - 2))};
}

json::value Codec<json::value>::read(std::string_view text) {
  auto value = parse_json(text, kMaxStoredJsonDepth);
  if (!value) throw Misuse("not JSON, or nested too deep");
  return std::move(*value);
}

std::string Codec<std::vector<std::byte>>::write(const std::vector<std::byte>& value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + value.size() * 2);
  for (const std::byte byte : value) {
    text.push_back(kHex[std::to_integer<std::size_t>(byte >> 4U)]);
    text.push_back(kHex[std::to_integer<std::size_t>(byte & std::byte{0x0f})]);
  }
  return text;
}

std::vector<std::byte> Codec<std::vector<std::byte>>::read(std::string_view text) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0) throw Misuse("not hexadecimal bytes");
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (std::size_t at = 2; at < text.size(); at += 2) {
    bytes.push_back(static_cast<std::byte>(hex_digit(text[at]) * 16 + hex_digit(text[at + 1])));
  }
  return bytes;
}

}  // namespace berth::pg
