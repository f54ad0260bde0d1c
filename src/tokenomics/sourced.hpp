// The hours of a scenario and what own GPUs cost in them: the question of sourcing as the inputs put it.
#pragma once

#include <vector>

#include "tokenomics/quantities.hpp"
#include "tokenomics/sourcing.hpp"

namespace berth::tokenomics {

/// The profile, or a week whose office hours carry the peak; tokens of each hour. Empty where there is none.
std::vector<double> hours_of(Evaluation& e);
/// A GPU carries in an hour what makes the highest hour take as many as the demand needs (N_need).
OwnCost own_cost_of(Evaluation& e, const std::vector<double>& hours);

/// The cheapest of those that own some GPUs and leave some tokens to the cloud.
Maybe<SourcingOption> cheapest_mix(Evaluation& e);

}  // namespace berth::tokenomics
