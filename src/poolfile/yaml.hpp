// YAML read with limits, as JSON. It knows nothing of pools.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::poolfile {

inline constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxNodes = 10'000;  // YAML nodes after aliases are followed

/// YAML (or JSON, which is YAML) to JSON under node and depth caps; alias bombs, duplicate keys, several
/// documents where one is wanted are refused. Each document of a multi-document file is one element.
Result<std::vector<json::value>> yaml_documents(std::string_view text);

}  // namespace berth::poolfile
