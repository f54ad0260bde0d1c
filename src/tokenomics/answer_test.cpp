#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tokenomics/tokenomics.hpp"

namespace berth::tokenomics {
namespace {

json::object asked(Question question, std::string_view scenario = "{}") {
  auto result = answer(question, *parse_json(scenario));
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? std::move(*result) : json::object{};
}

double number(const json::object& answer, std::string_view name) {
  return answer.at("results").at(name).at("value").to_number<double>();
}

std::string sentence(const json::object& answer, std::string_view name) {
  return std::string(answer.at("sentences").at(name).as_string());
}

std::string verdict(std::string_view scenario) {
  return std::string(asked(Question::kSolve, scenario).at("verdict").at("word").as_string());
}

TEST(UnitAnswer, PartsAddUpToTheUnitCostAndTheAnnualCost) {
  const auto unit =
      asked(Question::kUnit, R"({"hosting_per_year": 500, "staff_fte": 0.1, "licence_per_gpu": 100})");
  double per_year = 0;
  double per_mtok = 0;
  double shares = 0;
  for (const auto& part : unit.at("parts").as_array()) {
    per_year += part.at("per_year").as_double();
    per_mtok += part.at("per_mtok").as_double();
    shares += part.at("share").as_double();
  }
  EXPECT_EQ(unit.at("parts").as_array().size(), 8);
  EXPECT_NEAR(per_year, number(unit, "annual_cost"), 1e-9 * per_year);
  EXPECT_NEAR(per_mtok, number(unit, "unit_cost"), 1e-12);
  EXPECT_NEAR(shares, 1, 1e-12);
}

TEST(UnitAnswer, FreePowerHalvesTheUnitCostFromFortyToEighty) {
  const auto at = [](std::string_view scenario) {
    return number(asked(Question::kUnit, scenario), "unit_cost");
  };
  EXPECT_DOUBLE_EQ(at(R"({"electricity_price": 0, "utilisation": 0.8})") * 2,
                   at(R"({"electricity_price": 0, "utilisation": 0.4})"));
  const double ratio = at(R"({"utilisation": 0.8})") / at(R"({"utilisation": 0.4})");
  EXPECT_GT(ratio, 0.5);
  EXPECT_LT(ratio, 0.55);
}

TEST(UnitAnswer, SaysTheNumberInASentence) {
  EXPECT_EQ(sentence(asked(Question::kUnit), "headline"),
            "USD 1.77 per million tokens at 10.8 % utilisation, cloud 0.88");
  EXPECT_EQ(sentence(asked(Question::kUnit, R"({"utilisation": 0.4})"), "headline"),
            "USD 0.49 per million tokens at 40 % utilisation, cloud 0.88; out of reach: sized for the peak, "
            "these GPUs carry 17.7 % at most; this demand gives 10.8 %");
}

TEST(UnitAnswer, CurveHasAHundredPointsThatFall) {
  const auto unit = asked(Question::kUnit, R"({"utilisation": 0.4})");
  const auto& curve = unit.at("curve").as_array();
  ASSERT_EQ(curve.size(), 100);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    EXPECT_LT(curve[i].at("unit_cost").as_double(), curve[i - 1].at("unit_cost").as_double());
  }
  EXPECT_DOUBLE_EQ(curve[39].at("unit_cost").as_double(), number(unit, "unit_cost"));
  for (const auto& row : curve)
    EXPECT_EQ(row.at("reachable").as_bool(), row.at("utilisation").as_double() < 0.1768);
}

TEST(UnitAnswer, InputsOfTheAnswerGiveTheSameAnswer) {
  const auto first = asked(
      Question::kUnit, R"({"utilisation": 0.55, "tiers": [{"name": "8B", "share": 1, "throughput": 900}]})");
  json::object scenario = first.at("inputs").as_object();
  const auto second = answer(Question::kUnit, scenario);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(json::serialize(second->at("results")), json::serialize(first.at("results")));
  EXPECT_EQ(json::serialize(second->at("derivation")), json::serialize(first.at("derivation")));
}

TEST(BreakevenAnswer, SentenceIsTheCrossingOfTheTable) {
  const auto breakeven = asked(Question::kBreakeven);
  const auto& curve = breakeven.at("curve").as_array();
  ASSERT_EQ(curve.size(), 101);
  int crossings = 0;
  for (const auto& row : curve) {
    if (!row.as_object().contains("crossing")) continue;
    ++crossings;
    EXPECT_EQ(row.at("utilisation").as_double(), number(breakeven, "breakeven_utilisation"));
    EXPECT_EQ(row.at("unit_cost").as_double(), row.at("cloud_price").as_double());
  }
  EXPECT_EQ(crossings, 1);
  EXPECT_EQ(
      sentence(breakeven, "breakeven"),
      "On-prem is cheaper above 21.8 %, out of reach: sized for the peak, these GPUs carry 17.7 % at most");
  EXPECT_TRUE(std::is_sorted(curve.begin(), curve.end(), [](const auto& left, const auto& right) {
    return left.at("utilisation").as_double() < right.at("utilisation").as_double();
  }));
}

TEST(BreakevenAnswer, NeverCheaperBelowTheCostAtFullLoad) {
  const auto breakeven =
      asked(Question::kBreakeven, R"({"cloud_input_price": 0.1, "cloud_output_price": 0.1})");
  EXPECT_EQ(sentence(breakeven, "breakeven"), "Never cheaper at this cloud price");
  EXPECT_EQ(breakeven.at("curve").as_array().size(), 100);
  EXPECT_FALSE(breakeven.at("reachable").as_bool());
  const auto none =
      asked(Question::kBreakeven, R"({"cloud_input_price": 0.001, "cloud_output_price": 0.001})");
  EXPECT_TRUE(none.at("results").at("breakeven_utilisation").at("value").is_null());
  EXPECT_FALSE(none.at("results").at("breakeven_utilisation").at("reason").as_string().empty());
}

TEST(BreakevenAnswer, AlwaysCheaperWhenNothingIsFixed) {
  const auto breakeven =
      asked(Question::kBreakeven,
            R"({"gpu_price": 0, "server_price": 0, "server_base_watts": 0, "gpu_idle_watts": 0})");
  EXPECT_EQ(sentence(breakeven, "breakeven"), "Always cheaper");
}

TEST(BreakevenAnswer, SaysWhenThePeakKeepsItOutOfReach) {
  const auto breakeven =
      asked(Question::kBreakeven, R"({"cloud_input_price": 0.3, "cloud_output_price": 0.3})");
  EXPECT_EQ(
      sentence(breakeven, "breakeven"),
      "On-prem is cheaper above 65.8 %, out of reach: sized for the peak, these GPUs carry 17.7 % at most");
  EXPECT_FALSE(breakeven.at("reachable").as_bool());
}

TEST(SolveAnswer, VerdictFollowsTheDemand) {
  EXPECT_EQ(verdict(R"({"present_gpus": 6, "demand": 1e9})"), "over-provisioned");
  EXPECT_EQ(verdict(R"({"present_gpus": 6, "demand": 7e9})"), "right-sized");
  EXPECT_EQ(verdict(R"({"present_gpus": 6, "demand": 2e10})"), "under-provisioned");
}

TEST(SolveAnswer, ASmallBudgetStatesTheMissingMoney) {
  const auto solve =
      asked(Question::kSolve, R"({"demand": 5e9, "yearly_budget": 30000, "capital_budget": 1000})");
  EXPECT_EQ(solve.at("verdict").at("word").as_string(), "not possible within budget");
  const double missing = number(solve, "missing_yearly_budget");
  EXPECT_NEAR(missing, number(solve, "required_annual_cost") - 30000, 1e-6);
  EXPECT_NEAR(number(solve, "missing_capital_budget"), number(solve, "required_capital") - 1000, 1e-6);
  EXPECT_NE(
      sentence(solve, "verdict").find("Raise the budget by USD 46,118 a year and USD 182,060 of capital"),
      std::string::npos)
      << sentence(solve, "verdict");
}

TEST(SolveAnswer, ChangeMakesTheFleetRightSized) {
  for (const char* demand : {"1e8", "3e9", "2e10", "4e11"}) {
    const std::string head = std::string(R"({"gpus_per_server": 4, "demand": )") + demand;
    const auto solve = asked(Question::kSolve, head + R"(, "present_gpus": 20})");
    const double changed = 20 + number(solve, "change_gpus");
    EXPECT_EQ(verdict(head + R"(, "present_gpus": )" + std::to_string(static_cast<int>(changed)) + "}"),
              "right-sized")
        << demand;
  }
}

TEST(SolveAnswer, PartsAreThoseOfTheRequiredGpus) {
  const auto solve = asked(Question::kSolve, R"({"demand": 2e10})");
  double per_year = 0;
  for (const auto& part : solve.at("parts").as_array()) per_year += part.at("per_year").as_double();
  EXPECT_NEAR(per_year, number(solve, "required_annual_cost"), 1e-9 * per_year);
}

TEST(SensitivityAnswer, BarsComeByFallingSwing) {
  for (const char* target : {"unit_cost", "breakeven_utilisation", "annual_cost", "required_unit_cost"}) {
    const auto result =
        asked(Question::kSensitivity, std::string(R"({"sensitivity_of": ")") + target + "\"}");
    const auto& bars = result.at("bars").as_array();
    EXPECT_GT(bars.size(), 5);
    for (std::size_t i = 1; i < bars.size(); ++i) {
      EXPECT_LE(bars[i].at("swing").as_double(), bars[i - 1].at("swing").as_double());
    }
  }
  const auto narrowed = asked(Question::kSensitivity, R"({"ranges": {"utilisation": [0.39, 0.41]}})");
  EXPECT_NE(narrowed.at("bars").as_array()[0].at("input").as_string(), "utilisation");
}

TEST(AgentsAnswer, TablesHoldTheFivePatternsAndTheCrossing) {
  const auto agents = asked(Question::kAgents);
  const auto& rows = agents.at("over_agents").as_array();
  ASSERT_EQ(rows.size(), 20);
  const auto& fifth = rows[4].as_object();
  EXPECT_EQ(fifth.at("agents").as_int64(), 5);
  EXPECT_EQ(fifth.at("tokens").at("shared_transcript").as_double(), number(agents, "pattern_tokens"));
  EXPECT_DOUBLE_EQ(fifth.at("cloud_bill").at("shared_transcript").as_double(),
                   number(agents, "agent_cloud_bill"));
  EXPECT_DOUBLE_EQ(fifth.at("own_bill").at("shared_transcript").as_double(),
                   number(agents, "agent_own_bill"));
  const auto from = agents.at("crossing").at("agents").at("shared_transcript").as_int64();
  for (const auto& row : rows) {
    const double cloud = row.at("cloud_bill").at("shared_transcript").as_double();
    const double own = row.at("own_bill").at("shared_transcript").as_double();
    EXPECT_EQ(own <= cloud, row.at("agents").as_int64() >= from);
  }
}

TEST(AgentsAnswer, ItsDemandSolvedNeedsTheSameGpus) {
  const auto agents = asked(Question::kAgents, R"({"agent_requests": 500000})");
  const auto solve = answer(Question::kSolve, agents.at("solve_inputs"));
  ASSERT_TRUE(solve) << solve.error().message;
  EXPECT_EQ(number(*solve, "needed_gpus"), number(agents, "agent_needed_gpus"));
  EXPECT_NEAR(number(*solve, "required_annual_cost"), 12 * number(agents, "agent_own_bill"), 1e-6);
}

TEST(FleetAnswer, AMixOfSizesBeatsTheLargeModelAtScale) {
  const auto fleet = asked(Question::kFleet, R"({"demand": 3e10})");
  EXPECT_EQ(fleet.at("tiers").as_array().size(), 4);
  EXPECT_EQ(fleet.at("large_tier").as_string(), "405B");
  EXPECT_LT(fleet.at("mixed").at("cost_per_year").as_double(),
            fleet.at("all_large").at("cost_per_year").as_double());
}

TEST(FleetAnswer, ATierThatFitsNowhereIsAnErrorThatNamesIt) {
  const auto fleet = answer(Question::kFleet, *parse_json(R"({"fleet_tiers": [{"name": "huge", "demand": 1e9,
      "parameters_billion": 400, "ways": [{"kind": "slice", "throughput": 5}]}]})"));
  ASSERT_FALSE(fleet);
  EXPECT_EQ(fleet.error().fields[0].field, "fleet_tiers[0]");
}

