#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "base/text.hpp"
#include "booking/profile.hpp"
#include "booking/rule_list.hpp"

namespace berth::booking {
namespace {

/// Units of the class on each node that is offered; in one walk over the units, since every request asks.
std::unordered_map<model::NodeId, int> units_on_nodes(const model::Pool& pool,
                                                      const model::DeviceClass& device_class) {
  std::unordered_map<model::NodeId, int> units;
  for (const model::Node& node : pool.nodes) {
    if (!node.retired) units.emplace(node.id, 0);
  }
  for (const model::Unit& unit : pool.units) {
    if (unit.device_class != device_class.id || unit.retired) continue;
    if (const auto found = units.find(unit.node); found != units.end()) ++found->second;
  }
  return units;
}

/// The most of each resource that a node with at least `units` units of the class can give, not all on one
/// node.
Load most_of(const model::Pool& pool, const model::DeviceClass& device_class, int units) {
  Load most;
  const auto offered = units_on_nodes(pool, device_class);
  for (const model::Node& node : pool.nodes) {
    const auto found = offered.find(node.id);
    if (found == offered.end() || found->second < std::max(units, 1)) continue;
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
  const char* field;
  const char* title;
  const char* unit;
  std::int64_t (*least)(const Draft&);
  const char* why_least;
  std::int64_t (*amount)(const Load&);
  std::string (*text)(std::int64_t);
  bool (*given)(const EditRequest&);
};

std::string whole(std::int64_t amount) {
  return std::to_string(amount);
}

std::int64_t one(const Draft& /*draft*/) {
  return 1;
}

std::int64_t home_and_model_cache(const Draft& draft) {
  return draft.device_class->least_storage().value;
}

constexpr Part kCpu{"cpu",   "CPU",
                    "cores", one,
                    "",      [](const Load& load) { return load.cpu.value; },
                    cores,   [](const EditRequest& asked) { return asked.cpu.has_value(); }};
constexpr Part kMemory{"memory_gib", "Memory",
                       "GiB",        one,
                       "",           [](const Load& load) { return load.memory.value; },
                       whole,        [](const EditRequest& asked) { return asked.memory.has_value(); }};
constexpr Part kStorage{"storage_gib",
                        "Storage",
                        "GiB",
                        home_and_model_cache,
                        ", for home and model cache",
                        [](const Load& load) { return load.storage.value; },
                        whole,
                        [](const EditRequest& asked) { return asked.storage.has_value(); }};

/// What an edit leaves as it was stays allowed.
bool keeps_load(const Draft& draft) {
  return draft.before != nullptr && !draft.reshaped && draft.load == draft.before->load;
}

std::optional<FieldError> fits(const Draft& draft, const Part& part) {
  if (keeps_load(draft)) return std::nullopt;
  const auto amount = part.amount(draft.load);
  const auto most = part.amount(most_of(draft.pool, *draft.device_class, draft.units));
  const std::string value = part.text(amount);
  if (const auto bound = part.least(draft); amount < bound) {
    const std::string least = part.text(bound);
    return FieldError{part.field, value, least,
                      fmt::format("{} is {} {}. At least {} {}{}.", part.title, value, part.unit, least,
                                  part.unit, part.why_least)};
  }
  if (amount <= most) return std::nullopt;
  const std::string limit = part.text(most);
  if (part.given(draft.asked)) {
    return FieldError{part.field, value, limit,
                      fmt::format("{} is {} {}. A node that has the units gives at most {} {}.", part.title,
                                  value, part.unit, limit, part.unit)};
  }
  return FieldError{
      part.field, value, limit,
      fmt::format("The defaults of {} {} need {} {}, and a node that has them gives at most {} {}. Give {}.",
                  draft.units, draft.units == 1 ? "unit" : "units", value, part.unit, limit, part.unit,
                  part.field)};
}

}  // namespace

Load times(const Load& one_unit, int units) {
  return one_unit * std::max(units, 0);
}

namespace rule {

std::optional<FieldError> class_is_offered(const Draft& draft) {
  if (draft.before != nullptr && (draft.begun || !draft.reshaped)) return std::nullopt;
  const auto* found = draft.device_class;
  const bool same = draft.before != nullptr && found != nullptr && found->id == draft.before->device_class;
  if (same || (found != nullptr && !found->retired)) return std::nullopt;
  const std::string name = shown(draft.asked.device_class.value_or(""));
  std::string known;
  for (const model::DeviceClass& one : draft.pool.classes) {
    if (!one.retired) known += (known.empty() ? "" : ", ") + one.name;
  }
  auto sentence =
      found != nullptr
          ? fmt::format("\"{}\" is no longer offered in pool {}. Offered: {}.", name, draft.pool.name, known)
          : fmt::format("Pool {} has no device class \"{}\". Offered: {}.", draft.pool.name, name, known);
  return FieldError{"device_class", name, known, std::move(sentence)};
}

std::optional<FieldError> some_units(const Draft& draft) {
  if (!draft.reshaped || draft.units >= 1) return std::nullopt;
  return FieldError{"units", std::to_string(draft.units), "1", "Book at least 1 unit."};
}

std::optional<FieldError> units_on_one_node(const Draft& draft) {
  if (!draft.reshaped) return std::nullopt;
  int most = 0;
  for (const auto& [node, units] : units_on_nodes(draft.pool, *draft.device_class))
    most = std::max(most, units);
  if (draft.units <= most) return std::nullopt;
  return FieldError{
      "units", std::to_string(draft.units), std::to_string(most),
      fmt::format("At most {} {} of {} {} on one node, and the units of a reservation are on one node.", most,
                  most == 1 ? "unit" : "units", draft.device_class->name, most == 1 ? "is" : "are")};
}

std::optional<FieldError> cpu_fits(const Draft& draft) {
  return fits(draft, kCpu);
}

std::optional<FieldError> memory_fits(const Draft& draft) {
  return fits(draft, kMemory);
}

std::optional<FieldError> storage_fits(const Draft& draft) {
  return fits(draft, kStorage);
}

}  // namespace rule
}  // namespace berth::booking
