// Reads the objects that all installations on a cluster share, as deploy/ has them. Inside this module only.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "manifests/manifests.hpp"

namespace berth::manifests {

/// kMalformed for a document that is no such object: apiVersion, kind or metadata.name is missing, or the
/// kind is none of those that are shared.
Result<std::vector<Object>> read_shared_objects(std::string_view yaml);

}  // namespace berth::manifests
