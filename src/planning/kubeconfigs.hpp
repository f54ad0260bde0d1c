// Who gets a kubeconfig, and who nothing. Internal to planning.
#pragma once

#include <cstddef>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

/// At most so many are answered in one cycle: each is a request or two to the API server, and the rest of the
/// cycle waits for it.
inline constexpr std::size_t kMostAnswersInACycle = 8;

std::vector<Action> plan_kubeconfigs(const Desired& desired, const Observed& observed);

}  // namespace berth::planning
