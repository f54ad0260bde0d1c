// Whole GPUs, slices or slots for each size of model, against everything on the large one.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tokenomics/answers.hpp"
#include "tokenomics/fleet.hpp"
#include "tokenomics/fleet_defaults.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/plant.hpp"
#include "tokenomics/sizing.hpp"
#include "tokenomics/year_costs.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::int64_t kQuarters = 4;

/// The division of a GPU into so many slots; its index.
std::size_t slots_division(Fleet& fleet, std::int64_t slots) {
  for (std::size_t index = 1; index < fleet.divisions.size(); ++index) {
    if (fleet.divisions[index].parts_per_gpu == slots) return index;
  }
  fleet.divisions.push_back({.name = std::to_string(slots) + " slots", .machine = 0, .parts_per_gpu = slots});
  return fleet.divisions.size() - 1;
}

Way way_of(const FleetWayInput& input, Fleet& fleet, double gpu_memory_gb, double speed) {
  const auto units = static_cast<std::int64_t>(input.units);
  const auto parts = static_cast<std::int64_t>(input.parts);
  Way way;
  way.units_per_instance = units;
  way.instance_tokens_per_second = input.throughput * speed;
  way.sharing_efficiency = input.efficiency;
  std::int64_t parts_per_gpu = kQuarters;
  switch (input.kind) {
    case FleetWayInput::Kind::kWhole:
      way.kind = WayKind::kWholeGpus;
      way.name = std::to_string(units) + (units == 1 ? " GPU" : " GPUs");
      way.parts_per_unit = kQuarters;
      break;
    case FleetWayInput::Kind::kSlice:
      way.kind = WayKind::kSlices;
      way.name = std::to_string(units) + (units == 1 ? " slice of " : " slices of ") + std::to_string(parts) +
                 "/4 GPU";
      way.parts_per_unit = parts;
      break;
    case FleetWayInput::Kind::kSlot:
      way.kind = WayKind::kSlots;
      way.name = std::to_string(units) + (units == 1 ? " slot of " : " slots of ") + std::to_string(parts);
      way.division = slots_division(fleet, parts);
      way.parts_per_unit = 1;
      parts_per_gpu = parts;
      break;
  }
  way.available_gb = gpu_memory_gb * input.units * static_cast<double>(way.parts_per_unit) /
                     static_cast<double>(parts_per_gpu);
  return way;
}

Fleet fleet_of(Evaluation& e, const std::vector<FleetTierInput>& tiers) {
  const YearCosts costs = year_costs(e);
  Redundancy redundancy = redundancy_of(e);
  redundancy.gpus_per_instance = 1;  // each tier has its own instances, in its ways
  // Measured speeds become those of the service, in the basis in which demand is counted.
  const double speed = e(Q::kGpuThroughput) / e(Q::kMixThroughput);
  Fleet fleet;
  fleet.machines.push_back({.name = "GPU",
                            .cost_per_gpu_year = costs.per_gpu,
                            .cost_per_server_year = costs.per_server + costs.per_further_server,
                            .redundancy = redundancy});
  fleet.divisions.push_back({.name = "quarters", .machine = 0, .parts_per_gpu = kQuarters});
  fleet.peak_utilisation = e(In::kPeakUtilisation);
  for (const FleetTierInput& input : tiers) {
    FleetTier tier{.name = input.name,
                   .peak_tokens_per_second = e(Q::kPeakFactorUsed) * average_tokens_per_second(input.demand),
                   .needed_gb = input.needed_gb,
                   .ways = {}};
    for (const FleetWayInput& way : input.ways)
      tier.ways.push_back(way_of(way, fleet, e(In::kGpuMemoryGb), speed));
    fleet.tiers.push_back(std::move(tier));
  }
  return fleet;
}

json::value count_json(const Maybe<std::int64_t>& count) {
  return count ? json::value(*count) : json::value(nullptr);
}

json::array tiers_json(const Fleet& fleet, const FleetPlan& plan, const std::vector<FleetTierInput>& inputs) {
  json::array out;
  for (std::size_t index = 0; index < fleet.tiers.size(); ++index) {
    const FleetTier& tier = fleet.tiers[index];
    const TierPlan& its = plan.tiers[index];
    json::array ways;
    for (std::size_t way = 0; way < tier.ways.size() && way < its.ways.size(); ++way) {
      ways.push_back(json::object{{"way", tier.ways[way].name},
                                  {"kind", to_string(tier.ways[way].kind)},
                                  {"fits_memory", its.ways[way].fits_memory},
                                  {"available_gb", tier.ways[way].available_gb},
                                  {"instances", count_json(its.ways[way].instances)},
                                  {"gpus", its.ways[way].gpus}});
    }
    out.push_back(
        json::object{{"name", tier.name},
                     {"demand", inputs[index].demand},
                     {"needed_gb", tier.needed_gb},
                     {"way", its.way ? json::value(tier.ways[*its.way].name) : json::value(nullptr)},
                     {"instances", its.instances},
                     {"units", its.units},
                     {"peak_utilisation", its.peak_utilisation},
                     {"spans_servers", its.spans_servers},
                     {"ways", std::move(ways)}});
  }
  return out;
}

