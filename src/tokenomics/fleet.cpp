#include "tokenomics/fleet.hpp"

#include <algorithm>
#include <cmath>

#include "tokenomics/fleet_check.hpp"
#include "tokenomics/fleet_search.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/packing.hpp"

namespace berth::tokenomics {

namespace {

std::int64_t parts_of(const Way& way, std::int64_t instances) {
  return instances * way.units_per_instance * way.parts_per_unit;
}

std::vector<WayOutlook> outlook(const Fleet& fleet, const FleetTier& tier) {
  std::vector<WayOutlook> ways;
  for (const Way& way : tier.ways) {
    WayOutlook seen{.fits_memory = tier.needed_gb <= way.available_gb,
                    .instances = needed_instances(tier.peak_tokens_per_second,
                                                  way.instance_tokens_per_second * way.sharing_efficiency,
                                                  fleet.peak_utilisation),
                    .gpus = 0};
    if (seen.instances)
      seen.gpus = static_cast<double>(parts_of(way, *seen.instances)) /
                  static_cast<double>(fleet.divisions[way.division].parts_per_gpu);
    ways.push_back(seen);
  }
  return ways;
}

/// Per division the way that fits and takes the fewest parts.
std::vector<Candidate> candidates_of(const Fleet& fleet, const FleetTier& tier,
                                     std::span<const WayOutlook> ways) {
  std::vector<Candidate> out;
  for (std::size_t w = 0; w < ways.size(); ++w) {
    if (!ways[w].fits_memory || !ways[w].instances) continue;
    const Way& way = tier.ways[w];
    const std::int64_t parts = parts_of(way, *ways[w].instances);
    const double least =
        static_cast<double>(parts) * least_cost_per_part(fleet, fleet.divisions[way.division]);
    const Candidate candidate{.way = w, .division = way.division, .parts = parts, .least_cost = least};
    const auto same = std::find_if(out.begin(), out.end(),
                                   [&](const Candidate& other) { return other.division == way.division; });
    if (same == out.end())
      out.push_back(candidate);
    else if (parts < same->parts)
      *same = candidate;
  }
  std::stable_sort(out.begin(), out.end(), [](const Candidate& left, const Candidate& right) {
    return left.least_cost < right.least_cost;
  });
  return out;
}

Error runs_nowhere(const FleetTier& tier, const std::string& field, std::span<const WayOutlook> ways) {
  double most_gb = 0;
  for (const Way& way : tier.ways) most_gb = std::max(most_gb, way.available_gb);
  const auto fits = fits_memory(field, tier.name, tier.needed_gb, most_gb);
  if (!fits) return fits.error();
  std::string why = "no way of running it is given";
  for (const WayOutlook& way : ways)
    if (way.fits_memory && !way.instances) why = std::string(way.instances.reason());
  return invalid_field(field, number_text(tier.peak_tokens_per_second) + " tokens/s",
                       "a way that carries the load", "Tier " + tier.name + " runs nowhere: " + why + ".");
}

TierPlan tier_plan(const Fleet& fleet, const FleetTier& tier, std::optional<std::size_t> chosen,
                   std::vector<WayOutlook> ways) {
  TierPlan plan{.way = chosen,
                .instances = 0,
                .units = 0,
                .peak_utilisation = 0,
                .spans_servers = false,
                .ways = std::move(ways)};
  if (!chosen) return plan;
  const Way& way = tier.ways[*chosen];
  const Division& division = fleet.divisions[way.division];
  plan.instances = *plan.ways[*chosen].instances;
  plan.units = plan.instances * way.units_per_instance;
  plan.peak_utilisation =
      tier.peak_tokens_per_second /
      (static_cast<double>(plan.instances) * way.instance_tokens_per_second * way.sharing_efficiency);
  const double instance_gpus = static_cast<double>(way.units_per_instance * way.parts_per_unit) /
                               static_cast<double>(division.parts_per_gpu);
  plan.spans_servers = instance_gpus > fleet.machines[division.machine].redundancy.gpus_per_server;
  return plan;
}

}  // namespace

const char* to_string(WayKind kind) {
  switch (kind) {
    case WayKind::kWholeGpus:
      return "whole_gpus";
    case WayKind::kSlices:
      return "slices";
    case WayKind::kSlots:
      return "slots";
  }
  return "whole_gpus";
}

MachinePlan machine_plan(const Machine& machine, std::int64_t gpus_needed) {
  if (gpus_needed <= 0) return {};
  const double installed = required_gpus(machine.redundancy, static_cast<double>(gpus_needed));
  const double servers = std::ceil(installed / machine.redundancy.gpus_per_server);
  return {.gpus_needed = gpus_needed,
          .gpus_installed = installed,
          .servers = servers,
          .cost_per_year = installed * machine.cost_per_gpu_year + servers * machine.cost_per_server_year};
}

Result<FleetPlan> plan_fleet(const Fleet& fleet) {
  if (auto fault = fleet_fault(fleet)) return fail(std::move(*fault));

  std::vector<std::vector<WayOutlook>> outlooks;
  std::vector<Choices> choices;
  for (std::size_t t = 0; t < fleet.tiers.size(); ++t) {
    const FleetTier& tier = fleet.tiers[t];
    outlooks.push_back(outlook(fleet, tier));
    if (tier.peak_tokens_per_second == 0) continue;
    auto candidates = candidates_of(fleet, tier, outlooks.back());
    if (candidates.empty())
      return fail(runs_nowhere(tier, "tiers[" + std::to_string(t) + "]", outlooks.back()));
    choices.push_back({.tier = t, .candidates = std::move(candidates)});
  }

  const auto ways = cheapest_ways(fleet, std::move(choices));
  FleetPlan plan;
  std::vector<std::int64_t> parts(fleet.divisions.size(), 0);
  for (std::size_t t = 0; t < fleet.tiers.size(); ++t) {
    plan.tiers.push_back(tier_plan(fleet, fleet.tiers[t], ways[t], std::move(outlooks[t])));
    if (!ways[t]) continue;
    const Way& way = fleet.tiers[t].ways[*ways[t]];
    parts[way.division] += parts_of(way, plan.tiers[t].instances);
  }
  plan.machines = machine_plans(fleet, parts);
  plan.cost_per_year = total_cost(plan.machines);
  return plan;
}

Result<FleetComparison> compare_with_large(const Fleet& fleet, std::size_t large_tier) {
  auto mixed = plan_fleet(fleet);
  if (!mixed) return fail(mixed.error());
  if (large_tier >= fleet.tiers.size())
    return fail(invalid_field("large_tier", std::to_string(large_tier),
                              "below " + std::to_string(fleet.tiers.size()),
                              "There is no tier of that number to send everything to."));
  Fleet large = fleet;
  large.tiers = {fleet.tiers[large_tier]};
  large.tiers[0].peak_tokens_per_second = 0;
  for (const FleetTier& tier : fleet.tiers)
    large.tiers[0].peak_tokens_per_second += tier.peak_tokens_per_second;
  FleetComparison comparison{.mixed = std::move(*mixed),
                             .all_large = plan_fleet(large),
                             .saving_per_year = none("the large tier cannot carry everything"),
                             .saving_share = none("the large tier cannot carry everything")};
  if (!comparison.all_large) return comparison;
  const double cost = comparison.all_large->cost_per_year;
  comparison.saving_per_year = cost - comparison.mixed.cost_per_year;
  comparison.saving_share = cost > 0
                                ? Maybe<double>(1 - comparison.mixed.cost_per_year / cost)
                                : Maybe<double>(none("sending everything to the large tier costs nothing"));
  return comparison;
}

}  // namespace berth::tokenomics
