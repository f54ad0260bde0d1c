// Ports of this machine that lead into a workspace. Internal to this module.
#pragma once

#include <vector>

#include "cli/forward_spec.hpp"
#include "cli/gate_way.hpp"

namespace berth::cli {

/// Until the way in is closed, or it cannot be had; what went wrong is told. How to exit.
int run_forwards(GateWay& way, const std::vector<Forward>& forwards);

}  // namespace berth::cli
