// RFC 7396 merge patches and RFC 6902 patches. Pure.
#pragma once

#include "simcluster/api_status.hpp"

namespace berth::simcluster {

void merge_patch(json::value& target, const json::value& patch);

/// 400 when the patch is none, 422 when a path is not there or a test fails; `target` is then unspecified.
Outcome<void> json_patch(json::value& target, const json::value& patch);

}  // namespace berth::simcluster
