// Which tier runs on what: whole GPUs, slices or shared slots, one way per tier, so that every tier's load
// and memory fit and the machines cost least. Exact, not a heuristic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tokenomics/maybe.hpp"
#include "tokenomics/sizing.hpp"

namespace berth::tokenomics {

/// The search looks at no more than divisions^tiers combinations, here 1.7 million, and bounds cut off most
/// of them: with one machine well under a millisecond, with several some milliseconds at these limits.
inline constexpr std::size_t kMaxFleetTiers = 8;
inline constexpr std::size_t kMaxFleetDivisions = 6;
inline constexpr std::size_t kMaxFleetMachines = 4;
inline constexpr std::size_t kMaxWaysPerTier = 32;
inline constexpr std::int64_t kMaxPartsPerGpu = 64;

/// A GPU model and how it is bought. Costs are money per year, all that grows with the number of GPUs and of
/// servers.
struct Machine {
  std::string name;
  double cost_per_gpu_year = 0;
  double cost_per_server_year = 0;
  Redundancy redundancy{.factor = 1, .spare_gpus = 0, .gpus_per_server = 1, .sold_by_server = false};
};
/// How GPUs of a machine are divided: in 4 quarters (whole GPUs and MIG slices side by side), or in as many
/// parts as slots share one. A GPU is divided in one way. Units take 1, 2, 4 ... parts, so they pack without
/// gaps.
struct Division {
  std::string name;
  std::size_t machine = 0;         // index
  std::int64_t parts_per_gpu = 4;  // a power of two up to kMaxPartsPerGpu
};

enum class WayKind { kWholeGpus, kSlices, kSlots };
const char* to_string(WayKind kind);
/// One way of running a tier, as measured.
struct Way {
  std::string name;
  WayKind kind = WayKind::kWholeGpus;
  std::size_t division = 0;               // index
  std::int64_t parts_per_unit = 4;        // a power of two up to the division's parts_per_gpu
  std::int64_t units_per_instance = 1;    // n, 1..kMaxUnitsPerInstance
  double instance_tokens_per_second = 0;  // tau at full load
  double sharing_efficiency = 1;          // eta, 0..1
  double available_gb = 0;                // memory of all units of an instance
};
struct FleetTier {
  std::string name;
  double peak_tokens_per_second = 0;  // phi*f_i*lambda; a tier without load needs nothing
  double needed_gb = 0;               // weights + KV cache + overhead of an instance
  std::vector<Way> ways;
};
struct Fleet {
  std::vector<Machine> machines{};
  std::vector<Division> divisions{};
  std::vector<FleetTier> tiers{};
  double peak_utilisation = 0.7;  // u_pk, above 0 up to 1
};

/// What a way would take, for the table of alternatives.
struct WayOutlook {
  bool fits_memory = false;
  Maybe<std::int64_t> instances{0};
  double gpus = 0;  // before packing, fractions of a GPU counted as such; 0 without instances
};
struct TierPlan {
  std::optional<std::size_t> way;  // index; empty without load
  std::int64_t instances = 0;
  std::int64_t units = 0;
  double peak_utilisation = 0;  // of these instances, at the tier's peak
  /// An instance has more GPUs than a server: the network between them is not modelled.
  bool spans_servers = false;
  std::vector<WayOutlook> ways;
};
struct MachinePlan {
  std::int64_t gpus_needed = 0;  // after packing
  double gpus_installed = 0;     // with redundancy
  double servers = 0;
  double cost_per_year = 0;
};
struct FleetPlan {
  std::vector<TierPlan> tiers;        // as given
  std::vector<MachinePlan> machines;  // as given
  double cost_per_year = 0;
};
/// The least-cost plan; of equal ones the one with fewer needed GPUs. Error (kInvalid) naming the tier that
/// fits no way, or the field that is out of its range.
Result<FleetPlan> plan_fleet(const Fleet& fleet);

/// All tokens on the large tier instead: the sum of the peaks, by its cheapest way.
struct FleetComparison {
  FleetPlan mixed;
  Result<FleetPlan> all_large;       // has one tier, the large one; an error when it fits no way
  Maybe<double> saving_per_year{0};  // all_large - mixed
  Maybe<double> saving_share{0};     // of all_large
};
/// `large_tier` is an index into fleet.tiers.
Result<FleetComparison> compare_with_large(const Fleet& fleet, std::size_t large_tier);

/// Cost per year of a machine with that many GPUs needed; nothing for none. Never falls with a GPU more.
MachinePlan machine_plan(const Machine& machine, std::int64_t gpus_needed);

}  // namespace berth::tokenomics