json::object machine_json(const FleetPlan& plan) {
  const MachinePlan& machine = plan.machines.front();
  return {{"gpus_needed", machine.gpus_needed},
          {"gpus_installed", machine.gpus_installed},
          {"servers", machine.servers},
          {"cost_per_year", plan.cost_per_year}};
}

/// The library below speaks of tiers, the scenario of fleet_tiers.
Error renamed(Error error) {
  for (FieldError& field : error.fields) {
    if (field.field.starts_with("tiers")) field.field = "fleet_" + field.field;
  }
  return error;
}

void add_sentences(AnswerDraft& draft, const Fleet& fleet, const FleetComparison& comparison) {
  std::string ways;
  for (std::size_t index = 0; index < fleet.tiers.size(); ++index) {
    const TierPlan& its = comparison.mixed.tiers[index];
    if (!its.way) continue;
    if (!ways.empty()) ways += "; ";
    ways += fleet.tiers[index].name + ": " + std::to_string(its.instances) + " x " +
            fleet.tiers[index].ways[*its.way].name;
  }
  draft.sentences["plan"] = ways.empty() ? "No tier has any load" : ways;
  draft.sentences["cost"] = whole_text(comparison.mixed.machines.front().gpus_installed) + " GPUs for " +
                            draft.money(comparison.mixed.cost_per_year) + " a year";
  if (!comparison.all_large) {
    draft.sentences["all_large"] =
        "Everything on the large model is not possible: " + comparison.all_large.error().message;
  } else if (comparison.saving_per_year && comparison.saving_share) {
    const double share = *comparison.saving_share;
    draft.sentences["all_large"] = "Everything on the large model would cost " +
                                   draft.money(comparison.all_large->cost_per_year) + " a year; the mix " +
                                   (share < 0 ? "costs " : "saves ") + percent_text(std::abs(share)) +
                                   (share < 0 ? " more, for the large model has room anyway" : "");
  }
}

}  // namespace

Status answer_fleet(AnswerDraft& draft) {
  Evaluation& e = draft.evaluation;
  constexpr Q kAsked[] = {Q::kPeakFactorUsed, Q::kGpuThroughput, Q::kMixThroughput, Q::kStaffPerYear};
  draft.ask(kAsked);
  if (!e.get(Q::kGpuThroughput) || !e.get(Q::kMixThroughput)) {
    draft.sentences["plan"] = "No plan: " + std::string(e.get(Q::kGpuThroughput).reason());
    return {};
  }
  const bool told = !e.inputs().fleet_tiers.empty();
  const auto tiers = told ? e.inputs().fleet_tiers : default_fleet_tiers(e(In::kDemand));
  const Fleet fleet = fleet_of(e, tiers);
  const auto large = std::max_element(tiers.begin(), tiers.end(),
                                      [](const FleetTierInput& left, const FleetTierInput& right) {
                                        return left.needed_gb < right.needed_gb;
                                      });
  const auto comparison = compare_with_large(fleet, static_cast<std::size_t>(large - tiers.begin()));
  if (!comparison) return fail(renamed(comparison.error()));
  draft.tables["tiers"] = tiers_json(fleet, comparison->mixed, tiers);
  draft.tables["mixed"] = machine_json(comparison->mixed);
  draft.tables["large_tier"] = large->name;
  draft.tables["all_large"] =
      comparison->all_large ? json::value(machine_json(*comparison->all_large)) : json::value(nullptr);
  draft.tables["saving_per_year"] =
      comparison->saving_per_year ? json::value(*comparison->saving_per_year) : json::value(nullptr);
  add_sentences(draft, fleet, *comparison);
  draft.notes.emplace_back(
      "Costs are those of GPUs and servers with their power at rest; what a token adds in energy and what "
      "the place itself costs are the same for every plan");
  if (!told)
    draft.notes.emplace_back(
        "No fleet_tiers are given: four sizes of model share the demand 50, 20, 25 and 5 %");
  return {};
}

}  // namespace berth::tokenomics
