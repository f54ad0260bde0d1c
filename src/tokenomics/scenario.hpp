// A scenario as it comes in, read against the catalogue.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/field_errors.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "tokenomics/inputs.hpp"

namespace berth::tokenomics {

inline constexpr std::int64_t kScenarioVersion = 1;
inline constexpr std::size_t kMaxNameBytes = 200;
inline constexpr std::size_t kMaxTiers = 64;
inline constexpr std::size_t kMaxGivenHours = 8784;  // a leap year
inline constexpr std::string_view kStandardCurrency = "USD";

/// Low and high of an input's own range, as told by the scenario.
struct Range {
  double low;
  double high;
};

struct Scenario {
  std::string name;
  std::string currency{kStandardCurrency};
  Inputs inputs = standard_inputs();
  std::array<std::optional<Range>, kInputCount> ranges;
};

/// kInvalid names every field at fault.
Result<Scenario> read_scenario(const json::value& scenario);

/// One member of a scenario that is no list and no heading. False when no input has that name.
bool read_input(std::string_view name, const json::value& value, Inputs& inputs, FieldErrors& faults);
/// Members that are lists or objects: tiers, profile. False when none has that name.
bool read_list(std::string_view name, const json::value& value, Inputs& inputs, FieldErrors& faults);
void read_ranges(const json::value& value, Scenario& scenario, FieldErrors& faults);
/// What one field alone cannot show: sums of shares, memory, inputs that contradict each other.
void check_together(const Inputs& inputs, FieldErrors& faults);
/// "gpu_prize is no input; did you mean gpu_price?"
void refuse_unknown(std::string_view name, FieldErrors& faults);

/// The number in `value` if it lies in the domain, else empty and a fault.
std::optional<double> read_number(std::string_view field, const Domain& domain, std::string_view limit,
                                  const json::value& value, FieldErrors& faults);

}  // namespace berth::tokenomics
