#include "tokenomics/partition.hpp"

#include <vector>

#include "tokenomics/plant.hpp"

namespace berth::tokenomics {
namespace {

constexpr int kQuartersPerGpu = 4;

}  // namespace

bool is_partitioned(const Inputs& inputs) {
  return inputs[In::kSharing] == static_cast<double>(Sharing::kPartitioned);
}

Maybe<Packing> packing_of(Evaluation& e) {
  const auto theta = e.get(Q::kGpuThroughput);
  const auto peak = e.get(Q::kPeakRate);
  if (!theta) return theta.none<Packing>();
  if (!peak) return peak.none<Packing>();
  // From the measured tokens of the tiers to those in which the demand is counted.
  const double speed = *theta / e(Q::kMixThroughput);
  std::vector<PartitionedTier> tiers;
  for (const TierInput& input : e.inputs().tiers) {
    tiers.push_back({.name = input.name,
                     .peak_tokens_per_second = input.share * *peak,
                     .instance_tokens_per_second = input.throughput * speed,
                     .sharing_efficiency = input.efficiency,
                     .units_per_instance = static_cast<std::int64_t>(input.units),
                     .quarters_per_unit = kQuartersPerGpu / static_cast<int>(input.slices_per_gpu),
                     .needed_gb = input.needed_gb.value_or(0),
                     .unit_gb = e(In::kGpuMemoryGb) / input.slices_per_gpu});
  }
  if (tiers.empty()) return none("partitioned GPUs need tiers");
  // Shapes and memory were checked when the scenario was read.
  auto packing = pack(tiers, e(In::kPeakUtilisation));
  if (!packing || static_cast<double>(packing->gpus) > kMaxGpus) {
    return none("a tier needs more instances than are looked at");
  }
  return std::move(*packing);
}

}  // namespace berth::tokenomics
