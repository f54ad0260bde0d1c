#include "tokenomics/fleet_defaults.hpp"

namespace berth::tokenomics {
namespace {

using Kind = FleetWayInput::Kind;

// Efficiency of time-shared slots next to slices in a vendor's test (A100, 2026-03).
constexpr double kSlotEfficiency = 0.76;
constexpr double kSlotsPerGpu = 4;

FleetWayInput whole_gpus(double gpus, double tokens_per_second) {
  return {.kind = Kind::kWhole, .units = gpus, .parts = 4, .throughput = tokens_per_second, .efficiency = 1};
}
FleetWayInput slice(double quarters, double tokens_per_second) {
  return {
      .kind = Kind::kSlice, .units = 1, .parts = quarters, .throughput = tokens_per_second, .efficiency = 1};
}
FleetWayInput slot(double tokens_per_second) {
  return {.kind = Kind::kSlot,
          .units = 1,
          .parts = kSlotsPerGpu,
          .throughput = tokens_per_second,
          .efficiency = kSlotEfficiency};
}

}  // namespace

// Speeds are the presets of the RTX PRO 6000 (4 bits a weight, 1000 in / 1000 out); slices are derived from
// them with 0.95 for each halving or quartering. Memory is half a byte per parameter, and room for caches.
std::vector<FleetTierInput> default_fleet_tiers(double tokens_per_month) {
  return {{.name = "8B",
           .demand = 0.50 * tokens_per_month,
           .needed_gb = 4 + 12,
           .ways = {whole_gpus(1, 7648), slice(1, 1800), slice(2, 3633), slot(1912)}},
          {.name = "14B",
           .demand = 0.20 * tokens_per_month,
           .needed_gb = 7 + 14,
           .ways = {whole_gpus(1, 4100), slice(1, 974), slice(2, 1948), slot(1025)}},
          {.name = "70B",
           .demand = 0.25 * tokens_per_month,
           .needed_gb = 35 + 30,
           .ways = {whole_gpus(1, 1787), whole_gpus(2, 3707)}},
          {.name = "405B",
           .demand = 0.05 * tokens_per_month,
           .needed_gb = 203 + 100,
           .ways = {whole_gpus(8, 2369)}}};
}

}  // namespace berth::tokenomics
