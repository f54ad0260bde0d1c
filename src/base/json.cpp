#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

/// False when a number was too large for a double. As deep as the parser let it become, so recursion is
/// bounded.
bool all_finite(const json::value& value) {
  if (const auto* number = value.if_double()) return std::isfinite(*number);
  if (const auto* object = value.if_object()) {
    return std::all_of(object->begin(), object->end(),
                       [](const auto& pair) { return all_finite(pair.value()); });
  }
  if (const auto* array = value.if_array()) return std::all_of(array->begin(), array->end(), all_finite);
  return true;
}

}  // namespace

Result<json::value> parse_json(std::string_view text, std::size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  const auto read = parser.write_some(text.data(), text.size(), error);
  if (!error && read < text.size()) {
    const auto rest = text.substr(read).find_first_not_of(" \t\r\n");
    if (rest != std::string_view::npos) {
      return fail(Code::kMalformed, fmt::format("JSON ends at byte {}, but more text follows", read));
    }
  }
  if (!error) parser.finish(error);
  if (error == json::error::too_deep) {
    return fail(Code::kMalformed, fmt::format("JSON is nested deeper than {} levels", max_depth));
  }
  if (error)
    return fail(Code::kMalformed, fmt::format("broken JSON near byte {}: {}", read, error.message()));
  auto value = parser.release();
  // Written out again it would be no JSON that others read.
  if (!all_finite(value)) return fail(Code::kMalformed, "JSON holds a number that is too large");
  return value;
}

const json::value* find(const json::value& root, std::initializer_list<std::string_view> path) {
  if (path.size() == 0) return &root;
  const auto* object = root.if_object();
  return object == nullptr ? nullptr : find(*object, path);
}

const json::value* find(const json::object& root, std::initializer_list<std::string_view> path) {
  const json::object* inside = &root;
  const json::value* at = nullptr;
  for (const auto key : path) {
    at = inside == nullptr ? nullptr : inside->if_contains(key);
    if (at == nullptr) return nullptr;
    inside = at->if_object();
  }
  return at;
}

std::optional<std::string> find_string(const json::value& root,
                                       std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::int64_t> find_int(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error) return std::nullopt;
  return number;
}

std::optional<bool> find_bool(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

std::string string_at(const json::value& root, std::initializer_list<std::string_view> path) {
  return find_string(root, path).value_or("");
}

const json::array& list_at(const json::value& root, std::initializer_list<std::string_view> path) {
  static const json::array kNone;
  const auto* found = find(root, path);
  return found == nullptr || !found->is_array() ? kNone : found->get_array();
}

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_rfc3339(*at)) : json::value(nullptr);
}

}  // namespace berth
