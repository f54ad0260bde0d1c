#include "booking/price.hpp"

#include <algorithm>
#include <limits>

namespace berth::booking {
namespace {

__extension__ typedef __int128 Wide;

}  // namespace

MoneyMicros price(MoneyMicros rate, int units, Duration length) {
  constexpr Wide kHour = Duration(hours(1)).count();
  // 63 bits of rate and 63 of length would leave no room for units: unit time is bounded first.
  const Wide unit_time =
      std::min<Wide>(Wide{units} * length.count(), std::numeric_limits<std::int64_t>::max());
  const Wide exact = Wide{rate.value} * unit_time;
  const Wide rounded = (exact + kHour / 2) / kHour;
  return {static_cast<std::int64_t>(std::min<Wide>(rounded, std::numeric_limits<std::int64_t>::max()))};
}

}  // namespace berth::booking
