#include "base/json_text.hpp"

#include <algorithm>
#include <cmath>

#include "base/number_text.hpp"

namespace berth {
namespace {

/// In quotes. Most texts stand in them as they are.
void write(std::string& out, std::string_view text) {
  const bool as_it_is = std::ranges::all_of(text, [](unsigned char c) {
    constexpr unsigned char kFirstPrinted = 0x20;
    return c >= kFirstPrinted && c != '"' && c != '\\';
  });
  if (!as_it_is) {
    out += json::serialize(json::string_view(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

// As deep as what was read or made: that is limited.
void write(std::string& out, const json::value& value) {
  if (const auto* object = value.if_object()) {
    out += '{';
    bool first = true;
    for (const auto& member : *object) {
      if (!first) out += ',';
      first = false;
      write(out, std::string_view(member.key()));
      out += ':';
      write(out, member.value());
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    bool first = true;
    for (const auto& each : *array) {
      if (!first) out += ',';
      first = false;
      write(out, each);
    }
    out += ']';
  } else if (const auto* text = value.if_string()) {
    write(out, std::string_view(*text));
  } else if (const auto* number = value.if_double()) {
    out += std::isfinite(*number) ? number_text(*number) : "null";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace berth
