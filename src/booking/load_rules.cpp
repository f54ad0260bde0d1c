#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "booking/profile.hpp"
#include "booking/rules.hpp"

namespace berth::booking {
namespace {

int units_on(const model::Pool& pool, const model::Node& node, const model::DeviceClass& device_class) {
  return static_cast<int>(std::count_if(pool.units.begin(), pool.units.end(), [&](const model::Unit& unit) {
    return unit.node == node.id && unit.device_class == device_class.id && !unit.retired;
  }));
}

/// The most of each resource that a node with at least `units` units of the class can give, not all on one
/// node.
Load most_of(const model::Pool& pool, const model::DeviceClass& device_class, int units) {
  Load most;
  for (const model::Node& node : pool.nodes) {
    if (node.retired || units_on(pool, node, device_class) < std::max(units, 1)) continue;
    const Load bookable = node.bookable();
    most.cpu = std::max(most.cpu, bookable.cpu);
    most.memory = std::max(most.memory, bookable.memory);
    most.storage = std::max(most.storage, bookable.storage);
  }
  return most;
}

std::string cores(std::int64_t milli) {
  if (milli >= 0) return format_cores({milli});
  return "-" + format_cores({-std::max(milli, -std::numeric_limits<std::int64_t>::max())});
}

/// One resource of a load: how it is called, written and bounded.
struct Part {
  std::string field;
  std::string title;
  std::string unit;
  std::int64_t amount = 0;
  std::int64_t least = 0;
  std::int64_t most = 0;
  bool given = false;
  std::string (*text)(std::int64_t) = nullptr;
  std::string why_least;
};

void check_part(const Part& part, int units, Faults& faults) {
  const std::string value = part.text(part.amount);
  if (part.amount < part.least) {
    faults.add(part.field, value, part.text(part.least),
               fmt::format("{} is {} {}. At least {} {}{}.", part.title, value, part.unit,
                           part.text(part.least), part.unit, part.why_least));
    return;
  }
  if (part.amount <= part.most) return;
  const std::string most = part.text(part.most);
  faults.add(
      part.field, value, most,
      part.given
          ? fmt::format("{} is {} {}. A node that has the units gives at most {} {}.", part.title, value,
                        part.unit, most, part.unit)
          : fmt::format("The defaults of {} {} need {} {}, and a node that has them gives at most {} {}. "
                        "Give {}.",
                        units, units == 1 ? "unit" : "units", value, part.unit, most, part.unit, part.field));
}

}  // namespace

Load times(const Load& one_unit, int units) {
  return one_unit * std::max(units, 0);
}

const model::DeviceClass* check_class(const model::Pool& pool, std::string_view name, Faults& faults) {
  const model::DeviceClass* found = pool.find_class(name);
  if (found != nullptr && !found->retired) return found;
  std::string known;
  for (const model::DeviceClass& one : pool.classes) {
    if (!one.retired) known += (known.empty() ? "" : ", ") + one.name;
  }
  faults.add(
      "device_class", shown(name), known,
      found != nullptr
          ? fmt::format("\"{}\" is no longer offered in pool {}. Offered: {}.", shown(name), pool.name, known)
          : fmt::format("Pool {} has no device class \"{}\". Offered: {}.", pool.name, shown(name), known));
  return nullptr;
}

void check_units(const model::Pool& pool, const model::DeviceClass& device_class, int units, Faults& faults) {
  if (units < 1) {
    faults.add("units", std::to_string(units), "1", "Book at least 1 unit.");
    return;
  }
  int most = 0;
  for (const model::Node& node : pool.nodes) {
    if (!node.retired) most = std::max(most, units_on(pool, node, device_class));
  }
  if (units <= most) return;
  faults.add(
      "units", std::to_string(units), std::to_string(most),
      fmt::format("At most {} {} of {} {} on one node, and the units of a reservation are on one node.", most,
                  most == 1 ? "unit" : "units", device_class.name, most == 1 ? "is" : "are"));
}

void check_load(const model::Pool& pool, const model::DeviceClass& device_class, int units, const Load& load,
                Given given, Faults& faults) {
  const Load most = most_of(pool, device_class, units);
  const auto whole = [](std::int64_t amount) { return std::to_string(amount); };
  check_part({"cpu", "CPU", "cores", load.cpu.value, 1, most.cpu.value, given.cpu, cores, ""}, units, faults);
  check_part(
      {"memory_gib", "Memory", "GiB", load.memory.value, 1, most.memory.value, given.memory, whole, ""},
      units, faults);
  const std::int64_t least = (model::kHomeStorage + model::kModelCacheStorage).value;
  check_part({"storage_gib", "Storage", "GiB", load.storage.value, least, most.storage.value, given.storage,
              whole, ", for home and model cache"},
             units, faults);
}

}  // namespace berth::booking
