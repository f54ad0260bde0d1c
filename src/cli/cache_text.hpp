// The node cache as people read it.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

std::string cache_artifacts_text(const json::value& list);
std::string cache_nodes_text(const json::value& list, Instant now);
std::string cache_tokens_text(const json::value& list, Instant now);

/// The one that `ref` means: its `name`, its id, or the beginning of one. A model's revision main may be left
/// out. kNotFound, or kInvalid where it means several.
Result<json::value> choose_cached(const std::string& ref, std::string_view name, const json::array& items);

}  // namespace berth::cli
