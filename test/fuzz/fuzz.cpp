#include "fuzz.hpp"

#include <algorithm>
#include <cmath>

namespace berth::fuzz {

std::size_t depth_of(const json::value& value) {
  std::size_t below = 0;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object) below = std::max(below, depth_of(inner));
    return below + 1;
  }
  if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) below = std::max(below, depth_of(inner));
    return below + 1;
  }
  return 0;
}

std::size_t nodes_of(const json::value& value) {
  std::size_t nodes = 1;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object) nodes += 1 + nodes_of(inner);
  } else if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) nodes += nodes_of(inner);
  }
  return nodes;
}

bool all_texts(const json::value& value, bool (*holds)(std::string_view)) {
  if (const auto* text = value.if_string()) return holds(*text);
  if (const auto* object = value.if_object()) {
    return std::all_of(object->begin(), object->end(),
                       [&](const auto& pair) { return holds(pair.key()) && all_texts(pair.value(), holds); });
  }
  if (const auto* array = value.if_array()) {
    return std::all_of(array->begin(), array->end(),
                       [&](const auto& inner) { return all_texts(inner, holds); });
  }
  return true;
}

bool same_json(const json::value& left, const json::value& right) {
  constexpr double kNear = 1e-12;
  if (left.is_double() || right.is_double()) {
    if (!left.is_number() || !right.is_number()) return false;
    const auto a = left.to_number<double>();
    const auto b = right.to_number<double>();
    return std::abs(a - b) <= kNear * std::max(std::abs(a), std::abs(b));
  }
  if (left.is_number() || left.kind() != right.kind()) return left == right;
  if (const auto* object = left.if_object()) {
    const auto& other = right.get_object();
    return object->size() == other.size() &&
           std::all_of(object->begin(), object->end(), [&](const auto& pair) {
             const auto* found = other.if_contains(pair.key());
             return found != nullptr && same_json(pair.value(), *found);
           });
  }
  if (const auto* array = left.if_array()) {
    return std::equal(array->begin(), array->end(), right.get_array().begin(), right.get_array().end(),
                      same_json);
  }
  return left == right;
}

}  // namespace berth::fuzz
