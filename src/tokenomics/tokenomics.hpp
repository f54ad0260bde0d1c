// What a million tokens cost on own machines, when that beats a cloud price, and how many machines a demand
// needs. Pure: no clock, no I/O, no threads, no exceptions; the web page runs this same code compiled to
// WebAssembly.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::tokenomics {

enum class Question { kUnit, kBreakeven, kSolve, kAgents, kSensitivity, kFleet, kSourcing };

/// "unit", "breakeven", "solve", "agents", "sensitivity", "fleet", "sourcing".
std::string_view to_string(Question question);
std::optional<Question> question_named(std::string_view name);

/// Answers one question about one scenario: `{"berth_scenario": 1, "name": "...", "currency": "USD", <input>:
/// <value>}`. What is left out takes the catalogue's default, so `{}` is the reference machine. kInvalid
/// names every field at fault with value and limit; a result that does not exist is null with a reason, not
/// an error.
///
/// {"question", "currency", "inputs": {all used, resolved},
///  "results": {name: {"value": number|null, "unit", "reason" only when null}},
///  "derivation": [{"symbol", "name", "formula", "numbers", "value", "unit"}], "sentences": {...}, "notes":
///  [...]}
/// and the tables of that question (docs/tokenomics-inputs.md).
Result<json::object> answer(Question question, const json::value& scenario);

/// Everything that may be entered and asked for: {"inputs": [...], "presets": [...], "quantities": [...],
/// "questions": [...]}, with units, ranges, sources and dates.
json::object catalogue();

/// One expectation that was not met. `quantity` is empty when the whole case could not be computed.
struct CheckFailure {
  std::string name;  // of the case, else "case 3"
  std::string quantity;
  std::string message;  // a sentence with the expected and the computed number
};

struct CheckReport {
  std::size_t passed = 0;  // cases
  std::size_t failed = 0;  // cases with at least one expectation not met
  std::vector<CheckFailure> failures;
};

/// Runs [{"name"?, "inputs": {}, "expected": {quantity: number|null}, "tolerance"? | "absolute"?}]. Inputs of
/// a case may also give quantities, which then stand in for their own computation. `tolerance` is relative,
/// 1e-9 unless told. A case at fault counts as failed; kInvalid only when `cases` is no list.
Result<CheckReport> check(const json::value& cases);

}  // namespace berth::tokenomics
