// The catalogue of inputs: one flat namespace. A name is at once a key of scenario files, a command-line
// flag, a member of API bodies, a field of the page, the field named in an error, and an input of a check
// case.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace berth::tokenomics {

/// In the order of the tables; inputs_test.cpp holds both to it.
enum class In : std::uint8_t {
  // hardware and cost
  kGpus,
  kGpusPerServer,
  kSoldByServer,
  kGpuPrice,
  kServerPrice,
  kOtherCapital,
  kResidualShare,
  kLifeYears,
  kCapitalRate,
  kMaintenanceShare,
  kLicencePerGpu,
  kStaffFte,
  kStaffSalary,
  kHostingPerYear,
  kStaffFtePerServer,
  kHostingPerServer,
  kNetworkShare,
  kServerBaseWatts,
  kGpuIdleWatts,
  kGpuActiveWatts,
  kPower,
  kPue,
  kCoolingPrice,
  kElectricityPrice,
  kAvailability,
  kUtilisation,
  kActiveUtilisation,
  kRedundancyFactor,
  kSpareGpus,
  kSpareServers,
  kBookedShare,
  kSlicesPerGpu,
  kGpuMemoryGb,
  kModelMemoryGb,
  kGpusPerInstance,
  // workload
  kThroughput,
  kThroughputBasis,
  kServiceFactor,
  kBenchmarkInputTokens,
  kBenchmarkOutputTokens,
  kBenchmarkRequestRate,
  kBenchmarkGpus,
  kBasis,
  kInputTokens,
  kCachedTokens,
  kWrittenTokens,
  kOutputTokens,
  kInputWeight,
  kCachedWeight,
  kTargetCost,
  kSharing,
  // cloud
  kCloudInputPrice,
  kCloudCachedPrice,
  kCloudWritePrice,
  kCloudOutputPrice,
  kCloudDiscount,
  kCloudExtraPrice,
  kRentedGpuPrice,
  kRentedReleasedWhenIdle,
  kHoursPerMonth,
  // demand
  kDemand,
  kPeakFactor,
  kPeakUtilisation,
  kDutyHoursPerDay,
  kDutyDaysPerMonth,
  kYearlyBudget,
  kCapitalBudget,
  kPresentGpus,
  kSurplusTolerance,
  kSensitivityOf,
  // queue
  kSlotsPerGpu,
  kPrefillSeconds,
  kStreamRate,
  kWaitSeconds,
  kServiceLevel,
  kMaxOccupancy,
  kArrivalVariability,
  kServiceVariability,
  // agents
  kAgentPattern,
  kAgents,
  kAgentCalls,
  kAgentRounds,
  kAgentPrefixTokens,
  kAgentNewTokens,
  kAgentOutputTokens,
  kOrchestratorPrefixTokens,
  kOrchestratorCalls,
  kBriefTokens,
  kResultTokens,
  kMessageTokens,
  kPrefixCache,
  kCacheHitRatio,
  kCacheWriteMultiplier,
  kKeepsGeneratedKv,
  kContextLimit,
  kCompactionCalls,
  kSummaryTokens,
  kAgentRequests,
  kCount
};
inline constexpr std::size_t kInputCount = static_cast<std::size_t>(In::kCount);
inline constexpr In kFirstWorkloadInput = In::kThroughput;
inline constexpr In kFirstDemandInput = In::kDemand;

enum class Kind { kNumber, kWhole, kFlag, kChoice };

struct Domain {
  Kind kind = Kind::kNumber;
  double least = 0;
  double most = 0;
  bool above_least = false;  // `least` itself is refused
  std::span<const std::string_view> choices;
};

constexpr Domain from(double least, double most) {
  return {Kind::kNumber, least, most, false, {}};
}
constexpr Domain above(double least, double most) {
  return {Kind::kNumber, least, most, true, {}};
}
constexpr Domain whole(double least, double most) {
  return {Kind::kWhole, least, most, false, {}};
}
constexpr Domain flag() {
  return {Kind::kFlag, 0, 1, false, {}};
}
constexpr Domain one_of(std::span<const std::string_view> choices) {
  return {Kind::kChoice, 0, static_cast<double>(choices.size()) - 1, false, choices};
}

/// Values of choices, in the order of their words in the tables.
enum class PowerModel { kByLoad, kFixed };
enum class Sharing { kPooled, kPartitioned };

inline constexpr std::optional<double> kNotGiven = std::nullopt;

struct InputInfo {
  In id;
  std::string_view name;
  std::string_view symbol;
  std::string_view unit;  // "money" stands for the currency of the scenario
  std::string_view group;
  Domain domain;
  std::optional<double> standard;  // the default; none: left out means not given
  double low;  // of its own range; equal to `high` where it is a decision, not an estimate
  double high;
  std::string_view text;
  std::string_view source;
  std::string_view date;  // year, month or day; empty where nothing can grow old
};

/// In three parts, so that no file grows too long; info() finds across them.
std::span<const InputInfo> cost_inputs();
std::span<const InputInfo> workload_inputs();
std::span<const InputInfo> demand_inputs();

const InputInfo& info(In id);
/// The input whose value this one has when it is left out: a default that is a constant would be wrong as
/// soon as the other is given. Empty for the rest.
std::optional<In> followed_by(In id);
std::optional<In> input_named(std::string_view name);
constexpr In input_at(std::size_t index) {
  return static_cast<In>(index);
}
bool is_money(const InputInfo& input);
/// "0 to 1", "above 0, at most 1", "one of by_load, fixed".
std::string allowed(const InputInfo& input);

/// One model size of the mix as entered; absent members take the defaults of its definition.
struct TierInput {
  std::string name;
  double share = 0;
  double throughput = 0;  // tokens/s of one instance at full load
  double units = 1;
  double slices_per_gpu = 1;
  double efficiency = 1;
  std::optional<double> cloud_price;  // money per Mtok of all tokens
  std::optional<double> needed_gb;    // checked against its units when the scenario is read
};

/// One way to run a tier of the fleet question, as measured.
struct FleetWayInput {
  enum class Kind { kWhole, kSlice, kSlot };
  Kind kind = Kind::kWhole;
  double units = 1;       // GPUs, slices or slots of one instance
  double parts = 4;       // of a GPU: quarters of a slice; of a slot, how many slots share a GPU
  double throughput = 0;  // tokens/s of one instance at full load
  double efficiency = 1;
};
/// One model size of the fleet question, with a demand of its own.
struct FleetTierInput {
  std::string name;
  double demand = 0;  // tokens per month
  double needed_gb = 0;
  std::vector<FleetWayInput> ways;
};

/// Every input with its value: given, or the default.
struct Inputs {
  std::array<double, kInputCount> value{};
  std::bitset<kInputCount> given;   // has a value at all
  std::bitset<kInputCount> itself;  // and not for another one's sake
  std::vector<TierInput> tiers;
  std::vector<double> profile;              // hourly load, any unit
  std::vector<FleetTierInput> fleet_tiers;  // empty: those of fleet_defaults

  double operator[](In id) const { return value[static_cast<std::size_t>(id)]; }
  bool has(In id) const { return given[static_cast<std::size_t>(id)]; }
  /// Those that follow it have its value too, until they are set themselves.
  void set(In id, double to);
};
/// The reference machine.
Inputs standard_inputs();

}  // namespace berth::tokenomics
