// Whether the numbers of a fleet make sense, before anything is computed from them.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "tokenomics/fleet.hpp"

namespace berth::tokenomics {

/// The first number that is out of its range, or more entries than the limits of fleet.hpp; nothing when all
/// is well.
std::optional<Error> fleet_fault(const Fleet& fleet);

}  // namespace berth::tokenomics
