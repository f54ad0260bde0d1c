// Cloud, own, or both: the least-cost number of own GPUs for a demand that changes by the hour, when what
// they cannot carry overflows to a cloud that is paid by the token.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

/// Ten years of hours.
inline constexpr std::size_t kMaxProfileHours = 87'600;
/// Every number of own GPUs up to the one that carries the highest hour is tried.
inline constexpr std::int64_t kMaxSourcingGpus = 100'000;
inline constexpr std::size_t kMaxSourcingCurveRows = 101;
/// Own GPUs that carry at least this share of the highest hour are called "own": the cloud only takes the
/// tips.
inline constexpr double kOwnShareOfPeak = 0.9;

/// Costs are money per year. Server steps: every started server of `gpus_per_server` GPUs costs one server.
struct OwnCost {
  double cost_per_gpu_year = 0;       // capital, maintenance, licences, idle power of a GPU
  double cost_per_server_year = 0;    // the same of a server without GPUs
  double platform_cost_per_year = 0;  // once when anything is owned: staff, space
  double energy_cost_per_mtok = 0;    // what a token adds
  /// Carried by a GPU in an hour, availability and allowed load included, > 0.
  double tokens_per_hour_per_gpu = 0;
  std::int64_t gpus_per_server = 1;         // >= 1
  std::int64_t spare_gpus = 0;              // bought besides, carry nothing; none when nothing is owned
  bool sold_by_server = false;              // whole servers only: the GPUs of a started server are all bought
  double redundancy_factor = 1;             // >= 1: GPUs installed per GPU that carries load
  double spare_servers = 0;                 // as spare_gpus, whole servers
  double gpus_per_instance = 1;             // >= 1
  double cost_per_further_server_year = 0;  // people, space and network of each server but the first
};

/// Demand by the hour, any number of whole hours 1..kMaxProfileHours; a year is the profile over and over.
/// Within an hour the demand counts as even.
struct Sourcing {
  std::span<const double> tokens_per_hour;  // >= 0
  OwnCost own;
  double cloud_price_per_mtok = 0;  // in the same token basis
};

/// One number of own GPUs, all figures per year of 8760 h.
struct SourcingOption {
  std::int64_t own_gpus = 0;        // that carry load
  std::int64_t installed_gpus = 0;  // with spares and whole servers
  std::int64_t servers = 0;
  double fixed_cost = 0;
  double energy_cost = 0;
  double cloud_cost = 0;
  double cost = 0;
  double own_tokens = 0;
  double cloud_tokens = 0;
  double overflow_hours_share = 0;  // of the hours in which the cloud takes anything
};

enum class SourcingVerdict { kCloud, kOwn, kBoth };
const char* to_string(SourcingVerdict verdict);

struct SourcingPlan {
  SourcingOption least;      // least cost; of equal ones the fewest own GPUs
  SourcingOption all_cloud;  // no own GPU
  SourcingOption all_own;    // the fewest GPUs that carry the highest hour
  /// Of those that own something and leave something to the cloud, the one of least cost.
  std::optional<SourcingOption> mix;
  /// Of those that own something, the one of least cost; none where there is no demand.
  std::optional<SourcingOption> least_own;
  SourcingVerdict verdict = SourcingVerdict::kCloud;
  std::string words;
  double mean_tokens_per_hour = 0;
  double peak_tokens_per_hour = 0;
  /// By own GPUs from all_cloud to all_own, at most kMaxSourcingCurveRows evenly apart.
  std::vector<SourcingOption> curve;
};
/// Error (kInvalid) naming the number that is out of its range, among them a profile without hours and a
/// demand above kMaxSourcingGpus GPUs. Time: hours*log(hours) to sort, then one short step per number of
/// GPUs.
Result<SourcingPlan> plan_sourcing(const Sourcing& sourcing);

// --- Load-duration rule ---

/// Share of the hours in which GPU number `unit` (from 1) is busy when GPUs fill up one after the other; an
/// hour in which it is half busy counts half.
double busy_share(std::span<const double> tokens_per_hour, double tokens_per_hour_per_gpu, std::int64_t unit);
/// u*: the busy share from which on an own GPU costs less than its tokens in the cloud. None when energy
/// alone costs as much as the cloud.
Maybe<double> breakeven_busy_share(const OwnCost& own, double cloud_price_per_mtok);
/// Where cost is linear in the number of GPUs (servers that are free or hold one GPU, no platform cost, no
/// spares): unit n pays if its busy share is at least u*. The number of units that pay, which is a least-cost
/// number of own GPUs.
std::int64_t units_that_pay(const Sourcing& sourcing);

}  // namespace berth::tokenomics
