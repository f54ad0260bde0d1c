// Units that their nodes do not offer. Internal to planning.
#pragma once

#include <optional>
#include <string>

#include "planning/planning.hpp"

namespace berth::planning {

/// A sentence about the node itself: it is gone, or not Ready. Nothing where it is there.
std::optional<std::string> node_trouble(const std::string& node, const Observed& observed);

/// What is to be written of outages and told; nothing where all is written.
std::optional<KeepOutages> plan_outages(const Desired& desired, const Observed& observed);

}  // namespace berth::planning
