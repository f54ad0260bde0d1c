// What parse_json promises, for any bytes: its depth holds, numbers are finite, and what it read, written
// out, reads the same.
#include <cmath>

#include "fuzz.hpp"

namespace {

using berth::fuzz::require;
namespace json = berth::json;

constexpr std::size_t kShallow = 3;

bool all_finite(const json::value& value) {
  if (const auto* number = value.if_double()) return std::isfinite(*number);
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object) {
      if (!all_finite(inner)) return false;
    }
  }
  if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) {
      if (!all_finite(inner)) return false;
    }
  }
  return true;
}

void check_finders(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) {
    require(berth::find(value, {"a"}) == nullptr && berth::string_at(value, {"a"}).empty());
    return;
  }
  for (const auto& [key, inner] : *object) {
    const std::string_view name = key;
    require(berth::find(value, {name}) == &inner);
    require(berth::find_bool(value, {name}).has_value() == inner.is_bool());
    require(berth::find_string(value, {name}).has_value() == inner.is_string());
    if (berth::find_int(value, {name})) require(inner.is_number());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = berth::fuzz::text_of(bytes, size);
  const auto value = berth::parse_json(text);
  const auto shallow = berth::parse_json(text, kShallow);
  if (!value) {
    require(value.error().code == berth::Code::kMalformed && !value.error().message.empty());
    require(!shallow);
    return 0;
  }
  const auto depth = berth::fuzz::depth_of(*value);
  require(depth <= berth::kMaxJsonDepth);
  // Of a name given twice the last value counts, so what was too deep may not be there any more.
  if (shallow) require(depth <= kShallow && *shallow == *value);
  require(all_finite(*value));
  const auto again = berth::parse_json(json::serialize(*value));
  require(again && berth::fuzz::same_json(*again, *value));
  check_finders(*value);
  return 0;
}
