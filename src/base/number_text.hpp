// Numbers as people and scripts read them: 0.8 and 0.000023, not 8E-1 and 2.3e-05.
#pragma once

#include <string>

namespace berth {

/// As short as it can be told exactly, in plain decimals. In powers of ten only what would have more than
/// twenty digits before the point or eleven zeros behind it: 1e+22, 1e-13.
std::string number_text(double value);

}  // namespace berth
