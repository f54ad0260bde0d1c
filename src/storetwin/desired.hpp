// The reconciler's read of the twin.
#pragma once

#include <string>

#include "planning/planning.hpp"
#include "storetwin/rows.hpp"

namespace berth::storetwin {

planning::Desired read_desired(const Declared& declared, const Tables& tables, const std::string& cluster,
                               Instant now);

}  // namespace berth::storetwin
