#include "tokenomics/inputs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tokenomics/presets.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::tokenomics {
namespace {

bool is_snake_case(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool digit = text[at] >= '0' && text[at] <= '9';
    if (kShape[at] == 'd' ? !digit : text[at] != '-') return false;
  }
  return true;
}

bool is_allowed(const InputInfo& input, double value) {
  const Domain& domain = input.domain;
  return value <= domain.most && (domain.above_least ? value > domain.least : value >= domain.least);
}

TEST(Catalogue, InputsStandInTheOrderOfTheirNumbers) {
  ASSERT_EQ(cost_inputs().size() + workload_inputs().size() + demand_inputs().size(), kInputCount);
  for (std::size_t index = 0; index < kInputCount; ++index) {
    EXPECT_EQ(info(input_at(index)).id, input_at(index)) << info(input_at(index)).name;
  }
}

TEST(Catalogue, EveryInputIsDescribedAndItsDefaultAllowed) {
  for (std::size_t index = 0; index < kInputCount; ++index) {
    const InputInfo& input = info(input_at(index));
    SCOPED_TRACE(input.name);
    EXPECT_TRUE(is_snake_case(input.name));
    EXPECT_FALSE(input.symbol.empty());
    EXPECT_FALSE(input.text.empty());
    EXPECT_FALSE(input.source.empty());
    EXPECT_TRUE(input.date.empty() || is_date(input.date));
    EXPECT_LE(input.low, input.high);
    if (!input.standard) continue;
    EXPECT_TRUE(is_allowed(input, *input.standard));
    EXPECT_TRUE(is_allowed(input, input.low));
    EXPECT_TRUE(is_allowed(input, input.high));
    EXPECT_LE(input.low, *input.standard);
    EXPECT_GE(input.high, *input.standard);
  }
}

TEST(Inputs, WhatFollowsAnotherHasItsValueUntilItIsSetItself) {
  auto inputs = standard_inputs();
  EXPECT_EQ(inputs[In::kCloudCachedPrice], inputs[In::kCloudInputPrice]);
  inputs.set(In::kCloudInputPrice, 5);
  EXPECT_EQ(inputs[In::kCloudCachedPrice], 5);
  EXPECT_EQ(inputs[In::kCloudWritePrice], 5);
  inputs.set(In::kCloudCachedPrice, 0.5);
  inputs.set(In::kCloudInputPrice, 6);
  EXPECT_EQ(inputs[In::kCloudCachedPrice], 0.5);
  EXPECT_EQ(inputs[In::kCloudWritePrice], 6);
  EXPECT_EQ(inputs[In::kCloudOutputPrice], 0.88);
}

TEST(Catalogue, NoNameOrSymbolMeansTwoThings) {
  std::set<std::string_view> names;
  std::set<std::string_view> symbols;
  for (std::size_t index = 0; index < kInputCount; ++index) {
    EXPECT_TRUE(names.insert(info(input_at(index)).name).second) << info(input_at(index)).name;
    EXPECT_TRUE(symbols.insert(info(input_at(index)).symbol).second) << info(input_at(index)).symbol;
  }
  for (std::size_t index = 0; index < kQuantityCount; ++index) {
    EXPECT_TRUE(names.insert(info(quantity_at(index)).name).second) << info(quantity_at(index)).name;
    EXPECT_TRUE(symbols.insert(info(quantity_at(index)).symbol).second) << info(quantity_at(index)).symbol;
  }
}

TEST(Catalogue, PresetsAreAllowedValuesWithSourceAndDate) {
  for (const auto part : {hardware_presets(), throughput_presets(), price_presets()}) {
    for (const Preset& preset : part) {
      SCOPED_TRACE(preset.name);
      EXPECT_FALSE(preset.source.empty());
      EXPECT_TRUE(is_date(preset.date));
      EXPECT_FALSE(preset.values.empty());
      for (const PresetValue& value : preset.values) {
        EXPECT_TRUE(is_allowed(info(value.input), value.value)) << info(value.input).name;
        EXPECT_LE(value.low, value.value);
        EXPECT_GE(value.high, value.value);
      }
    }
  }
}

TEST(Catalogue, IsOneDocument) {
  const json::object all = catalogue();
  EXPECT_EQ(all.at("inputs").as_array().size(), kInputCount);
  EXPECT_EQ(all.at("quantities").as_array().size(), kQuantityCount);
  EXPECT_GE(all.at("presets").as_array().size(), 40);
  EXPECT_EQ(all.at("inputs").as_array()[3].at("name").as_string(), "gpu_price");
  EXPECT_EQ(all.at("inputs").as_array()[3].at("default").as_double(), 13250);
}

TEST(Allowed, SaysTheDomainInWords) {
  EXPECT_EQ(allowed(info(In::kUtilisation)), "above 0, at most 1");
  EXPECT_EQ(allowed(info(In::kResidualShare)), "0 to 1");
  EXPECT_EQ(allowed(info(In::kPower)), "one of by_load, fixed");
  EXPECT_EQ(allowed(info(In::kSoldByServer)), "true or false");
}

}  // namespace
}  // namespace berth::tokenomics
