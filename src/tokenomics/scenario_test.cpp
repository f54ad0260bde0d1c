#include "tokenomics/scenario.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace berth::tokenomics {
namespace {

json::value parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? std::move(*value) : json::value();
}

std::vector<FieldError> faults_of(std::string_view text) {
  const auto scenario = read_scenario(parsed(text));
  if (scenario) return {};
  EXPECT_EQ(scenario.error().code, Code::kInvalid);
  return scenario.error().fields;
}

struct Bad {
  const char* scenario;
  const char* field;
  const char* value;
  const char* limit;
};

class OneClearError : public testing::TestWithParam<Bad> {};

TEST_P(OneClearError, NamesFieldValueAndLimit) {
  const auto faults = faults_of(GetParam().scenario);
  ASSERT_EQ(faults.size(), 1) << GetParam().scenario;
  EXPECT_EQ(faults[0].field, GetParam().field);
  EXPECT_EQ(faults[0].value, GetParam().value);
  EXPECT_EQ(faults[0].limit, GetParam().limit);
  EXPECT_FALSE(faults[0].message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    BadScenarios, OneClearError,
    testing::Values(
        Bad{R"({"gpu_price": -1})", "gpu_price", "-1", "0 to 1000000000000"},
        Bad{R"({"utilisation": 0})", "utilisation", "0", "above 0, at most 1"},
        Bad{R"({"utilisation": 1.2})", "utilisation", "1.2", "above 0, at most 1"},
        Bad{R"({"demand": 1e30})", "demand", "1e+30", "above 0, at most 1e+18"},
        Bad{R"({"pue": 0.9})", "pue", "0.9", "1 to 10"},
        Bad{R"({"life_years": 0})", "life_years", "0", "above 0, at most 100"},
        Bad{R"({"throughput": 0})", "throughput", "0", "above 0, at most 1000000000"},
        Bad{R"({"spare_gpus": 0.5})", "spare_gpus", "0.5", "a whole number, 0 to 1000000"},
        Bad{R"({"gpu_price": "12"})", "gpu_price", "12", "0 to 1000000000000"},
        Bad{R"({"gpu_price": null})", "gpu_price", "null", "0 to 1000000000000"},
        Bad{R"({"gpu_price": {"amount": 3}})", "gpu_price", "an object", "0 to 1000000000000"},
        Bad{R"({"power": "solar"})", "power", "solar", "one of by_load, fixed"},
        Bad{R"({"sold_by_server": 1})", "sold_by_server", "1", "true or false"},
        Bad{R"({"gpu_prize": 1})", "gpu_prize", "", "a name of the catalogue of inputs"},
        Bad{R"({"currency": "euro"})", "currency", "euro", "three capital letters, as EUR or USD"},
        Bad{R"({"currency": "EUR"})", "currency", "EUR", "USD, or every price given in the other currency"},
        Bad{R"({"berth_scenario": 2})", "berth_scenario", "2", "1"},
        Bad{R"({"name": 3})", "name", "3", "a text of at most 200 bytes"},
        Bad{R"({"gpu_idle_watts": 600})", "gpu_active_watts", "500", "at least gpu_idle_watts, 600"},
        Bad{R"({"cooling_price": 0.1, "electricity_price": 0})", "cooling_price", "0.1",
            "only with electricity_price above 0"},
        Bad{R"({"input_tokens": 0, "output_tokens": 0})", "output_tokens", "0",
            "a request of at least one token"},
        Bad{R"({"tiers": [{"share": 0.5, "throughput": 1}, {"share": 0.6, "throughput": 1}]})", "tiers",
            "1.1", "1, within 0.000001"},
        Bad{R"({"tiers": []})", "tiers", "0 entries", "a list of 1 to 64"},
        Bad{R"({"tiers": [{"share": 1}]})", "tiers[0].throughput", "", "above 0, at most 1000000000"},
        Bad{R"({"tiers": [{"share": 1, "throughput": 1, "tau": 1}]})", "tiers[0].tau", "",
            "a member of this list"},
        Bad{R"({"tiers": [{"share": 1, "throughput": 1, "parameters_billion": 70}]})", "tiers[0]", "140 GB",
            "96 GB of its units"},
        Bad{R"({"sharing": "partitioned"})", "sharing", "partitioned", "pooled, or a list of tiers"},
        Bad{R"({"sharing": "partitioned", "tiers": [{"share": 1, "throughput": 1, "slices_per_gpu": 7}]})",
            "tiers[0].slices_per_gpu", "7", "1, 2 or 4"},
        Bad{R"({"profile": [1, -2]})", "profile[1]", "-2", "0 to 1000000000000000000"},
        Bad{R"({"profile": [0, 0]})", "profile", "0", "load in at least one hour"},
        Bad{R"({"ranges": {"gpu_price": [5, 1]}})", "ranges.gpu_price", "5", "at most 1"},
        Bad{R"({"ranges": {"power": [0, 1]}})", "ranges.power", "", "a number of the catalogue of inputs"},
        Bad{R"({"ranges": {"utilisation": [0, 1]}})", "ranges.utilisation[0]", "0", "above 0, at most 1"},
        Bad{R"({"fleet_tiers": [{"name": "a", "demand": 1}]})", "fleet_tiers[0].ways", "null",
            "a list of 1 to 32"},
        Bad{R"({"fleet_tiers": [{"demand": 1, "ways": [{"kind": "slot", "slots": 3, "throughput": 1}]}]})",
            "fleet_tiers[0].ways[0].slots", "3", "2, 4, 8, 16, 32 or 64"},
        Bad{R"([])", "", "a list", "an object"}));

TEST(Scenario, RefusesWhatIsNoNumber) {
  json::object scenario;
  scenario["utilisation"] = std::numeric_limits<double>::quiet_NaN();
  const auto read = read_scenario(scenario);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fields[0].field, "utilisation");
  EXPECT_EQ(read.error().fields[0].value, "nan");
  scenario["utilisation"] = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(read_scenario(scenario));
}

