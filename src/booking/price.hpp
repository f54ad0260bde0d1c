// What a booking costs: rate by unit hours, exact to the millionth.
#pragma once

#include "base/instant.hpp"
#include "base/quantity.hpp"

namespace berth::booking {

/// Rounded half up. Stops at the largest amount instead of overflowing. `length` is elapsed time, so a day of
/// a clock change has 23 or 25 hours.
MoneyMicros price(MoneyMicros rate, int units, Duration length);

}  // namespace berth::booking
