// Named results. Each is one function from inputs and other quantities; evaluation is by name, remembers what
// it has, and leaves behind the order in which things were computed: the derivation.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenomics/inputs.hpp"
#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

/// In the order of the tables; quantities_test.cpp holds both to it.
enum class Q : std::uint8_t {
  // cost
  kServers,
  kCapital,
  kResidualValue,
  kCapitalRecoveryFactor,
  kAnnualCapital,
  kAnnualCapitalSinkingFund,
  kAnnualCapitalStraightLine,
  kServiceableGpus,
  kUtilisationCeiling,
  kInstalledUtilisation,
  kPowerUsageEffectiveness,
  kEnergyPricePerWattYear,
  kIdlePowerWatts,
  kItPowerWatts,
  kElectricityPerYear,
  kCoolingPerYear,
  kEnergyPerYear,
  kEnergyKwhPerYear,
  kMaintenancePerYear,
  kLicencesPerYear,
  kStaffPerYear,
  kFurtherServersPerYear,
  kFixedCostPerYear,
  kVariableCostPerYear,
  kAnnualCost,
  kIdleCostPerYear,
  kUsedCostPerYear,
  kCostPerHour,
  kGpuHourRate,
  kSliceHourRate,
  kBookedGpuHourRate,
  kRunningCostPerHour,
  // work
  kMixThroughput,
  kRequestTokens,
  kWorkTokens,
  kBasisTokens,
  kBenchmarkWork,
  kGpuThroughput,
  kFleetThroughput,
  kCapacityTokensPerYear,
  kProcessedTokensPerYear,
  kFixedCostPerMtok,
  kVariableCostPerMtok,
  kUnitCost,
  kNextBlockCostPerMtok,
  kDoublingRatio,
  kTargetUtilisation,
  kWorkCostPerMtok,
  kOwnInputPrice,
  kOwnCachedPrice,
  kOwnOutputPrice,
  kCostPer1000Requests,
  kRequestPriceScale,
  kRequestInputPrice,
  kRequestOutputPrice,
  // cloud
  kInputShare,
  kCachedShare,
  kWrittenShare,
  kOutputShare,
  kCloudListPrice,
  kCloudPaidPrice,
  kCloudPrice,
  kRentedGpuCostPerMtok,
  kBreakevenUtilisation,
  kBreakevenDemand,
  kCloudPricePerHour,
  kBreakevenHours,
  kBreakevenMonths,
  kBreakevenHoursPerDay,
  kLifetimeCostPerHour,
  kLifetimeCostPerMtok,
  kDemandUtilisation,
  kDemandAnnualCost,
  kCloudBillPerMonth,
  kOwnCostPerMonth,
  kMonthlySaving,
  kPaybackMonths,
  kMonthlyRate,
  kDiscountedPaybackMonths,
  // sizing
  kAverageRate,
  kDutyPeakFactor,
  kPeakFactorUsed,
  kPeakRate,
  kNeededGpus,
  kRequiredGpus,
  kFloorGpus,
  kRequiredCapital,
  kRequiredFixedCost,
  kRequiredVariableCost,
  kRequiredUtilisation,
  kRequiredPeakUtilisation,
  kRequiredAnnualCost,
  kRequiredIdleCost,
  kRequiredUnitCost,
  kRequiredCloudCost,
  kRequiredRentedCost,
  kRequiredBreakevenUtilisation,
  kLargestDemand,
  kInstalledDemand,
  kReachableUtilisation,
  kOwnCheaperFrom,
  kOwnCheaperForGood,
  kMixGpus,
  kMixCost,
  kAffordableGpus,
  kAffordableServiceableGpus,
  kAffordableDemand,
  kJudgedGpus,
  kLargestRightSized,
  kMissingGpus,
  kMissingCapital,
  kMissingCostPerYear,
  kUnservedDemand,
  kSurplusGpus,
  kSurplusCostPerYear,
  kDemandGrowth,
  kChangeGpus,
  kMissingYearlyBudget,
  kMissingCapitalBudget,
  // queue
  kArrivalRate,
  kStreamRateUsed,
  kServiceSeconds,
  kOfferedLoad,
  kQueueSlots,
  kOccupancy,
  kErlangB,
  kErlangC,
  kMeanWaitSeconds,
  kServiceLevelReached,
  kSlotsNeeded,
  kGpusForSlots,
  // agents
  kAgentGrowth,
  kAgentInputTokens,
  kAgentOutputTokens,
  kAgentTotalTokens,
  kAgentResentTokens,
  kAgentFreshTokens,
  kAgentLastCallInput,
  kAgentEffectiveInput,
  kAgentCacheSaving,
  kAgentLastWholeCall,
  kAgentWindowedTokens,
  kAgentCompactedTokens,
  kSharedPrefixSaving,
  kIsolatedTokens,
  kDelegationTokens,
  kSharedTranscriptTokens,
  kFullMeshTokens,
  kPatternTokens,
  kPlainCallTokens,
  kAmplification,
  kEmpiricalTurns,
  kAgentTaskBill,
  kAgentCloudBill,
  kAgentTaskWork,
  kAgentGpuSeconds,
  kAgentDemand,
  kAgentNeededGpus,
  kAgentRequiredGpus,
  kAgentOwnBill,
  kCount
};
inline constexpr std::size_t kQuantityCount = static_cast<std::size_t>(Q::kCount);

