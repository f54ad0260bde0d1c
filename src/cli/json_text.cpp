#include "cli/json_text.hpp"

#include <fmt/format.h>

namespace berth::cli {
namespace {

// As deep as what was read: that is limited.
void write(std::string& out, const json::value& value) {
  if (const auto* object = value.if_object()) {
    out += '{';
    bool first = true;
    for (const auto& member : *object) {
      if (!first) out += ',';
      first = false;
      out += json::serialize(json::value(member.key()));
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
  } else if (const auto* number = value.if_double()) {
    out += fmt::format("{}", *number);
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

}  // namespace berth::cli
