#include "tokenomics/derivation.hpp"
#include "tokenomics/inputs.hpp"
#include "tokenomics/presets.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/scenario.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::tokenomics {
namespace {

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::kNumber:
      return "number";
    case Kind::kWhole:
      return "whole";
    case Kind::kFlag:
      return "flag";
    case Kind::kChoice:
      return "choice";
  }
  return "number";
}

json::value as_entered(const InputInfo& input, double value) {
  Inputs inputs;
  inputs.set(input.id, value);
  return input_json(inputs, input.id);
}

json::object input_entry(const InputInfo& input) {
  json::object out{{"name", input.name},
                   {"symbol", input.symbol},
                   {"unit", input.unit},
                   {"group", input.group},
                   {"kind", kind_text(input.domain.kind)},
                   {"allowed", allowed(input)},
                   {"default", input.standard ? as_entered(input, *input.standard) : json::value(nullptr)},
                   {"text", input.text},
                   {"source", input.source},
                   {"date", input.date}};
  if (const auto followed = followed_by(input.id)) out["follows"] = info(*followed).name;
  if (input.domain.kind == Kind::kChoice) {
    json::array choices;
    for (const auto word : input.domain.choices) choices.push_back(json::value(word));
    out["choices"] = std::move(choices);
  } else if (input.domain.kind != Kind::kFlag) {
    out["least"] = input.domain.least;
    out["most"] = input.domain.most;
    out["above_least"] = input.domain.above_least;
    out["low"] = input.low;
    out["high"] = input.high;
  }
  return out;
}

json::object preset_entry(const Preset& preset) {
  json::array values;
  for (const PresetValue& value : preset.values) {
    json::object one{{"input", info(value.input).name},
                     {"value", as_entered(info(value.input), value.value)}};
    if (value.low < value.high) {
      one["low"] = value.low;
      one["high"] = value.high;
    }
    values.push_back(std::move(one));
  }
  return {{"group", preset.group},      {"name", preset.name}, {"source", preset.source},
          {"date", preset.date},        {"note", preset.note}, {"currency", kStandardCurrency},
          {"values", std::move(values)}};
}

}  // namespace

json::object catalogue() {
  json::array inputs;
  for (std::size_t index = 0; index < kInputCount; ++index)
    inputs.push_back(input_entry(info(input_at(index))));
  json::array presets;
  for (const auto part : {hardware_presets(), throughput_presets(), price_presets()}) {
    for (const Preset& preset : part) presets.push_back(preset_entry(preset));
  }
  json::array quantities;
  for (std::size_t index = 0; index < kQuantityCount; ++index) {
    const QuantityInfo& quantity = info(quantity_at(index));
    quantities.push_back(json::object{{"name", quantity.name},
                                      {"symbol", quantity.symbol},
                                      {"unit", quantity.unit},
                                      {"formula", quantity.formula}});
  }
  json::array questions;
  for (const Question question : {Question::kUnit, Question::kBreakeven, Question::kSolve, Question::kAgents,
                                  Question::kSensitivity, Question::kFleet, Question::kSourcing}) {
    questions.push_back(json::value(to_string(question)));
  }
  return {{"berth_scenario", kScenarioVersion},  {"currency", kStandardCurrency},
          {"inputs", std::move(inputs)},         {"presets", std::move(presets)},
          {"quantities", std::move(quantities)}, {"questions", std::move(questions)}};
}

}  // namespace berth::tokenomics
