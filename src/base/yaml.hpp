// YAML read as JSON, under limits: ten lines of YAML can stand for a billion nodes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth {

inline constexpr std::size_t kMaxYamlBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxYamlNodes = 20'000;  // after aliases are followed

struct YamlForm {
  /// Off: plain numbers stay texts, for files where a token may look like one.
  bool numbers = true;
  /// On: errors tell the place and never what stands there.
  bool holds_secrets = false;
};

/// YAML (or JSON, which is YAML) to JSON, plain scalars as YAML 1.2's core schema reads them. Each document
/// of the text is one element, and empty ones are none. kMalformed with line and column for what is no YAML,
/// for duplicate keys, keys that are no text, tags, and more than kMaxJsonDepth levels; kTooLarge beyond the
/// limits above.
Result<std::vector<json::value>> yaml_documents(std::string_view text, YamlForm form = {});

}  // namespace berth
