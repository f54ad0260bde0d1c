#include "tokenomics/fleet_check.hpp"

#include <bit>
#include <cmath>
#include <string>

#include "tokenomics/numbers.hpp"
#include "tokenomics/packing.hpp"

namespace berth::tokenomics {

namespace {

std::string at(const char* list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

/// Collects nothing: the first fault is the answer, later checks are skipped by it.
class FirstFault {
 public:
  void number(const std::string& field, double value, bool good, const std::string& limit) {
    if (fault_ || (std::isfinite(value) && good)) return;
    fault_ = invalid_field(field, number_text(value), limit, field + " must be " + limit + ".");
  }
  void whole(const std::string& field, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (fault_ || (value >= low && value <= high)) return;
    const std::string limit = std::to_string(low) + " to " + std::to_string(high);
    fault_ = invalid_field(field, std::to_string(value), limit, field + " must be " + limit + ".");
  }
  void power_of_two(const std::string& field, std::int64_t value, std::int64_t high) {
    if (fault_ || (value >= 1 && value <= high && std::has_single_bit(static_cast<std::uint64_t>(value))))
      return;
    const std::string limit = "1, 2, 4 and so on up to " + std::to_string(high);
    fault_ = invalid_field(field, std::to_string(value), limit, field + " must be " + limit + ".");
  }
  void zero_or_more(const std::string& field, double value) { number(field, value, value >= 0, "0 or more"); }
  void size(const std::string& field, std::size_t value, std::size_t low, std::size_t high) {
    whole(field, static_cast<std::int64_t>(value), static_cast<std::int64_t>(low),
          static_cast<std::int64_t>(high));
  }
  bool found() const { return fault_.has_value(); }
  std::optional<Error> take() { return std::move(fault_); }

 private:
  std::optional<Error> fault_;
};

void check_machine(const Machine& machine, const std::string& field, FirstFault& check) {
  const Redundancy& redundancy = machine.redundancy;
  check.zero_or_more(field + ".cost_per_gpu_year", machine.cost_per_gpu_year);
  check.zero_or_more(field + ".cost_per_server_year", machine.cost_per_server_year);
  check.number(field + ".redundancy.factor", redundancy.factor, redundancy.factor >= 1, "1 or more");
  check.zero_or_more(field + ".redundancy.spare_gpus", redundancy.spare_gpus);
  check.number(field + ".redundancy.gpus_per_server", redundancy.gpus_per_server,
               redundancy.gpus_per_server >= 1, "1 or more");
}

void check_way(const Fleet& fleet, const Way& way, const std::string& field, FirstFault& check) {
  check.size(field + ".division", way.division, 0, fleet.divisions.size() - 1);
  if (check.found()) return;
  check.power_of_two(field + ".parts_per_unit", way.parts_per_unit,
                     fleet.divisions[way.division].parts_per_gpu);
  check.whole(field + ".units_per_instance", way.units_per_instance, 1, kMaxUnitsPerInstance);
  check.zero_or_more(field + ".instance_tokens_per_second", way.instance_tokens_per_second);
  check.number(field + ".sharing_efficiency", way.sharing_efficiency,
               way.sharing_efficiency >= 0 && way.sharing_efficiency <= 1, "0 to 1");
  check.zero_or_more(field + ".available_gb", way.available_gb);
}

}  // namespace

std::optional<Error> fleet_fault(const Fleet& fleet) {
  FirstFault check;
  check.number("peak_utilisation", fleet.peak_utilisation,
               fleet.peak_utilisation > 0 && fleet.peak_utilisation <= 1, "above 0 and at most 1");
  check.size("machines", fleet.machines.size(), 1, kMaxFleetMachines);
  check.size("divisions", fleet.divisions.size(), 1, kMaxFleetDivisions);
  check.size("tiers", fleet.tiers.size(), 1, kMaxFleetTiers);
  if (check.found()) return check.take();
  for (std::size_t m = 0; m < fleet.machines.size(); ++m)
    check_machine(fleet.machines[m], at("machines", m), check);
  for (std::size_t d = 0; d < fleet.divisions.size(); ++d) {
    const Division& division = fleet.divisions[d];
    check.size(at("divisions", d) + ".machine", division.machine, 0, fleet.machines.size() - 1);
    check.power_of_two(at("divisions", d) + ".parts_per_gpu", division.parts_per_gpu, kMaxPartsPerGpu);
  }
  for (std::size_t t = 0; t < fleet.tiers.size(); ++t) {
    const FleetTier& tier = fleet.tiers[t];
    check.zero_or_more(at("tiers", t) + ".peak_tokens_per_second", tier.peak_tokens_per_second);
    check.zero_or_more(at("tiers", t) + ".needed_gb", tier.needed_gb);
    check.size(at("tiers", t) + ".ways", tier.ways.size(), 0, kMaxWaysPerTier);
    for (std::size_t w = 0; w < tier.ways.size() && !check.found(); ++w)
      check_way(fleet, tier.ways[w], at("tiers", t) + "." + at("ways", w), check);
  }
  return check.take();
}

}  // namespace berth::tokenomics
