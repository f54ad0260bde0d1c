#include "tokenomics/serving.hpp"

#include <algorithm>
#include <cmath>

#include "tokenomics/numbers.hpp"
#include "tokenomics/plant.hpp"
#include "tokenomics/queueing.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

constexpr int kHalvings = 32;
/// Purchases that are looked at for the demand from which owning wins.
constexpr int kMostPurchases = 32;
/// Of large pools: so many standard deviations above the load nobody waits.
constexpr double kAmpleDeviations = 5;

ServiceTarget target_of(Evaluation& e) {
  return {
      .level = e(In::kServiceLevel), .seconds = e(In::kWaitSeconds), .max_occupancy = e(In::kMaxOccupancy)};
}

/// Requests a second at the peak of a demand.
double peak_requests(Evaluation& e, double tokens_per_month) {
  return e(Q::kPeakFactorUsed) * average_tokens_per_second(tokens_per_month) / e(Q::kBasisTokens);
}

bool slots_suffice(Evaluation& e, double tokens_per_month, double gpus) {
  const auto slots = slots_for(e, tokens_per_month);
  return slots && *slots <= gpus * e(In::kSlotsPerGpu);
}

double by_throughput(Evaluation& e, double gpus) {
  return largest_tokens_per_month(gpus, e(Q::kGpuThroughput), e(Q::kPeakFactorUsed), e(In::kPeakUtilisation));
}

/// The demand from which a number of GPUs costs no more than the cloud; none when never.
Maybe<double> own_from(Evaluation& e, double installed) {
  const AnnualCost cost = annual_cost(plant_of(e), installed);
  const auto line = unit_line(cost);
  if (!line) return line.none<double>();
  return breakeven_tokens_per_month(cost.fixed_per_year, line->variable_per_mtok, e(Q::kCloudPrice));
}

}  // namespace

double instance_gpus(const Inputs& inputs) {
  double gpus = inputs[In::kGpusPerInstance];
  for (const TierInput& tier : inputs.tiers) {
    if (tier.slices_per_gpu == 1) gpus = std::max(gpus, tier.units);
  }
  return gpus;
}

std::string serviceable_formula(const Inputs& inputs, std::string_view fleet) {
  const std::string bought =
      inputs[In::kSoldByServer] != 0 ? "k*floor(" + std::string(fleet) + "/k)" : std::string(fleet);
  const std::string spares = inputs[In::kSpareServers] > 0 ? "max(x, x_srv*k)" : "x";
  const std::string gpus = "max(0, min(floor(" + bought + "/rho), " + bought + " - " + spares + "))";
  const double instance = instance_gpus(inputs);
  if (instance == 1) return gpus;
  const std::string by = number_text(instance);
  return by + "*floor(" + gpus + "/" + by + ")";
}

std::string required_formula(const Inputs& inputs) {
  const std::string spares = inputs[In::kSpareServers] > 0 ? "max(x, x_srv*k)" : "x";
  const std::string gpus = "max(ceil(rho*N_need), N_need + " + spares + ")";
  return inputs[In::kSoldByServer] != 0 ? "k*ceil(" + gpus + "/k)" : "ceil(" + gpus + ")";
}

Maybe<double> slots_for(Evaluation& e, double tokens_per_month) {
  const double arrivals = peak_requests(e, tokens_per_month);
  const double load = arrivals * e(Q::kServiceSeconds);
  if (std::isnan(load)) return none("a request takes no time");
  const ServiceTarget target = target_of(e);
  if (load / target.max_occupancy > kMostWalkedLoad)
    return std::ceil(std::max(load / target.max_occupancy, load + kAmpleDeviations * std::sqrt(load)));
  const auto slots = smallest_servers(
      {.arrivals_per_second = arrivals, .service_seconds = e(Q::kServiceSeconds), .servers = 1}, target);
  if (!slots) return slots.none<double>();
  return static_cast<double>(*slots);
}

Maybe<double> gpus_that_serve(Evaluation& e, double tokens_per_month) {
  Demand demand = demand_of(e);
  demand.tokens_per_month = tokens_per_month;
  const auto by_speed = needed_gpus(demand, e(Q::kGpuThroughput));
  if (!by_speed) return by_speed;
  const auto slots = slots_for(e, tokens_per_month);
  if (!slots) return slots;
  const double instance = instance_gpus(e.inputs());
  const double gpus = std::max(*by_speed, std::ceil(*slots / e(In::kSlotsPerGpu)));
  return instance * std::ceil(gpus / instance);
}

Maybe<double> demand_that_is_served(Evaluation& e, double serving_gpus) {
  const double instance = instance_gpus(e.inputs());
  const double gpus = instance * std::floor(serving_gpus / instance);
  double most = by_throughput(e, gpus);
  if (std::isnan(most) || std::isnan(e(Q::kServiceSeconds))) return none("the throughput is not known");
  if (!(gpus > 0)) return 0.0;
  if (slots_suffice(e, most, gpus)) return most;
  double served = 0;
  for (int halving = 0; halving < kHalvings; ++halving) {
    const double middle = (served + most) / 2;
    (slots_suffice(e, middle, gpus) ? served : most) = middle;
  }
  return served;
}

OwnWins own_wins(Evaluation& e) {
  OwnWins out{.from = none("own GPUs cost more than the cloud at every demand looked at"),
              .for_good = none("own GPUs cost more than the cloud at every demand looked at")};
  const Redundancy redundancy = redundancy_of(e);
  double before = 0;  // the most that the purchase before carries
  double needed = instance_gpus(e.inputs());
  double lost_after = 0;
  for (int purchase = 0; purchase < kMostPurchases; ++purchase) {
    const double installed = required_gpus(redundancy, needed);
    if (!(installed <= kMaxGpus)) break;
    const auto carried = demand_that_is_served(e, serviceable_gpus(redundancy, installed));
    const auto pays = own_from(e, installed);
    if (!carried || !pays) return {.from = pays ? carried : pays, .for_good = pays ? carried : pays};
    const double wins_from = std::max(*pays, before);
    const bool wins = wins_from <= *carried;
    if (wins && !out.from) out.from = wins_from;
    // Lost from the end of the purchase before up to here.
    if (!wins || wins_from > before) lost_after = wins ? wins_from : *carried;
    if (wins) out.for_good = lost_after;
    if (!wins) out.for_good = none("own GPUs cost more than the cloud again at the largest demand looked at");
    before = *carried;
    needed = serviceable_gpus(redundancy, installed) + 1;
  }
  return out;
}

}  // namespace berth::tokenomics
