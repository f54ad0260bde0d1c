// Who gets a kubeconfig, and who nothing. Internal to planning.
#pragma once

#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

std::vector<Action> plan_kubeconfigs(const Desired& desired);

}  // namespace berth::planning