class Evaluation;

/// What a derivation line says where it depends on the inputs.
struct Wording {
  std::string formula{};  // empty: the one of the table
  std::string numbers{};  // empty: the formula with numbers for symbols, or what it was computed from
  /// The formula is words and no calculation: "largest N with C(N) <= B and K(N) <= K_B".
  bool in_words = false;
};
/// For quantities whose formula in the table is words.
inline Wording in_words(const Inputs& /*inputs*/) {
  return {.in_words = true};
}

struct QuantityInfo {
  Q id;
  std::string_view name;
  std::string_view symbol;
  std::string_view unit;     // "money" stands for the currency of the scenario
  std::string_view formula;  // in symbols of inputs and quantities
  Maybe<double> (*compute)(Evaluation&);
  Wording (*wording)(const Inputs&) = nullptr;
};

std::span<const QuantityInfo> cost_quantities();
std::span<const QuantityInfo> work_quantities();
std::span<const QuantityInfo> cloud_quantities();
std::span<const QuantityInfo> sizing_quantities();
std::span<const QuantityInfo> queue_quantities();
std::span<const QuantityInfo> agent_quantities();

const QuantityInfo& info(Q id);
std::optional<Q> quantity_named(std::string_view name);
constexpr Q quantity_at(std::size_t index) {
  return static_cast<Q>(index);
}

/// What a quantity read while it was computed.
struct Reading {
  Q by;
  bool is_input;
  std::uint8_t id;  // of an In or a Q
};

/// Quantities that are told and not computed.
struct Givens {
  std::array<double, kQuantityCount> value{};
  std::bitset<kQuantityCount> given;

  void set(Q id, double to) {
    value[static_cast<std::size_t>(id)] = to;
    given[static_cast<std::size_t>(id)] = true;
  }
};

/// One computation over one set of inputs, which must outlive it.
///
/// Inside compute functions `e(In::kPue)` and `e(Q::kCapital)` are plain numbers. When one of them does not
/// exist, it reads as NaN and the reason is kept: what is being computed then has no result either, for that
/// reason.
class Evaluation {
 public:
  explicit Evaluation(const Inputs& inputs, const Givens* givens = nullptr);

  Maybe<double> get(Q id);
  /// The same of what was computed before.
  Maybe<double> known(Q id) const;

  double operator()(In id);
  double operator()(Q id);
  bool flag(In id) { return (*this)(id) != 0; }
  bool has(In id) const { return inputs_->has(id); }
  const Inputs& inputs() const { return *inputs_; }

  /// Everything computed so far, in the order of the tables but what a quantity needs before it. (The order
  /// in which things were computed would differ between compilers, which evaluate arguments from different
  /// ends.)
  std::vector<Q> order() const;
  const std::bitset<kInputCount>& used() const { return used_; }
  const std::vector<Reading>& readings() const { return readings_; }
  bool is_given(Q id) const;

 private:
  struct Missing {
    std::size_t place = std::numeric_limits<std::size_t>::max();
    std::string_view reason;
  };
  Maybe<double> compute(Q id);
  void miss(std::size_t place, std::string_view reason);

  const Inputs* inputs_;
  const Givens* givens_;
  std::array<double, kQuantityCount> values_{};
  std::array<std::string_view, kQuantityCount> reasons_{};
  std::bitset<kQuantityCount> known_;
  std::bitset<kInputCount> used_;
  std::vector<Reading> readings_;
  Q computing_ = Q::kCount;  // what is being computed
  // Of what it lacked, the first in the order of the tables, whatever the compiler evaluated first.
  Missing missing_;
};

}  // namespace berth::tokenomics
