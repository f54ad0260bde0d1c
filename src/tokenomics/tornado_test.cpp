#include "tokenomics/tornado.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tokenomics/random_plant.hpp"

namespace berth::tokenomics {
namespace {

Scenario random_scenario(RandomCases& random) {
  Scenario scenario;
  scenario.inputs = random_inputs(random);
  for (const In id : {In::kGpuPrice, In::kElectricityPrice, In::kUtilisation, In::kLifeYears, In::kDemand}) {
    const double value = scenario.inputs[id];
    if (random.coin()) {
      scenario.ranges[static_cast<std::size_t>(id)] = Range{
          value * random.between(0.2, 1), value * random.between(1, id == In::kUtilisation ? 1 / value : 3)};
    }
  }
  return scenario;
}

// The cost rises or falls with each of these all the way.
constexpr In kMonotone[] = {
    In::kGpuPrice,     In::kServerPrice,    In::kOtherCapital,     In::kResidualShare, In::kMaintenanceShare,
    In::kStaffFte,     In::kHostingPerYear, In::kElectricityPrice, In::kPue,           In::kUtilisation,
    In::kAvailability, In::kServiceFactor,  In::kThroughput,       In::kCapitalRate,   In::kLifeYears};

TEST(Invariant17, BarsAreSortedHoldTheBaseAndComeOutTheSameAgain) {
  RandomCases random(517);
  for (int i = 0; i < kCases; ++i) {
    const Scenario scenario = random_scenario(random);
    // A cheap target keeps ten thousand tornados short; every tenth moves the whole chain.
    const Q target = i % 10 == 0 ? Q::kUnitCost : Q::kAnnualCapital;
    const Tornado result = tornado(scenario, target);
    ASSERT_TRUE(result.base);
    ASSERT_TRUE(std::is_sorted(result.bars.begin(), result.bars.end(),
                               [](const Bar& left, const Bar& right) { return *left.swing > *right.swing; }));
    for (const Bar& bar : result.bars) {
      ASSERT_LE(bar.low, scenario.inputs[bar.input]);
      ASSERT_GE(bar.high, scenario.inputs[bar.input]);
      if (std::find(std::begin(kMonotone), std::end(kMonotone), bar.input) == std::end(kMonotone)) continue;
      const double slack = 1e-12 * *result.base;
      ASSERT_LE(std::min(*bar.at_low, *bar.at_high), *result.base + slack);
      ASSERT_GE(std::max(*bar.at_low, *bar.at_high), *result.base - slack);
    }
    const Tornado again = tornado(scenario, target);
    ASSERT_EQ(result.bars.size(), again.bars.size());
    for (std::size_t index = 0; index < result.bars.size(); ++index) {
      ASSERT_EQ(result.bars[index].input, again.bars[index].input);
      ASSERT_EQ(*result.bars[index].swing, *again.bars[index].swing);
    }
  }
}

TEST(Invariant17, AnInputThatDoesNotEnterHasNoSwing) {
  RandomCases random(518);
  for (int i = 0; i < kCases; ++i) {
    const Scenario scenario = random_scenario(random);
    const auto base = Evaluation(scenario.inputs).get(Q::kAnnualCapital);
    const Tornado result = tornado(scenario, Q::kAnnualCapital);
    for (const In id :
         {In::kElectricityPrice, In::kUtilisation, In::kThroughput, In::kDemand, In::kCloudInputPrice}) {
      ASSERT_NE(std::find(result.without_effect.begin(), result.without_effect.end(), id),
                result.without_effect.end());
    }
    // What is called without effect is moved here to show it.
    Inputs moved = scenario.inputs;
    for (const In id : result.without_effect) moved.set(id, info(id).high);
    ASSERT_EQ(*Evaluation(moved).get(Q::kAnnualCapital), *base);
  }
}

TEST(Tornado, WhatFollowsAnotherInputMovesWithIt) {
  Scenario scenario;
  scenario.inputs.set(In::kCachedTokens, 10'000);
  const auto bars_of = [](const Scenario& each, In id) {
    const auto result = tornado(each, Q::kCloudPrice);
    return std::count_if(result.bars.begin(), result.bars.end(),
                         [&](const Bar& bar) { return bar.input == id; });
  };
  EXPECT_EQ(bars_of(scenario, In::kCloudInputPrice), 1);
  EXPECT_EQ(bars_of(scenario, In::kCloudCachedPrice), 0) << "it has no range of its own while it follows";
  const auto following = tornado(scenario, Q::kCloudPrice);
  scenario.inputs.set(In::kCloudCachedPrice, 0.88);
  EXPECT_EQ(bars_of(scenario, In::kCloudCachedPrice), 1);
  const auto apart = tornado(scenario, Q::kCloudPrice);
  const auto swing = [](const Tornado& of) {
    return *std::find_if(of.bars.begin(), of.bars.end(), [](const Bar& bar) {
              return bar.input == In::kCloudInputPrice;
            })->swing;
  };
  EXPECT_GT(swing(following), 2 * swing(apart)) << "cached input, most of it, moves too";
}

TEST(Tornado, OrdersEqualSwingsByName) {
  Scenario scenario;
  const Tornado result = tornado(scenario, Q::kUnitCost);
  std::vector<std::string_view> flat;
  for (const Bar& bar : result.bars) {
    if (*bar.swing == 0) flat.push_back(info(bar.input).name);
  }
  EXPECT_GT(flat.size(), 1);
  EXPECT_TRUE(std::is_sorted(flat.begin(), flat.end()));
}

}  // namespace
}  // namespace berth::tokenomics
