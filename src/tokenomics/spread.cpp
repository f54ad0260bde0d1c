#include "tokenomics/spread.hpp"

#include <algorithm>
#include <cmath>

namespace berth::tokenomics {

std::vector<std::int64_t> spread(std::int64_t first, std::int64_t last, std::int64_t most_rows) {
  std::vector<std::int64_t> out;
  if (first > last) return out;
  const std::int64_t steps = std::min(last - first, most_rows - 1);
  // Neighbours are at least 1 apart before rounding, so rounding keeps them apart.
  for (std::int64_t i = 0; i < steps; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(steps);
    out.push_back(first +
                  static_cast<std::int64_t>(std::floor(part * static_cast<double>(last - first) + 0.5)));
  }
  out.push_back(last);
  return out;
}

}  // namespace berth::tokenomics
