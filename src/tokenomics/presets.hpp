// Sets of input values with a source and a date: a GPU, a system, a throughput, a cloud price list.
#pragma once

#include <span>
#include <string_view>

#include "tokenomics/inputs.hpp"

namespace berth::tokenomics {

struct PresetValue {
  In input;
  double value;
  double low;
  double high;
};

struct Preset {
  std::string_view group;  // "gpu", "system", "throughput", "cloud", "operations"
  std::string_view name;
  std::string_view source;
  std::string_view date;  // year, month or day
  std::string_view note;  // what the numbers hold for; empty where there is nothing to add
  std::span<const PresetValue> values;
};

std::span<const Preset> hardware_presets();
std::span<const Preset> throughput_presets();
std::span<const Preset> price_presets();

}  // namespace berth::tokenomics
