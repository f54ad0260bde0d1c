#include "simcluster/json_patch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace berth::simcluster {
namespace {

constexpr std::size_t kMaxOperations = 10'000;
constexpr std::size_t kMaxCopiedBytes = 3U << 20;  // copies of copies double each time

Refusal cannot(std::string_view why) {
  Refusal refusal =
      bad_request(fmt::format("the server rejected our request due to an error in our request: {}", why));
  refusal.code = 422;
  refusal.reason = "Invalid";
  return refusal;
}

Outcome<std::vector<std::string>> parse_pointer(std::string_view pointer) {
  std::vector<std::string> out;
  if (pointer.empty()) return out;
  if (pointer.front() != '/') return refuse(bad_request(fmt::format("\"{}\" is no JSON pointer", pointer)));
  std::string part;
  for (std::size_t i = 1; i <= pointer.size(); ++i) {
    if (i == pointer.size() || pointer[i] == '/') {
      out.push_back(std::move(part));
      part.clear();
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      part += pointer[++i] == '1' ? '/' : '~';
    } else {
      part += pointer[i];
    }
  }
  return out;
}

std::optional<std::size_t> index_of(std::string_view text, std::size_t size, bool may_append) {
  if (text == "-") return may_append ? std::optional(size) : std::nullopt;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (index > size || (index == size && !may_append)) return std::nullopt;
  return index;
}

json::value* step(json::value& at, const std::string& part) {
  if (auto* object = at.if_object()) return object->if_contains(part);
  if (auto* array = at.if_array()) {
    const auto index = index_of(part, array->size(), false);
    return index ? &(*array)[*index] : nullptr;
  }
  return nullptr;
}

json::value* locate(json::value& root, const std::vector<std::string>& path, std::size_t length) {
  json::value* at = &root;
  for (std::size_t i = 0; i < length && at != nullptr; ++i) at = step(*at, path[i]);
  return at;
}

std::size_t depth_of(const json::value& value) {
  std::size_t below = 0;
  if (const auto* object = value.if_object()) {
    for (const auto& [name, inner] : *object) below = std::max(below, depth_of(inner));
    return below + 1;
  }
  if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) below = std::max(below, depth_of(inner));
    return below + 1;
  }
  return 0;
}

/// What cannot be sent whole cannot be put together piece by piece: it could not be read back, and deep
/// enough it would end the stack of whoever walks over it.
bool too_deep(const std::vector<std::string>& path, const json::value& value) {
  return path.size() + depth_of(value) > kMaxJsonDepth;
}

bool add(json::value& root, const std::vector<std::string>& path, json::value value) {
  if (path.empty()) {
    root = std::move(value);
    return true;
  }
  auto* parent = locate(root, path, path.size() - 1);
  if (parent == nullptr) return false;
  if (auto* object = parent->if_object()) {
    (*object)[path.back()] = std::move(value);
    return true;
  }
  auto* array = parent->if_array();
  if (array == nullptr) return false;
  const auto index = index_of(path.back(), array->size(), true);
  if (!index) return false;
  array->insert(array->begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
  return true;
}

bool take_out(json::value& root, const std::vector<std::string>& path) {
  if (path.empty()) return false;
  auto* parent = locate(root, path, path.size() - 1);
  if (parent == nullptr) return false;
  if (auto* object = parent->if_object()) return object->erase(path.back()) > 0;
  auto* array = parent->if_array();
  const auto index = array == nullptr ? std::nullopt : index_of(path.back(), array->size(), false);
  if (!index) return false;
  array->erase(array->begin() + static_cast<std::ptrdiff_t>(*index));
  return true;
}

Outcome<void> perform(json::value& target, const json::value& operation, std::size_t& copied_bytes) {
  const auto op = string_at(operation, {"op"});
  const auto path = parse_pointer(string_at(operation, {"path"}));
  if (!path) return refuse(path.error());
  const auto missing = [&] {
    return refuse(cannot(
        fmt::format("{} operation does not apply: {} is missing", op, string_at(operation, {"path"}))));
  };
  const auto deep = [&] {
    return refuse(bad_request(fmt::format("{} would nest deeper than {} levels", op, kMaxJsonDepth)));
  };
  const auto* value = berth::find(operation, {"value"});
  if (op == "add" || op == "replace" || op == "test") {
    if (value == nullptr) return refuse(bad_request(fmt::format("{} without value", op)));
    if (op != "test" && too_deep(*path, *value)) return deep();
    auto* there = locate(target, *path, path->size());
    if (op == "add") {
      if (!add(target, *path, *value)) return missing();
    } else if (there == nullptr) {
      return missing();
    } else if (op == "replace") {
      *there = *value;
    } else if (*there != *value) {
      return refuse(cannot(fmt::format("testing path {} failed", string_at(operation, {"path"}))));
    }
    return {};
  }
  if (op == "remove") {
    if (!take_out(target, *path)) return missing();
    return {};
  }
  if (op == "move" || op == "copy") {
    const auto from = parse_pointer(string_at(operation, {"from"}));
    if (!from) return refuse(from.error());
    const auto* source = locate(target, *from, from->size());
    if (source == nullptr) return missing();
    if (too_deep(*path, *source)) return deep();
    const json::value moved = *source;
    if (op == "copy") copied_bytes += json::serialize(moved).size();
    if (copied_bytes > kMaxCopiedBytes) {
      return refuse(too_large(fmt::format("a JSON patch may copy at most {} bytes", kMaxCopiedBytes)));
    }
    if (op == "move" && !take_out(target, *from)) return missing();
    if (!add(target, *path, moved)) return missing();
    return {};
  }
  return refuse(bad_request(fmt::format("Unexpected kind: {}", op)));
}

}  // namespace

void merge_patch(json::value& target, const json::value& patch) {
  const auto* changes = patch.if_object();
  if (changes == nullptr) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = json::object{};
  auto& object = target.get_object();
  for (const auto& [name, value] : *changes) {
    if (value.is_null()) {
      object.erase(name);
    } else {
      merge_patch(object[name], value);
    }
  }
}

Outcome<void> json_patch(json::value& target, const json::value& patch) {
  if (!patch.is_array()) return refuse(bad_request("a JSON patch must be an array of operations"));
  if (patch.get_array().size() > kMaxOperations) {
    return refuse(too_large(fmt::format("a JSON patch may have at most {} operations", kMaxOperations)));
  }
  std::size_t copied_bytes = 0;
  for (const auto& operation : patch.get_array()) {
    if (auto ok = perform(target, operation, copied_bytes); !ok) return ok;
  }
  return {};
}

}  // namespace berth::simcluster
