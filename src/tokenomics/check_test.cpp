#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tokenomics/quantities.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::tokenomics {
namespace {

json::value own_cases() {
  std::ifstream file(BERTH_SOURCE_DIR "/test/tokenomics/cases.json");
  std::stringstream text;
  text << file.rdbuf();
  auto cases = parse_json(text.str());
  EXPECT_TRUE(cases);
  return cases ? std::move(*cases) : json::value();
}

CheckReport checked(std::string_view cases) {
  const auto report = check(*parse_json(cases));
  EXPECT_TRUE(report);
  return report ? *report : CheckReport{};
}

TEST(Check, TheProjectsOwnCasesPass) {
  const auto cases = own_cases();
  const auto report = check(cases);
  ASSERT_TRUE(report);
  for (const CheckFailure& failure : report->failures) {
    ADD_FAILURE() << failure.name << ", " << failure.quantity << ": " << failure.message;
  }
  EXPECT_EQ(report->passed, cases.as_array().size());
  EXPECT_GE(report->passed, 60);
}

TEST(Check, EveryCaseFailsOnceItIsAltered) {
  json::value cases = own_cases();
  for (auto& one : cases.as_array()) {
    for (auto& expected : one.as_object().at("expected").as_object()) {
      json::value& value = expected.value();
      value = value.is_null() ? json::value(1.0) : json::value(value.to_number<double>() * 1.5 + 1);
    }
  }
  const auto report = check(cases);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->passed, 0);
  EXPECT_EQ(report->failed, cases.as_array().size());
}

TEST(Check, TheProjectsCasesCoverEveryQuantity) {
  std::set<std::string> seen;
  const json::value cases = own_cases();
  for (const auto& one : cases.as_array()) {
    for (const auto& expected : one.at("expected").as_object()) seen.insert(std::string(expected.key()));
  }
  for (std::size_t index = 0; index < kQuantityCount; ++index) {
    EXPECT_TRUE(seen.contains(std::string(info(quantity_at(index)).name))) << info(quantity_at(index)).name;
  }
}

TEST(Check, ToleranceIsRelativeUnlessItIsAbsolute) {
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"capital": 56500.00000001}}])").passed, 1);
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"capital": 56501}}])").failed, 1);
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"capital": 56501}, "tolerance": 0.001}])").passed, 1);
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"capital": 56501}, "absolute": 0.5}])").failed, 1);
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"capital": 56501}, "absolute": 1}])").passed, 1);
}

TEST(Check, SaysWhatIsOff) {
  const auto report =
      checked(R"([{"name": "ours", "inputs": {"gpu_price": 10000}, "expected": {"capital": 50001}}])");
  ASSERT_EQ(report.failures.size(), 1);
  EXPECT_EQ(report.failures[0].name, "ours");
  EXPECT_EQ(report.failures[0].quantity, "capital");
  EXPECT_EQ(report.failures[0].message,
            "expected 50001, computed 50000, off by 1 where 0.000050001 is allowed");
}

TEST(Check, NoResultIsExpectedAsNull) {
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"affordable_gpus": null}}])").passed, 1);
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"capital": null}}])").failed, 1);
  EXPECT_EQ(checked(R"([{"inputs": {}, "expected": {"affordable_gpus": 3}}])").failed, 1);
}

TEST(Check, ACaseAtFaultFailsAndTheOthersRun) {
  const auto report = checked(R"([{"inputs": {"utilisation": 7}, "expected": {"capital": 1}},
                                  {"inputs": {}, "expected": {"capitol": 1}},
                                  {"inputs": {}, "expected": {}},
                                  {"inputs": {}, "expects": {"capital": 1}},
                                  {"inputs": {"capital": "much"}, "expected": {"capital": 1}},
                                  {"inputs": [], "expected": {"capital": 1}},
                                  {"expected": {"capital": 1}, "tolerance": 1, "absolute": 1},
                                  3,
                                  {"inputs": {}, "expected": {"capital": 56500}}])");
  EXPECT_EQ(report.passed, 1);
  EXPECT_EQ(report.failed, 8);
  ASSERT_EQ(report.failures.size(), 8);
  EXPECT_EQ(report.failures[0].name, "case 1");
  EXPECT_EQ(report.failures[0].message, "utilisation is 7; allowed is above 0, at most 1");
  EXPECT_EQ(report.failures[1].message, "capitol is no quantity");
}

TEST(Check, NeedsAList) {
  EXPECT_FALSE(check(json::object{}));
}

}  // namespace
}  // namespace berth::tokenomics
