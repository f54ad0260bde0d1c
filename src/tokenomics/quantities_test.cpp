#include "tokenomics/quantities.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tokenomics/derivation.hpp"
#include "tokenomics/random_plant.hpp"

namespace berth::tokenomics {
namespace {

TEST(Quantities, StandInTheOrderOfTheirNumbers) {
  for (std::size_t index = 0; index < kQuantityCount; ++index) {
    const QuantityInfo& quantity = info(quantity_at(index));
    EXPECT_EQ(quantity.id, quantity_at(index)) << quantity.name;
    EXPECT_EQ(quantity_named(quantity.name), quantity.id);
    EXPECT_FALSE(quantity.formula.empty()) << quantity.name;
  }
  EXPECT_EQ(cost_quantities().size() + work_quantities().size() + cloud_quantities().size() +
                sizing_quantities().size() + queue_quantities().size() + agent_quantities().size(),
            kQuantityCount);
}

/// Any allowed number, the ends among them.
double anywhere(RandomCases& random, const InputInfo& input) {
  const Domain& domain = input.domain;
  const double least = domain.above_least ? std::max(1e-9, domain.least) : domain.least;
  if (domain.kind != Kind::kNumber) {
    return std::floor(random.coin() ? random.between(least, std::min(domain.most, least + 5))
                                    : random.between(least, domain.most + 0.999));
  }
  switch (random.whole(0, 3)) {
    case 0:
      return least;
    case 1:
      return domain.most;
    case 2:
      return random.between(least, domain.most);
    default:
      return random.scaled(std::max(least, 1e-9), std::max(domain.most, 1e-8));
  }
}

TEST(Quantities, AreFiniteOrHaveAReasonForAnyAllowedInputs) {
  RandomCases random(601);
  for (int i = 0; i < 1000; ++i) {
    Inputs inputs = standard_inputs();
    // A few wild inputs at a time: with all of them wild nearly every result would only be too large.
    for (int change = 0; change < 6; ++change) {
      const In id =
          input_at(static_cast<std::size_t>(random.whole(0, static_cast<std::int64_t>(kInputCount) - 1)));
      inputs.set(id, anywhere(random, info(id)));
    }
    inputs.set(In::kSharing, 0);
    // Long queues and long runs are slow in a debug build; their own tests go there.
    inputs.set(In::kSlotsPerGpu, 1);
    Evaluation e(inputs);
    for (std::size_t index = 0; index < kQuantityCount; ++index) {
      const auto result = e.get(quantity_at(index));
      ASSERT_TRUE(result ? std::isfinite(*result) : !result.reason().empty())
          << info(quantity_at(index)).name;
    }
  }
}

TEST(Evaluation, AGivenQuantityStandsInForItsComputation) {
  const Inputs inputs = standard_inputs();
  Givens givens;
  givens.set(Q::kCapital, 1000);
  Evaluation e(inputs, &givens);
  EXPECT_EQ(*e.get(Q::kCapital), 1000);
  EXPECT_EQ(*e.get(Q::kResidualValue), 100);
  EXPECT_FALSE(e.used()[static_cast<std::size_t>(In::kGpuPrice)]);
}

TEST(Evaluation, WhatNeedsAMissingResultIsMissingForItsReason) {
  Inputs inputs = standard_inputs();
  inputs.set(In::kCoolingPrice, 0.05);
  inputs.set(In::kElectricityPrice, 0);
  Evaluation e(inputs);
  const auto pue = e.get(Q::kPowerUsageEffectiveness);
  ASSERT_FALSE(pue);
  EXPECT_EQ(e.get(Q::kUnitCost).reason(), pue.reason());
  // What does not need it is there.
  EXPECT_TRUE(e.get(Q::kCapital));
}

TEST(Evaluation, DependenciesComeBeforeWhatNeedsThem) {
  const Inputs inputs = standard_inputs();
  Evaluation e(inputs);
  static_cast<void>(e.get(Q::kBreakevenUtilisation));
  std::vector<bool> there(kQuantityCount);
  for (const Q id : e.order()) {
    for (const Reading& reading : e.readings()) {
      if (reading.by == id && !reading.is_input) {
        EXPECT_TRUE(there[reading.id]) << info(id).name;
      }
    }
    there[static_cast<std::size_t>(id)] = true;
  }
}

TEST(Derivation, ShowsTheFormulaWithItsNumbers) {
  const Inputs inputs = standard_inputs();
  Evaluation e(inputs);
  static_cast<void>(e.get(Q::kCapital));
  static_cast<void>(e.get(Q::kBreakevenMonths));
  const json::array lines = derivation_json(e, "EUR");
  const auto line = [&](std::string_view name) -> json::object {
    for (const auto& one : lines) {
      if (one.at("name").as_string() == name) return one.as_object();
    }
    return {};
  };
  EXPECT_EQ(line("capital").at("symbol").as_string(), "K");
  EXPECT_EQ(line("capital").at("formula").as_string(),
            "N*p_gpu + N_srv*p_srv + K_other + net*(N_srv - 1)*(k*p_gpu + p_srv)");
  EXPECT_EQ(line("capital").at("numbers").as_string(),
            "2*13250 + 1*30000 + 0 + 0.12*(1 - 1)*(2*13250 + 30000)");
  EXPECT_EQ(line("capital").at("value").as_double(), 56500);
  EXPECT_EQ(line("capital").at("unit").as_string(), "EUR");
  // A starred symbol is one symbol, a product is a product.
  EXPECT_EQ(line("breakeven_months").at("numbers").as_string(), "18365.944/730");
  EXPECT_EQ(line("residual_value").at("numbers").as_string(), "0.1*56500");
}

TEST(Derivation, FollowsTheChoicesOfTheScenario) {
  Inputs inputs = standard_inputs();
  inputs.set(In::kCapitalRate, 0);
  inputs.set(In::kPower, 1);
  inputs.tiers = {{.name = "8B",
                   .share = 1,
                   .throughput = 500,
                   .units = 1,
                   .slices_per_gpu = 4,
                   .efficiency = 1,
                   .cloud_price = {},
                   .needed_gb = {}}};
  Evaluation e(inputs);
  static_cast<void>(e.get(Q::kUnitCost));
  std::string text = json::serialize(derivation_json(e, "USD"));
  EXPECT_NE(text.find("(K - S)/L"), std::string::npos);
  EXPECT_NE(text.find("1/(1/2000)"), std::string::npos);
  EXPECT_NE(text.find("N_srv*P_base + N*P_act"), std::string::npos);
}

}  // namespace
}  // namespace berth::tokenomics
