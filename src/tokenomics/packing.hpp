// Partitioned tiers: every tier has instances of its own on units of fixed size. From tokens to instances, to
// units, to GPUs. Sizes are in slices of a GPU; a slice is the smallest part a GPU of that kind can be cut
// into.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

inline constexpr std::int64_t kMaxInstances = 10'000'000;
inline constexpr std::int64_t kMaxUnitsPerInstance = 64;
inline constexpr std::size_t kMaxPackedTiers = 64;

/// I: smallest number of instances that carries `peak_tokens_per_second` (phi*f_i*lambda) when each makes
/// `instance_tokens_per_second` (tau*eta) at full load and may be loaded to `peak_utilisation` (0..1). 0
/// without load. None when an instance makes nothing or more than kMaxInstances are needed.
Maybe<std::int64_t> needed_instances(double peak_tokens_per_second, double instance_tokens_per_second,
                                     double peak_utilisation);

/// A tier whose model needs more memory than its instance has is an error that names it, not a slow tier.
/// `field` is where the tier stands in the input ("tiers[2]").
Status fits_memory(std::string_view field, std::string_view tier, double needed_gb, double available_gb);

/// Units by size on GPUs of four slices: the 96 GB RTX PRO 6000 as 1g.24gb, 2g.48gb and 4g.96gb.
struct QuarterUnits {
  std::int64_t quarters = 0;
  std::int64_t halves = 0;
  std::int64_t wholes = 0;
  bool operator==(const QuarterUnits&) const = default;
};
/// How many GPUs are cut alike.
struct GpuLayout {
  QuarterUnits per_gpu;
  std::int64_t gpus = 0;
  bool operator==(const GpuLayout&) const = default;
};
/// ceil(sum of sizes/4). That sum is reached because each size divides the next larger one: taken from the
/// largest on, no gap is left that a smaller unit could not fill.
std::int64_t gpus_for(const QuarterUnits& units);
/// The same GPUs, first-fit decreasing, as layouts with at least one GPU each, the fullest first.
std::vector<GpuLayout> layouts_for(const QuarterUnits& units);

/// Units on GPUs of seven compute and eight memory slices (A100, H100, H200, B200), by compute slices.
struct SeventhUnits {
  std::int64_t ones = 0;
  std::int64_t twos = 0;
  std::int64_t threes = 0;
  std::int64_t fours = 0;
  std::int64_t sevens = 0;
};
/// Fewest GPUs under the vendor's placement table: memory slices 1g at 0-6, 2g at 0, 2, 4, 3g (four of
/// memory) at 0 and 4, 4g (four of memory) at 0, 7g alone.
std::int64_t gpus_for(const SeventhUnits& units);

struct PartitionedTier {
  std::string name;
  double peak_tokens_per_second = 0;      // phi*f_i*lambda
  double instance_tokens_per_second = 0;  // tau, measured at full load
  double sharing_efficiency = 1;          // eta
  std::int64_t units_per_instance = 1;    // n
  int quarters_per_unit = 4;              // 1, 2 or 4
  double needed_gb = 0;                   // weights + KV cache + overhead
  double unit_gb = 0;                     // memory of one unit
};
struct Packing {
  std::vector<std::int64_t> instances;  // per tier
  QuarterUnits units;
  std::int64_t gpus = 0;
  std::vector<GpuLayout> layouts;
};
/// Error (kInvalid) naming the tier: it does not fit its memory, a size is not 1, 2 or 4, n is not in
/// 1..kMaxUnitsPerInstance, needed_instances has no result, or there are more than kMaxPackedTiers tiers.
Result<Packing> pack(std::span<const PartitionedTier> tiers, double peak_utilisation);

}  // namespace berth::tokenomics
