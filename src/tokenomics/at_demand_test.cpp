#include "tokenomics/at_demand.hpp"

#include <gtest/gtest.h>

#include "tokenomics/random_plant.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::tokenomics {
namespace {

json::object asked(Question question, std::string_view scenario) {
  auto result = answer(question, *parse_json(scenario));
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? std::move(*result) : json::object{};
}

std::string sentence(const json::object& answer, std::string_view name) {
  return std::string(answer.at("sentences").at(name).as_string());
}

std::string change(std::string_view scenario) {
  return std::string(asked(Question::kSolve, scenario).at("verdict").at("change").as_string());
}

TEST(Cheapest, IsTheLeastOfTheThreeAndOwnWhereItIsNotWorse) {
  struct Case {
    double own, cloud, rented;
    Source source;
  };
  for (const auto& [own, cloud, rented, source] :
       {Case{2, 1, 3, Source::kCloud}, Case{2, 3, 1, Source::kRented}, Case{1, 2, 3, Source::kOwn},
        Case{1, 1, 1, Source::kOwn}, Case{2, 1, 1, Source::kCloud}, Case{0, 0, 0, Source::kOwn}}) {
    EXPECT_EQ(cheapest({1e9, 2, own, cloud, rented}), source) << own << " " << cloud << " " << rented;
  }
}

TEST(AtDemandWords, NameTheCheapestAndByHowMuch) {
  struct Case {
    double own, cloud, rented;
    std::string_view says;
  };
  for (const auto& [own, cloud, rented, says] :
       {Case{24000, 12000, 99000,
             "2 GPUs of one's own cost EUR 2.00 per million tokens; the cloud costs half, 1.00"},
        Case{24000, 18000, 99000,
             "EUR 2.00 per million tokens; the cloud costs 75 % of what own GPUs cost, 1.50"},
        Case{24000, 12, 99000,
             "EUR 2.00 per million tokens; the cloud costs under 0.1 % of what own GPUs cost, 0.001"},
        Case{24000, 23999, 99000, "EUR 2.00 per million tokens; the cloud costs hardly less, 2.00"},
        Case{24000, 99000, 6000, "EUR 2.00 per million tokens; renting costs 25 % of owning, 0.50"},
        Case{12000, 24000, 99000, "EUR 1.00 per million tokens, less than the cloud's 2.00"}}) {
    const AtDemand costs{1e9, 2, own, cloud, rented};
    EXPECT_TRUE(at_demand_words(costs, "EUR").starts_with("At 1,000 million tokens a month 2 GPUs"));
    EXPECT_TRUE(at_demand_words(costs, "EUR").ends_with(says)) << at_demand_words(costs, "EUR");
    EXPECT_EQ(cheaper_words(costs, "EUR").empty(), cheapest(costs) == Source::kOwn);
  }
}

TEST(AtDemand, TheUsualMachineAtItsUsualDemandIsTwiceAsDearAsTheCloudInEveryAnswer) {
  const std::string expected =
      "At 1,000 million tokens a month 2 GPUs of one's own cost USD 1.77 per million tokens; the cloud costs "
      "half, 0.88";
  for (const Question question : {Question::kUnit, Question::kBreakeven, Question::kSolve}) {
    const auto body = asked(question, "{}");
    EXPECT_EQ(sentence(body, "at_demand"), expected);
    EXPECT_EQ(body.at("cheapest").as_string(), "cloud");
  }
  EXPECT_EQ(sentence(asked(Question::kSolve, "{}"), "verdict"),
            "2 GPUs: right-sized. The number of GPUs suits the demand, but the cloud costs half at this "
            "demand: USD "
            "10,560 a year instead of 21,279");
  EXPECT_EQ(sentence(asked(Question::kUnit, "{}"), "headline"),
            "USD 1.77 per million tokens at 10.8 % utilisation, cloud 0.88");
}

TEST(AtDemand, TheVerdictKeepsItsWordAndNamesWhatIsCheaper) {
  EXPECT_EQ(change(R"({"demand": 1e10, "present_gpus": 8, "cloud_input_price": 5, "cloud_output_price": 5})"),
            "Nothing to change");
  EXPECT_EQ(
      change(R"({"demand": 1e10, "present_gpus": 10, "cloud_input_price": 5, "cloud_output_price": 5})"),
      "Nothing to change: 2 GPUs above what is required, USD 27,131 a year, within the tolerance");
  for (const char* present : {"6", "2", "40"}) {
    const auto text =
        change(R"({"demand": 4e9, "cloud_input_price": 0.1, "cloud_output_price": 0.1, "present_gpus": )" +
               std::string(present) + "}");
    EXPECT_NE(text.find("the cloud costs 9.8"), std::string::npos) << text;
  }
  EXPECT_NE(change(R"({"rented_released_when_idle": true, "rented_gpu_price": 1})").find("renting costs"),
            std::string::npos);
  // The hours in which the platform is up carry all of the demand.
  const auto seldom_up = change(R"({"availability": 0.3, "peak_factor": 1, "demand": 3200000000})");
  EXPECT_TRUE(seldom_up.starts_with("Add 4 GPUs")) << seldom_up;
}

TEST(AtDemand, IsTheSameInEveryAnswerOfAnyScenarioAndIsWhatTheVerdictSays) {
  RandomCases random(4711);
  for (int i = 0; i < 60; ++i) {
    const json::object scenario{
        {"demand", random.scaled(1e7, 1e11)},          {"gpus", random.whole(1, 12)},
        {"cloud_input_price", random.scaled(0.05, 5)}, {"cloud_output_price", random.scaled(0.05, 20)},
        {"rented_gpu_price", random.scaled(0.2, 4)},   {"rented_released_when_idle", random.coin()}};
    const auto solve = *answer(Question::kSolve, scenario);
    for (const Question question : {Question::kUnit, Question::kBreakeven}) {
      const auto body = *answer(question, scenario);
      EXPECT_EQ(body.at("cheapest"), solve.at("cheapest"));
      EXPECT_EQ(sentence(body, "at_demand"), sentence(solve, "at_demand"));
    }
    const auto& results = solve.at("results").as_object();
    const auto cost = [&](std::string_view name) { return results.at(name).at("value").to_number<double>(); };
    double least = std::min(cost("required_cloud_cost"), cost("required_rented_cost"));
    const auto& mix = results.at("mix_cost").at("value");
    if (!mix.is_null()) least = std::min(least, mix.to_number<double>());
    const bool own = cost("required_annual_cost") <= least;
    EXPECT_EQ(solve.at("cheapest").as_string() == "own", own);
    const auto text = sentence(solve, "verdict");
    EXPECT_EQ(text.find("the cloud costs") == std::string::npos &&
                  text.find("renting costs") == std::string::npos &&
                  text.find("a mix of") == std::string::npos,
              own)
        << text;
    // All own hour by hour is what the solver requires.
    const auto sourcing = *answer(Question::kSourcing, scenario);
    EXPECT_NEAR(sourcing.at("all_own").at("cost").to_number<double>(), cost("required_annual_cost"),
                1e-9 * cost("required_annual_cost"));
  }
}

TEST(Payback, BeyondTheLifeIsNever) {
  struct Case {
    std::string_view scenario;
    std::string_view says;
  };
  for (const auto& [scenario, says] :
       {Case{R"({"cloud_input_price": 0.59, "cloud_output_price": 0.79})",
             "The demand never pays the machines back within their life of 5 years"},
        Case{"{}", "The demand never pays the machines back within their life of 5 years"},
        Case{R"({"life_years": 1, "demand": 4e9})",
             "The demand never pays the machines back within their life of 1 year"},
        Case{R"({"demand": 1e8})",
             "The demand does not pay the machines back: owning saves no cash each month"},
        Case{R"({"demand": 4e9})",
             "The demand pays the machines back in 20.1 months, with the cost of capital in 21.6"},
        Case{R"({"demand": 2e9})",
             "The demand pays the machines back in 52.6 months, with the cost of capital never within their "
             "life of 5 "
             "years"}}) {
    const auto body = asked(Question::kBreakeven, scenario);
    EXPECT_EQ(sentence(body, "payback"), says);
    const bool pays = says.find("pays the machines back in") != std::string_view::npos;
    EXPECT_EQ(body.at("results").at("payback_months").at("value").is_null(), !pays) << scenario;
  }
}

TEST(Rental, BeyondTheLifeIsNever) {
  const auto never = asked(Question::kBreakeven, R"({"rented_gpu_price": 0.9})");
  EXPECT_EQ(sentence(never, "rental"),
            "Buying never beats renting by the hour: not within their life of 5 years");
  for (const char* name : {"breakeven_hours", "breakeven_months", "breakeven_hours_per_day"})
    EXPECT_TRUE(never.at("results").at(name).at("value").is_null()) << name;
  const auto free = asked(Question::kBreakeven, R"({"rented_gpu_price": 0.1})");
  EXPECT_EQ(sentence(free, "rental"),
            "Buying never beats renting by the hour: renting costs no more than running the owned machine");
  EXPECT_NE(sentence(asked(Question::kBreakeven, "{}"), "rental").find("hours a day over its life"),
            std::string::npos);
}

}  // namespace
}  // namespace berth::tokenomics
