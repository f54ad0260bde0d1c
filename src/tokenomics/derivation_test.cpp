#include "tokenomics/derivation.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tokenomics/random_plant.hpp"
#include "tokenomics/test_calculation.hpp"

namespace berth::tokenomics {
namespace {

TEST(Calculation, IsReadAsItIsWritten) {
  const std::map<std::string, double> known{{"2*13250 + 1*30000 + 0", 56500},
                                            {"min(floor(8*floor(2/8)/1), 8*floor(2/8) - 1)", -1},
                                            {"0.08/(1 - (1 + 0.08)^-5)", 0.08 / (1 - std::pow(1.08, -5))},
                                            {"2 - -3 - 1", 4},
                                            {"-2^2", -4},
                                            {"24/2/3", 4},
                                            {"1e+3*2.5e-1", 250},
                                            {"ceil(1.1*7)", 8},
                                            {"-ln(exp(2))", -2}};
  for (const auto& [text, value] : known) {
    const auto range = Calculation::result(text);
    ASSERT_TRUE(range) << text;
    EXPECT_TRUE(range->holds(value)) << text << ": " << range->least << " to " << range->most;
    EXPECT_TRUE(range->narrow()) << text;
    EXPECT_FALSE(range->holds(value * 1.001 + 1e-6)) << text;
  }
  for (const auto* text : {"", "1 +", "K of 2", "(1", "1)", "none", "computed from N = 2", "2 3", "max(1)"}) {
    EXPECT_FALSE(Calculation::result(text)) << text;
  }
}

/// Inputs of every kind of scenario: the machine, its load, requests that queue, agents.
Inputs any_scenario(RandomCases& random) {
  Inputs inputs = random_inputs(random);
  const auto share = [&] {
    return random.coin() ? random.between(0, 1) : static_cast<double>(random.coin());
  };
  inputs.set(In::kRedundancyFactor, random.coin() ? 1 : random.between(1, 2));
  if (random.coin()) inputs.set(In::kActiveUtilisation, random.between(0.1, 1));
  if (random.coin()) inputs.set(In::kCoolingPrice, random.between(0, 0.2));
  inputs.set(In::kCachedWeight, random.between(0, 1));
  if (random.whole(0, 9) == 0) inputs.set(In::kInputWeight, 0);
  inputs.set(In::kRentedReleasedWhenIdle, random.coin() ? 1 : 0);
  inputs.set(In::kDemand, random.scaled(1e6, 1e10));
  inputs.set(In::kPeakFactor, random.between(1, 4));
  if (random.coin()) inputs.set(In::kPresentGpus, static_cast<double>(random.whole(1, 64)));
  if (random.coin()) inputs.set(In::kYearlyBudget, random.scaled(1e4, 1e7));
  if (random.coin()) inputs.set(In::kCapitalBudget, random.scaled(1e4, 1e7));
  if (random.coin()) inputs.set(In::kTargetCost, random.scaled(0.01, 10));
  if (random.coin()) inputs.set(In::kBenchmarkRequestRate, random.scaled(0.1, 100));
  if (random.whole(0, 4) == 0) inputs.profile = {1, 2, random.between(2, 9), 1};
  // Every slot is walked over.
  inputs.set(In::kSlotsPerGpu, static_cast<double>(random.whole(1, 2)));
  inputs.set(In::kAgents, static_cast<double>(random.whole(1, 20)));
  inputs.set(In::kAgentCalls, static_cast<double>(random.whole(1, 100)));
  inputs.set(In::kAgentRounds, static_cast<double>(random.whole(1, 20)));
  inputs.set(In::kOrchestratorCalls, static_cast<double>(random.whole(0, 10)));
  inputs.set(In::kAgentPattern, static_cast<double>(random.whole(0, 4)));
  inputs.set(In::kPrefixCache, random.coin() ? 1 : 0);
  inputs.set(In::kKeepsGeneratedKv, random.coin() ? 1 : 0);
  inputs.set(In::kCacheHitRatio, share());
  inputs.set(In::kCacheWriteMultiplier, random.between(0, 2));
  inputs.set(In::kAgentRequests, random.coin() ? 0 : random.scaled(1, 1e5));
  if (random.coin()) inputs.set(In::kContextLimit, random.scaled(1e3, 1e6));
  if (random.coin()) inputs.set(In::kCompactionCalls, static_cast<double>(random.whole(1, 30)));
  return inputs;
}

/// For each quantity, of which there may be several wordings.
struct Seen {
  int calculations = 0;
  int narrow = 0;
  int in_words = 0;
};

TEST(Derivation, EveryLineThatIsACalculationComesToItsValue) {
  RandomCases random(1102);
  std::map<std::string, Seen> seen;
  for (int round = 0; round < 100; ++round) {
    const Inputs inputs = any_scenario(random);
    Evaluation e(inputs);
    for (std::size_t index = 0; index < kQuantityCount; ++index) static_cast<void>(e.get(quantity_at(index)));
    for (const auto& one : derivation_json(e, "EUR")) {
      const auto& line = one.get_object();
      if (line.at("value").is_null()) continue;
      const std::string name(line.at("name").as_string());
      const std::string numbers(line.at("numbers").as_string());
      Seen& so_far = seen[name];
      if (numbers.starts_with(kComputed)) {
        ++so_far.in_words;
        continue;
      }
      const auto range = Calculation::result(numbers);
      ASSERT_TRUE(range) << name << " is no calculation: " << numbers;
      ASSERT_TRUE(range->holds(line.at("value").as_double()))
          << name << ": " << line.at("formula").as_string() << " = " << numbers << " is " << range->least
          << " to " << range->most << ", and the value is " << line.at("value").as_double();
      ++so_far.calculations;
      if (range->narrow()) ++so_far.narrow;
    }
  }
  // And they were all there to be compared, with texts that say something.
  const std::set<std::string> only_words{"next_block_cost_per_mtok",
                                         "required_fixed_cost",
                                         "required_breakeven_utilisation",
                                         "largest_demand",
                                         "needed_gpus",
                                         "installed_demand",
                                         "own_cheaper_from",
                                         "own_cheaper_for_good",
                                         "mix_gpus",
                                         "mix_cost",
                                         "affordable_demand",
                                         "missing_capital",
                                         "affordable_gpus",
                                         "missing_cost_per_year",
                                         "unserved_demand",
                                         "surplus_cost_per_year",
                                         "demand_growth",
                                         "change_gpus",
                                         "erlang_b",
                                         "slots_needed",
                                         "agent_windowed_tokens",
                                         "agent_compacted_tokens",
                                         "agent_task_bill",
                                         "agent_task_work",
                                         "agent_demand",
                                         "agent_required_gpus",
                                         "agent_own_bill"};
  for (std::size_t index = 0; index < kQuantityCount; ++index) {
    const std::string name(info(quantity_at(index)).name);
    const Seen& so_far = seen[name];
    if (only_words.contains(name)) {
      EXPECT_GT(so_far.in_words, 0) << name;
      EXPECT_EQ(so_far.calculations, 0) << name;
    } else {
      EXPECT_GT(so_far.calculations, 0) << name;
      EXPECT_GE(so_far.narrow * 2, so_far.calculations) << name << " is mostly vague";
    }
  }
}

TEST(Derivation, WordsSayWhatTheyWereComputedFrom) {
  Inputs inputs = standard_inputs();
  inputs.set(In::kContextLimit, 128'000);
  Evaluation e(inputs);
  static_cast<void>(e.get(Q::kAgentWindowedTokens));
  static_cast<void>(e.get(Q::kAgentRequiredGpus));
  std::map<std::string, std::string> numbers;
  for (const auto& one : derivation_json(e, "EUR")) {
    numbers[std::string(one.at("name").as_string())] = one.at("numbers").as_string();
  }
  EXPECT_EQ(numbers["agent_windowed_tokens"], "computed from W_max = 128000");
  EXPECT_EQ(numbers["agent_required_gpus"].substr(0, 25), "computed from N_need_a = ")
      << numbers["agent_required_gpus"];
}

}  // namespace
}  // namespace berth::tokenomics