TEST(Scenario, TellsEveryFaultAtOnce) {
  EXPECT_EQ(faults_of(R"({"gpu_price": -1, "utilisation": 2, "nonsense": 1})").size(), 3);
}

TEST(Scenario, ManyFaultsAreCutShort) {
  json::object scenario;
  for (int i = 0; i < 200; ++i) scenario["unknown_" + std::to_string(i)] = 1;
  const auto read = read_scenario(scenario);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fields.size(), kMaxFieldErrors);
  EXPECT_NE(read.error().message.find("(and 199 more)"), std::string::npos);
}

TEST(Scenario, SuggestsTheNearestName) {
  EXPECT_EQ(faults_of(R"({"gpu_prize": 1})")[0].message, "gpu_prize is no input; did you mean gpu_price?");
  EXPECT_EQ(faults_of(R"({"wholly_else": 1})")[0].message, "wholly_else is no input");
}

TEST(Scenario, LeftOutInputsTakeTheirDefaults) {
  const auto read = read_scenario(parsed(R"({"berth_scenario": 1, "name": "lab", "utilisation": 0.5})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "lab");
  EXPECT_EQ(read->currency, "USD");
  EXPECT_EQ(read->inputs[In::kUtilisation], 0.5);
  EXPECT_EQ(read->inputs[In::kGpuPrice], 13250);
  EXPECT_FALSE(read->inputs.has(In::kYearlyBudget));
}

TEST(Scenario, NullTakesBackWhatIsOptional) {
  const auto read = read_scenario(parsed(R"({"yearly_budget": null, "tiers": null, "profile": null})"));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->inputs.has(In::kYearlyBudget));
}

TEST(Scenario, AnotherCurrencyNeedsItsOwnPrices) {
  const auto read = read_scenario(parsed(
      R"({"currency": "EUR", "gpu_price": 12000, "server_price": 25000, "hosting_per_server": 1000, "staff_salary": 70000, "electricity_price": 0.2,
          "cloud_input_price": 0.8, "cloud_cached_price": 0.1, "cloud_write_price": 0.8, "cloud_output_price": 0.8,
          "rented_gpu_price": 2})"));
  EXPECT_TRUE(read);
}

}  // namespace
}  // namespace berth::tokenomics
