// Members of a scenario that are lists of objects: their numbers, names and unknown members.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/field_errors.hpp"
#include "base/json.hpp"
#include "tokenomics/inputs.hpp"

namespace berth::tokenomics {

struct Member {
  std::string_view name;
  Domain domain;
  std::string_view limit;
  bool required;
};

// What the model of a tier needs to be in memory.
inline constexpr Member kParameters{"parameters_billion", above(0, 1e5), "above 0, at most 100000", false};
inline constexpr Member kBytes{"bytes_per_parameter", above(0, 16), "above 0, at most 16", false};
inline constexpr Member kKvCache{"kv_cache_gb", from(0, 1e5), "0 to 100000", false};
inline constexpr Member kOverhead{"overhead_gb", from(0, 1e5), "0 to 100000", false};

/// Reads one object of a list; faults carry its path.
class ListItem {
 public:
  ListItem(std::string path, const json::object& object, FieldErrors& faults)
      : path_(std::move(path)), object_(object), faults_(faults) {}

  std::optional<double> read(const Member& member);
  /// Weights, KV cache and overhead; empty when no size of the model is given.
  std::optional<double> read_memory();
  /// Its name, else its path.
  std::string name();
  /// `others` are known members that are no numbers.
  void refuse_others(std::span<const Member* const> known, std::span<const std::string_view> others = {});

  const std::string& path() const { return path_; }
  const json::object& object() const { return object_; }

 private:
  std::string path_;
  const json::object& object_;
  FieldErrors& faults_;
};

/// The list of 1 to `most` behind `value`, or a fault.
const json::array* list_of(std::string_view name, const json::value& value, std::size_t most,
                           FieldErrors& faults);
/// The object at `index`, or a fault.
const json::object* object_at(const json::array& list, std::size_t index, const std::string& path,
                              FieldErrors& faults);

void read_fleet_tiers(const json::value& value, Inputs& inputs, FieldErrors& faults);

}  // namespace berth::tokenomics
