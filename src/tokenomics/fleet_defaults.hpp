// Four sizes of model on the reference machine's GPU, for a fleet question without tiers of its own.
#pragma once

#include <vector>

#include "tokenomics/inputs.hpp"

namespace berth::tokenomics {

/// They share `tokens_per_month` 50, 20, 25 and 5 %.
std::vector<FleetTierInput> default_fleet_tiers(double tokens_per_month);

}  // namespace berth::tokenomics
