// docs/tokenomics-inputs.md is the catalogue as a page; this keeps it so.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "tokenomics/derivation.hpp"
#include "tokenomics/inputs.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/presets.hpp"
#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {
namespace {

constexpr const char* kPath = BERTH_SOURCE_DIR "/docs/tokenomics-inputs.md";

constexpr std::string_view kHead = R"(# Inputs and quantities of token economics

What a scenario file, `berth cost` (as a flag: `gpu_price` is `--gpu-price`), the API and the page may enter, and what a check
case may expect. This page is generated from the catalogue of `src/tokenomics`; a test holds it to it, and
`BERTH_WRITE_DOCS=1 build/dev/bin/berth_tokenomics_test --gtest_filter='Document.*'` writes it anew.

A scenario is `{"berth_scenario": 1, "name": "...", "currency": "USD", <input>: <value>, ...}`; what is left out takes the
default, the reference machine. *Money* is the currency of the scenario. Defaults are in USD and are never converted: in another
currency every price whose default is not 0 has to be given.

A check case is `{"name", "inputs": {...}, "expected": {quantity: number or null}, "tolerance"}`. Its inputs are those of a scenario
and, besides, any quantity, which then stands in for its own computation: with `capital`, `running_cost_per_hour` and
`cloud_price_per_hour` given, `breakeven_hours` needs nothing else. `tolerance` is relative (1e-9 unless told), `absolute` in its
place is a difference in the unit of the quantity; `null` expects that there is no result.

Lists, beside the inputs below:

- `tiers`: the mix of models, `[{"name", "share", "throughput", "units", "slices_per_gpu", "efficiency", "cloud_price",
  "parameters_billion", "bytes_per_parameter", "kv_cache_gb", "overhead_gb"}]`. Shares add up to 1. `throughput` is that of one
  instance of `units` units at full load and stands in for the input of that name; `efficiency` below 1 is for time-shared units
  (0.76 in a vendor's test, A100, 2026-03). With `parameters_billion` the memory is checked.
- `profile`: hourly load, up to 8784 numbers of any unit. Its shape counts, its mean is the demand.
- `ranges`: `{input: [low, high]}` for the sensitivity question, in place of the ranges below.
- `fleet_tiers`: `[{"name", "demand", "parameters_billion", "bytes_per_parameter", "kv_cache_gb", "overhead_gb", "ways":
  [{"kind": "whole" | "slice" | "slot", "units", "quarters" (of a slice: 1 or 2), "slots" (on a GPU: 2, 4, 8 ...), "throughput",
  "efficiency"}]}]`, up to 8.

Tokens are counted in a basis: `output`, `total` (input and output) or `work` (output tokens, with input and cached tokens by
their weights). `throughput_basis` says what a measured throughput counts, `basis` what unit costs, the cloud price and the demand
count; between them the mix of a request (`input_tokens` and the others) and the lengths of the benchmark convert.
)";

std::string shown_default(const InputInfo& input) {
  if (const auto followed = followed_by(input.id)) return "as `" + std::string(info(*followed).name) + "`";
  if (!input.standard) return "-";
  Inputs inputs;
  inputs.set(input.id, *input.standard);
  const json::value value = input_json(inputs, input.id);
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  return number_text(*input.standard);
}

std::string range_of(const InputInfo& input) {
  if (!(input.low < input.high)) return "";
  return number_text(input.low) + " to " + number_text(input.high);
}

std::string inputs_of(std::string_view group) {
  std::string out = "\n### " + std::string(group) +
                    "\n\n| input | unit | allowed | default | own range | meaning | source |\n"
                    "|---|---|---|---|---|---|---|\n";
  for (std::size_t index = 0; index < kInputCount; ++index) {
    const InputInfo& input = info(input_at(index));
    if (input.group != group) continue;
    out += "| `" + std::string(input.name) + "` | " + std::string(input.unit) + " | " + allowed(input) +
           " | " + shown_default(input) + " | " + range_of(input) + " | " + std::string(input.text) + " | " +
           std::string(input.source) + (input.date.empty() ? "" : ", " + std::string(input.date)) + " |\n";
  }
  return out;
}

std::string rendered() {
  std::string out(kHead);
  out += "\n## Inputs\n";
  std::vector<std::string_view> groups;
  for (std::size_t index = 0; index < kInputCount; ++index) {
    const auto group = info(input_at(index)).group;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  for (const auto group : groups) out += inputs_of(group);
  out += "\n## Quantities\n\n| quantity | symbol | unit | formula |\n|---|---|---|---|\n";
  for (std::size_t index = 0; index < kQuantityCount; ++index) {
    const QuantityInfo& quantity = info(quantity_at(index));
    out += "| `" + std::string(quantity.name) + "` | `" + std::string(quantity.symbol) + "` | " +
           std::string(quantity.unit) + " | `" + std::string(quantity.formula) + "` |\n";
  }
  out += "\nSymbols of inputs in these formulas:\n\n| symbol | input |\n|---|---|\n";
  for (std::size_t index = 0; index < kInputCount; ++index) {
    const InputInfo& input = info(input_at(index));
    if (input.domain.kind == Kind::kChoice || input.domain.kind == Kind::kFlag) continue;
    out += "| `" + std::string(input.symbol) + "` | `" + std::string(input.name) + "` |\n";
  }
  out += "\n## Presets\n\n| preset | values | source | note |\n|---|---|---|---|\n";
  for (const auto part : {hardware_presets(), throughput_presets(), price_presets()}) {
    for (const Preset& preset : part) {
      std::string values;
      for (const PresetValue& value : preset.values) {
        if (info(value.input).domain.kind == Kind::kChoice) continue;
        values += (values.empty() ? "" : ", ") + std::string(info(value.input).name) + " " +
                  number_text(value.value);
        if (value.low < value.high)
          values += " (" + number_text(value.low) + " to " + number_text(value.high) + ")";
      }
      out += "| " + std::string(preset.name) + " | " + values + " | " + std::string(preset.source) + ", " +
             std::string(preset.date) + " | " + std::string(preset.note) + " |\n";
    }
  }
  return out;
}

TEST(Document, OfInputsAndQuantitiesIsTheCatalogue) {
  if (std::getenv("BERTH_WRITE_DOCS") != nullptr) std::ofstream(kPath) << rendered();
  std::ifstream file(kPath);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(text.str() == rendered())
      << "docs/tokenomics-inputs.md is behind the catalogue; its head says how to write it";
}

}  // namespace
}  // namespace berth::tokenomics