TEST(SourcingAnswer, VerdictFollowsTheShapeOfTheDemand) {
  const auto verdict_of = [](std::string_view scenario) {
    return std::string(asked(Question::kSourcing, scenario).at("verdict").as_string());
  };
  EXPECT_EQ(verdict_of(R"({"demand": 1e7, "peak_factor": 5})"), "cloud");
  EXPECT_EQ(verdict_of(R"({"demand": 2e10, "profile": [1, 1, 1, 1]})"), "own");
  EXPECT_EQ(
      verdict_of(
          R"({"demand": 2e10, "profile": [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
                          10, 10, 10, 10, 10, 10, 60, 60]})"),
      "both");
}

TEST(EveryAnswer, HasTheSameBodyAndNoNumberThatIsNone) {
  for (const Question question : {Question::kUnit, Question::kBreakeven, Question::kSolve, Question::kAgents,
                                  Question::kSensitivity, Question::kFleet, Question::kSourcing}) {
    const auto body = asked(question);
    EXPECT_EQ(body.at("question").as_string(), to_string(question));
    EXPECT_EQ(question_named(to_string(question)), question);
    EXPECT_EQ(body.at("currency").as_string(), "USD");
    EXPECT_FALSE(body.at("inputs").as_object().empty());
    EXPECT_FALSE(body.at("derivation").as_array().empty());
    EXPECT_FALSE(body.at("sentences").as_object().empty());
    // What is not finite would not be read back.
    EXPECT_TRUE(parse_json(json::serialize(body)));
    for (const auto& result : body.at("results").as_object()) {
      EXPECT_EQ(result.value().at("value").is_null(), result.value().as_object().contains("reason"))
          << result.key();
    }
  }
}

TEST(Notes, ACachedPriceAboveTheInputPriceIsNoted) {
  const auto notes = [](const json::value& scenario) {
    return json::serialize(answer(Question::kAgents, scenario)->at("notes"));
  };
  EXPECT_NE(notes({{"cloud_input_price", 0.05}, {"cloud_cached_price", 0.88}})
                .find("cloud_cached_price 0.88 is above cloud_input_price 0.05"),
            std::string::npos);
  EXPECT_EQ(notes({{"cloud_input_price", 0.05}}).find("cloud_cached_price"), std::string::npos);
}

}  // namespace
}  // namespace berth::tokenomics
