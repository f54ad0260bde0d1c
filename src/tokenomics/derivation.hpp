// Results and their derivation as the answer shows them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {

/// "money/Mtok" becomes "EUR/Mtok".
std::string unit_text(std::string_view unit, std::string_view currency);

/// {"value", "unit"}, or null with "reason".
json::object result_json(const Maybe<double>& result, std::string_view unit, std::string_view currency);
/// The same of each, by name.
json::object results_json(Evaluation& e, std::span<const Q> asked, std::string_view currency);

inline constexpr std::string_view kComputed = "computed";
/// One line for everything computed so far, what it needs before it:
/// {"symbol", "name", "formula", "numbers", "value", "unit"}; value null with "reason" where there is none.
/// "numbers" is a calculation whose result is the value, "given" for what was told, or begins with kComputed
/// where the formula is words.
json::array derivation_json(const Evaluation& e, std::string_view currency);

/// All inputs that were used, by name, as a scenario would give them.
json::object used_inputs_json(const Evaluation& e);
/// One input as a scenario would give it; null when not given.
json::value input_json(const Inputs& inputs, In id);

}  // namespace berth::tokenomics
