// Tiers of a scenario with instances of their own, packed into GPUs.
#pragma once

#include "tokenomics/packing.hpp"
#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {

bool is_partitioned(const Inputs& inputs);
/// Instances and GPUs for the peak of the demand. None without tiers, or when one needs more than is looked
/// at.
Maybe<Packing> packing_of(Evaluation& e);

}  // namespace berth::tokenomics
