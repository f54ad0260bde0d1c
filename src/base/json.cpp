#include "base/json.hpp"

#include <fmt/format.h>

namespace berth {

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
  if (error) return fail(Code::kMalformed, fmt::format("broken JSON near byte {}: {}", read, error.message()));
  return parser.release();
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

std::optional<std::string> find_string(const json::value& root, std::initializer_list<std::string_view> path) {
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

}  // namespace berth
