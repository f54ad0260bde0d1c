// RFC 7396 merge patches. Pure.
#pragma once

#include "base/json.hpp"

namespace berth::simcluster {

void merge_patch(json::value& target, const json::value& patch);

}  // namespace berth::simcluster
