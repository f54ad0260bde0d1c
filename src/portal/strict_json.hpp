// Request bodies, read more strictly than JSON asks for: what two readers could understand differently is
// refused.
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace berth::portal {

/// As parse_json, and kMalformed with slug "duplicate_field" when an object names a field twice, kInvalid
/// with slug "zero_byte" when a text holds U+0000, which PostgreSQL cannot keep. Every error names the field.
Result<json::value> parse_body(std::string_view text);

}  // namespace berth::portal
