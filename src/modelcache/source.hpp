// Which model: "hf://owner/name@revision".
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::modelcache {

inline constexpr std::size_t kMaxNameBytes = 96;
inline constexpr std::size_t kMaxRevisionBytes = 200;

struct Source {
  std::string owner;
  std::string name;
  std::string revision = "main";
  bool operator==(const Source&) const = default;

  std::string repository() const { return owner + "/" + name; }
  /// "models--owner--name". Neither part holds "--", so no two models have one folder.
  std::string folder() const { return "models--" + owner + "--" + name; }
  std::string text() const { return "hf://" + repository() + "@" + revision; }
};

/// kInvalid with field, value and limit.
Result<Source> parse_source(std::string_view text);

/// True for so many lower-case hexadecimal digits and nothing else.
bool is_hex(std::string_view text, std::size_t digits);
inline bool is_commit(std::string_view text) {
  return is_hex(text, 40);
}

}  // namespace berth::modelcache
