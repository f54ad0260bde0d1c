// JSON from outside, read with limits and with the path in every error; and short forms to read known shapes.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth {

namespace json = boost::json;

inline constexpr std::size_t kMaxJsonDepth = 32;

/// Parses one whole document. Broken text is kMalformed with the offset; deeper than `max_depth` too.
/// Numbers must be finite. The size of `text` is bounded by whoever read it.
Result<json::value> parse_json(std::string_view text, std::size_t max_depth = kMaxJsonDepth);

/// The value at a path of object keys ("metadata", "name"), or nullptr when some part is missing or of
/// another kind.
const json::value* find(const json::value& root, std::initializer_list<std::string_view> path);
/// The same below an object. (Else the object would turn into a temporary value, and the answer point into
/// it.)
const json::value* find(const json::object& root, std::initializer_list<std::string_view> path);

/// The string, integer, boolean at that path; empty when it is missing or of another kind.
std::optional<std::string> find_string(const json::value& root, std::initializer_list<std::string_view> path);
std::optional<std::int64_t> find_int(const json::value& root, std::initializer_list<std::string_view> path);
std::optional<bool> find_bool(const json::value& root, std::initializer_list<std::string_view> path);

/// A string at that path, or "" .
std::string string_at(const json::value& root, std::initializer_list<std::string_view> path);
/// Empty where there is none.
const json::array& list_at(const json::value& root, std::initializer_list<std::string_view> path);
json::value time_or_null(const std::optional<Instant>& at);

}  // namespace berth
