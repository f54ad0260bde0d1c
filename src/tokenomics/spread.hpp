// Whole numbers at which a curve over agents, calls or GPUs is drawn.
#pragma once

#include <cstdint>
#include <vector>

namespace berth::tokenomics {

/// At most `most_rows` >= 2 whole numbers from `first` to `last`, both among them, rising, evenly apart as
/// whole numbers allow. Empty when first > last.
std::vector<std::int64_t> spread(std::int64_t first, std::int64_t last, std::int64_t most_rows);

}  // namespace berth::tokenomics
