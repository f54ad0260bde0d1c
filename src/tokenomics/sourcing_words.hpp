// The verdict "cloud, own, or both" as a sentence.
#pragma once

#include <string>

#include "tokenomics/sourcing.hpp"

namespace berth::tokenomics {

/// For a plan with all figures and its verdict. Shares only, no money, so that it reads the same in every
/// currency.
std::string sourcing_words(const Sourcing& sourcing, const SourcingPlan& plan);

}  // namespace berth::tokenomics
