#include "tokenomics/packing.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "tokenomics/numbers.hpp"

namespace berth::tokenomics {

namespace {

constexpr std::int64_t kQuartersPerGpu = 4;
constexpr std::int64_t kSeventhsPerGpu = 7;
constexpr std::int64_t kTwosPerGpu = 3;  // 2g starts at memory slice 0, 2 or 4

std::int64_t divide_up(std::int64_t amount, std::int64_t by) {
  return (amount + by - 1) / by;
}

/// GPUs that only hold twos and ones.
std::int64_t gpus_for_small(std::int64_t ones, std::int64_t twos) {
  return std::max(divide_up(twos, kTwosPerGpu), divide_up(2 * twos + ones, kSeventhsPerGpu));
}

std::optional<Error> shape_fault(const PartitionedTier& tier, const std::string& field) {
  const int size = tier.quarters_per_unit;
  if (size != 1 && size != 2 && size != 4)
    return invalid_field(field + ".quarters_per_unit", std::to_string(size), "1, 2 or 4",
                         "A unit of tier " + tier.name + " must be 1, 2 or 4 quarters of a GPU.");
  if (tier.units_per_instance < 1 || tier.units_per_instance > kMaxUnitsPerInstance)
    return invalid_field(field + ".units_per_instance", std::to_string(tier.units_per_instance),
                         "1 to " + std::to_string(kMaxUnitsPerInstance),
                         "An instance of tier " + tier.name + " must take 1 to " +
                             std::to_string(kMaxUnitsPerInstance) + " units.");
  return std::nullopt;
}

}  // namespace

Maybe<std::int64_t> needed_instances(double peak_tokens_per_second, double instance_tokens_per_second,
                                     double peak_utilisation) {
  const double usable = instance_tokens_per_second * peak_utilisation;
  if (!(usable > 0)) return none("an instance makes no tokens");
  if (!(peak_tokens_per_second >= 0)) return none("the peak load is not zero or more");
  const double exact = peak_tokens_per_second / usable;
  if (!(exact <= static_cast<double>(kMaxInstances)))
    return none("more than ten million instances are needed");
  // The quotient may round to the wrong side of a whole number; what counts is that the instances carry the
  // load.
  auto instances = static_cast<std::int64_t>(std::ceil(exact));
  const auto carry = [&](std::int64_t count) {
    return static_cast<double>(count) * usable >= peak_tokens_per_second;
  };
  while (instances > 0 && carry(instances - 1)) --instances;
  while (!carry(instances)) ++instances;
  return instances;
}

Status fits_memory(std::string_view field, std::string_view tier, double needed_gb, double available_gb) {
  if (needed_gb <= available_gb) return {};
  const std::string available = number_text(available_gb) + " GB";
  return fail(invalid_field(std::string(field), number_text(needed_gb) + " GB", "at most " + available,
                            "Tier " + std::string(tier) + " does not fit: an instance needs " +
                                number_text(needed_gb) + " GB and has " + available + "."));
}

std::int64_t gpus_for(const QuarterUnits& units) {
  return divide_up(units.quarters + 2 * units.halves + kQuartersPerGpu * units.wholes, kQuartersPerGpu);
}

std::vector<GpuLayout> layouts_for(const QuarterUnits& units) {
  std::vector<GpuLayout> out;
  const auto add = [&](QuarterUnits per_gpu, std::int64_t gpus) {
    if (gpus > 0) out.push_back({.per_gpu = per_gpu, .gpus = gpus});
  };
  add({.quarters = 0, .halves = 0, .wholes = 1}, units.wholes);
  add({.quarters = 0, .halves = 2, .wholes = 0}, units.halves / 2);
  std::int64_t quarters = units.quarters;
  if (units.halves % 2 == 1) {
    const std::int64_t beside = std::min<std::int64_t>(quarters, 2);
    add({.quarters = beside, .halves = 1, .wholes = 0}, 1);
    quarters -= beside;
  }
  add({.quarters = kQuartersPerGpu, .halves = 0, .wholes = 0}, quarters / kQuartersPerGpu);
  const std::int64_t left = quarters % kQuartersPerGpu;
  add({.quarters = left, .halves = 0, .wholes = 0}, left > 0 ? 1 : 0);
  return out;
}

std::int64_t gpus_for(const SeventhUnits& units) {
  // A three beside a four never costs more than elsewhere: what it displaces (at most a two and a one) fits
  // where the three would have been.
  const std::int64_t beside_fours = std::min(units.fours, units.threes);
  const std::int64_t fours_alone = units.fours - beside_fours;  // room left: a two and a one, or three ones
  const std::int64_t threes = units.threes - beside_fours;
  // Two threes may share a GPU and then fill its memory; one alone leaves room for two twos. Neither is
  // always better, so every number of pairs is tried.
  std::int64_t best = -1;
  for (std::int64_t pairs = 0; pairs <= threes / 2; ++pairs) {
    const std::int64_t threes_alone = threes - 2 * pairs;  // room left: four slices, at most two twos
    const std::int64_t twos_beside = std::min(units.twos, fours_alone + 2 * threes_alone);
    const std::int64_t room = 3 * fours_alone + 4 * threes_alone - 2 * twos_beside;
    const std::int64_t ones_beside = std::min(units.ones, room);
    const std::int64_t gpus =
        pairs + threes_alone + gpus_for_small(units.ones - ones_beside, units.twos - twos_beside);
    if (best < 0 || gpus < best) best = gpus;
  }
  return units.sevens + units.fours + best;
}

Result<Packing> pack(std::span<const PartitionedTier> tiers, double peak_utilisation) {
  if (tiers.size() > kMaxPackedTiers)
    return fail(invalid_field("tiers", std::to_string(tiers.size()),
                              "at most " + std::to_string(kMaxPackedTiers), "There are too many tiers."));
  Packing packing;
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    const PartitionedTier& tier = tiers[i];
    const std::string field = "tiers[" + std::to_string(i) + "]";
    if (auto fault = shape_fault(tier, field)) return fail(std::move(*fault));
    const auto fits = fits_memory(field, tier.name, tier.needed_gb,
                                  static_cast<double>(tier.units_per_instance) * tier.unit_gb);
    if (!fits) return fail(fits.error());
    const auto instances =
        needed_instances(tier.peak_tokens_per_second,
                         tier.instance_tokens_per_second * tier.sharing_efficiency, peak_utilisation);
    if (!instances)
      return fail(invalid_field(field, number_text(tier.peak_tokens_per_second),
                                "at most " + std::to_string(kMaxInstances) + " instances",
                                "Tier " + tier.name + ": " + std::string(instances.reason()) + "."));
    packing.instances.push_back(*instances);
    std::int64_t& units = tier.quarters_per_unit == 4   ? packing.units.wholes
                          : tier.quarters_per_unit == 2 ? packing.units.halves
                                                        : packing.units.quarters;
    units += *instances * tier.units_per_instance;
  }
  packing.gpus = gpus_for(packing.units);
  packing.layouts = layouts_for(packing.units);
  return packing;
}

}  // namespace berth::tokenomics
