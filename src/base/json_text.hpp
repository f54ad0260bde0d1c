// JSON as people and scripts read it: 0.8, not 8E-1.
#pragma once

#include <string>

#include "base/json.hpp"

namespace berth {

/// One line without blanks; every number as short as it can be told exactly, null for one that JSON cannot
/// say.
std::string json_text(const json::value& value);

}  // namespace berth
