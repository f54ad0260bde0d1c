// The fleet_tiers of a scenario.
#include "base/shown_value.hpp"
#include "tokenomics/fleet.hpp"
#include "tokenomics/list_item.hpp"
#include "tokenomics/scenario.hpp"

namespace berth::tokenomics {
namespace {

constexpr Member kDemand{"demand", from(0, 1e18), "0 to 1e+18", true};
constexpr Member kThroughput{"throughput", above(0, 1e9), "above 0, at most 1000000000", true};
constexpr Member kUnits{"units", whole(1, 64), "a whole number, 1 to 64", false};
constexpr Member kQuarters{"quarters", whole(1, 2), "1 or 2", false};
constexpr Member kSlots{"slots", whole(2, 64), "2, 4, 8, 16, 32 or 64", false};
constexpr Member kEfficiency{"efficiency", above(0, 1), "above 0, at most 1", false};
constexpr const Member* kTierMembers[] = {&kDemand, &kParameters, &kBytes, &kKvCache, &kOverhead};
constexpr const Member* kWayMembers[] = {&kThroughput, &kUnits, &kQuarters, &kSlots, &kEfficiency};
constexpr std::string_view kWays[] = {"ways"};
constexpr std::string_view kKind[] = {"kind"};

bool is_power_of_two(double value) {
  const auto number = static_cast<unsigned>(value);
  return (number & (number - 1)) == 0;
}

FleetWayInput read_way(ListItem item, FieldErrors& faults) {
  FleetWayInput way;
  const auto* kind = item.object().if_contains("kind");
  const std::string_view word =
      kind != nullptr && kind->is_string() ? std::string_view(kind->get_string()) : "";
  way.throughput = item.read(kThroughput).value_or(1);
  way.units = item.read(kUnits).value_or(1);
  way.efficiency = item.read(kEfficiency).value_or(1);
  const double quarters = item.read(kQuarters).value_or(1);
  const double slots = item.read(kSlots).value_or(2);
  item.refuse_others(kWayMembers, kKind);
  if (word == "slice") {
    way.kind = FleetWayInput::Kind::kSlice;
    way.parts = quarters;
  } else if (word == "slot") {
    way.kind = FleetWayInput::Kind::kSlot;
    way.parts = slots;
    if (!is_power_of_two(slots)) {
      faults.add(item.path() + ".slots", std::to_string(static_cast<int>(slots)), std::string(kSlots.limit),
                 item.path() + ".slots must be " + std::string(kSlots.limit));
    }
  } else if (word != "whole") {
    faults.add(item.path() + ".kind", kind == nullptr ? "" : shown_value(*kind), "one of whole, slice, slot",
               item.path() + ".kind must be one of whole, slice, slot");
  }
  return way;
}

FleetTierInput read_tier(ListItem item, FieldErrors& faults) {
  FleetTierInput tier;
  tier.name = item.name();
  tier.demand = item.read(kDemand).value_or(0);
  tier.needed_gb = item.read_memory().value_or(0);
  item.refuse_others(kTierMembers, kWays);
  const std::string path = item.path() + ".ways";
  const json::value missing;
  const auto* value = item.object().if_contains("ways");
  const auto* list = list_of(path, value == nullptr ? missing : *value, kMaxWaysPerTier, faults);
  for (std::size_t index = 0; list != nullptr && index < list->size(); ++index) {
    const std::string way = path + "[" + std::to_string(index) + "]";
    if (const auto* object = object_at(*list, index, way, faults)) {
      tier.ways.push_back(read_way(ListItem(way, *object, faults), faults));
    }
  }
  return tier;
}

}  // namespace

void read_fleet_tiers(const json::value& value, Inputs& inputs, FieldErrors& faults) {
  const auto* list = list_of("fleet_tiers", value, kMaxFleetTiers, faults);
  if (list == nullptr) return;
  inputs.fleet_tiers.clear();
  for (std::size_t index = 0; index < list->size(); ++index) {
    const std::string path = "fleet_tiers[" + std::to_string(index) + "]";
    if (const auto* object = object_at(*list, index, path, faults)) {
      inputs.fleet_tiers.push_back(read_tier(ListItem(path, *object, faults), faults));
    }
  }
}

}  // namespace berth::tokenomics
