// The small structs of the formulas, filled from the inputs.
#pragma once

#include "tokenomics/cost.hpp"
#include "tokenomics/mix.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/sizing.hpp"
#include "tokenomics/unit_cost.hpp"

namespace berth::tokenomics {

Plant plant_of(Evaluation& e);
Redundancy redundancy_of(Evaluation& e);
Demand demand_of(Evaluation& e);
Budget budget_of(Evaluation& e);
Draw draw_of(Evaluation& e);
Amortisation amortisation_of(Evaluation& e);
OwnOrRent own_or_rent(Evaluation& e);
UnitLine unit_line_of(Evaluation& e);
Request request_of(Evaluation& e);
WorkWeights weights_of(Evaluation& e);
Basis basis_of(Evaluation& e, In id);
Tier tier_of(const TierInput& input);

}  // namespace berth::tokenomics
