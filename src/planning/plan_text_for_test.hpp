// A whole plan as text, with every field of every action, effect and idle line: an effect too many or another
// field is another text.
#pragma once

#include <string>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

/// Objects that equal one of `today` are named, others written out.
std::string plan_text(const Plan& plan, const std::vector<manifests::Object>& today);

}  // namespace berth::planning
