// Dividing a whole number so that the parts add up to it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/instant.hpp"
#include "base/quantity.hpp"

namespace berth::usage {

/// A class's share of a GPU as a whole number of thousand-millionths: weights are then exact. At least one.
inline constexpr std::int64_t kPartsPerGpu = 1'000'000'000;
std::int64_t gpu_parts(double gpu_share);

/// time * parts. Neither is below zero.
struct Weight {
  Duration time{0};
  std::int64_t parts = kPartsPerGpu;
};

/// `total` (not below zero) in proportion to the weights, by largest remainder; of equal remainders the
/// earlier one's is rounded up. The parts add up to `total` exactly, and each is within one millionth of its
/// true share. When no weight is above zero the first part is all of it.
std::vector<MoneyMicros> split(MoneyMicros total, std::span<const Weight> weights);

}  // namespace berth::usage
