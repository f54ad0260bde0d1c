// The members of a scenario that hold more than one value.
#include <cmath>

#include "base/shown_value.hpp"
#include "base/text.hpp"
#include "tokenomics/list_item.hpp"
#include "tokenomics/mix.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/scenario.hpp"

namespace berth::tokenomics {
namespace {

constexpr double kShareTolerance = 1e-6;

constexpr Member kShare{"share", from(0, 1), "0 to 1", true};
constexpr Member kTierThroughput{"throughput", above(0, 1e9), "above 0, at most 1000000000", true};
constexpr Member kUnits{"units", whole(1, 64), "a whole number, 1 to 64", false};
constexpr Member kSlicesPerGpu{"slices_per_gpu", whole(1, 100), "a whole number, 1 to 100", false};
constexpr Member kEfficiency{"efficiency", above(0, 1), "above 0, at most 1", false};
constexpr Member kCloudPrice{"cloud_price", from(0, 1e9), "0 to 1000000000", false};
constexpr const Member* kTierMembers[] = {&kShare,      &kTierThroughput, &kUnits,      &kSlicesPerGpu,
                                          &kEfficiency, &kCloudPrice,     &kParameters, &kBytes,
                                          &kKvCache,    &kOverhead};

TierInput read_tier(ListItem item) {
  TierInput tier;
  tier.name = item.name();
  tier.share = item.read(kShare).value_or(0);
  tier.throughput = item.read(kTierThroughput).value_or(1);
  tier.units = item.read(kUnits).value_or(tier.units);
  tier.slices_per_gpu = item.read(kSlicesPerGpu).value_or(tier.slices_per_gpu);
  tier.efficiency = item.read(kEfficiency).value_or(tier.efficiency);
  tier.cloud_price = item.read(kCloudPrice);
  tier.needed_gb = item.read_memory();
  item.refuse_others(kTierMembers);
  return tier;
}

void read_tiers(const json::value& value, Inputs& inputs, FieldErrors& faults) {
  const auto* list = list_of("tiers", value, kMaxTiers, faults);
  if (list == nullptr) return;
  inputs.tiers.clear();
  double shares = 0;
  bool whole_list = true;
  for (std::size_t index = 0; index < list->size(); ++index) {
    const std::string path = "tiers[" + std::to_string(index) + "]";
    const auto* object = object_at(*list, index, path, faults);
    if (object == nullptr) {
      whole_list = false;
      continue;
    }
    inputs.tiers.push_back(read_tier(ListItem(path, *object, faults)));
    shares += inputs.tiers.back().share;
  }
  if (whole_list && std::abs(shares - 1) > kShareTolerance) {
    faults.add("tiers", number_text(shares), "1, within 0.000001",
               "the shares of the tiers add up to " + number_text(shares) + "; they must add up to 1");
  }
}

void read_profile(const json::value& value, Inputs& inputs, FieldErrors& faults) {
  const auto* list = list_of("profile", value, kMaxGivenHours, faults);
  if (list == nullptr) return;
  inputs.profile.clear();
  double sum = 0;
  for (std::size_t index = 0; index < list->size(); ++index) {
    const auto load = read_number("profile[" + std::to_string(index) + "]", from(0, 1e18),
                                  "0 to 1000000000000000000", (*list)[index], faults);
    if (!load) return;  // one broken hour is enough to say
    inputs.profile.push_back(*load);
    sum += *load;
  }
  if (!(sum > 0)) faults.add("profile", "0", "load in at least one hour", "profile has no load in any hour");
}

}  // namespace

bool read_list(std::string_view name, const json::value& value, Inputs& inputs, FieldErrors& faults) {
  if (name != "tiers" && name != "profile" && name != "fleet_tiers") return false;
  if (value.is_null()) return true;
  if (name == "tiers") {
    read_tiers(value, inputs, faults);
  } else if (name == "profile") {
    read_profile(value, inputs, faults);
  } else {
    read_fleet_tiers(value, inputs, faults);
  }
  return true;
}

void read_ranges(const json::value& value, Scenario& scenario, FieldErrors& faults) {
  const auto* object = value.if_object();
  if (object == nullptr) {
    faults.add("ranges", shown_value(value), "an object", "ranges must be an object of [low, high] by input");
    return;
  }
  for (const auto& member : *object) {
    const std::string field = "ranges." + shown(std::string_view(member.key()));
    const auto id = input_named(member.key());
    const auto* pair = member.value().if_array();
    if (!id || info(*id).domain.kind == Kind::kFlag || info(*id).domain.kind == Kind::kChoice) {
      faults.add(field, "", "a number of the catalogue of inputs", field + " is no input with a range");
      continue;
    }
    if (pair == nullptr || pair->size() != 2) {
      faults.add(field, shown_value(member.value()), "[low, high]", field + " must be [low, high]");
      continue;
    }
    const InputInfo& input = info(*id);
    const auto low = read_number(field + "[0]", input.domain, allowed(input), (*pair)[0], faults);
    const auto high = read_number(field + "[1]", input.domain, allowed(input), (*pair)[1], faults);
    if (!low || !high) continue;
    if (*low > *high) {
      faults.add(field, number_text(*low), "at most " + number_text(*high),
                 field + " has its low above its high");
      continue;
    }
    scenario.ranges[static_cast<std::size_t>(*id)] = Range{*low, *high};
  }
}

}  // namespace berth::tokenomics
