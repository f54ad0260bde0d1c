#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

std::vector<std::string> words() {
  std::vector<std::string> out;
  for (const auto step : model::kSteps) out.emplace_back(to_string(step));
  return out;
}

TEST(StartSteps, StandInTheOrderOfTheirNames) {
  ASSERT_EQ(kStartSteps.size(), model::kSteps.size());
  for (std::size_t i = 0; i < kStartSteps.size(); ++i) EXPECT_EQ(kStartSteps[i].name, model::kSteps[i]);
}

std::string text_of(const std::string& file) {
  std::ifstream in(std::filesystem::path(BERTH_SOURCE_DIR) / file);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

// The API's description and the page name the steps too, in their own languages.
TEST(StartSteps, HaveTheSameNamesAndOrderInTheApi) {
  const auto names = fmt::format("name: {{ type: string, enum: [{}] }}", fmt::join(words(), ", "));
  EXPECT_NE(text_of("api/openapi.yaml").find(names), std::string::npos) << names;
}

TEST(StartSteps, HaveTheirWordsOnThePageInTheSameOrder) {
  const auto page = text_of("web/src/booking/steps.ts");
  const auto from = page.find("TITLES");
  std::istringstream lines(page.substr(from, page.find("}", from) - from));
  std::vector<std::string> named;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) named.push_back(line.substr(2, line.find(':') - 2));
  EXPECT_EQ(named, words());
}

TEST(StartSteps, EachHasATestOfItsOwn) {
  for (const auto& word : words()) {
    const auto file = fmt::format("src/planning/steps/{}_test.cpp", word);
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(BERTH_SOURCE_DIR) / file)) << file;
  }
}

TEST(StartSteps, WhatIsDoneOnItsApplyHasObjects) {
  for (const auto& step : kStartSteps) {
    EXPECT_FALSE(step.judge == done_when_applied && step.objects == no_objects) << to_string(step.name);
  }
}

TEST(Objects, ThatFenceTheSessionCarryTheGuardLabelAndNoOthers) {
  const std::set<std::string> fencing{"ResourceQuota", "LimitRange", "NetworkPolicy", "ServiceAccount",
                                      "RoleBinding",   "ConfigMap",  "Secret"};
  const auto spec = reference_session(model::Flavour::kOpenshift, true, model::Mode::kInteractiveMl);
  for (const auto& object : all_objects(spec)) {
    const auto guard = find_string(object.body, {"metadata", "labels", std::string(kGuardLabel)});
    EXPECT_EQ(guard.has_value(), fencing.contains(object.kind.kind))
        << object.kind.kind << " " << object.name;
  }
}

TEST(Objects, AllCarryTheInstallationTheReservationAndTheSession) {
  const auto spec = slice();
  for (const auto& object : all_objects(spec)) {
    const auto& labels = *find(object.body, {"metadata", "labels"});
    EXPECT_EQ(string_at(labels, {kInstallationLabel}), spec.installation);
    EXPECT_EQ(string_at(labels, {kReservationLabel}), spec.reservation.id.value);
    EXPECT_EQ(string_at(labels, {kSessionLabel}), spec.session.id.value);
    EXPECT_EQ(string_at(labels, {kManagedByLabel}), "berth");
  }
}

TEST(Objects, AreOfKindsThatAreListed) {
  for (const auto flavour : {model::Flavour::kOpenshift, model::Flavour::kKubernetes}) {
    const auto kinds = session_kinds(flavour);
    for (const auto& object : all_objects(reference_session(flavour, false, model::Mode::kInteractiveMl))) {
      EXPECT_NE(std::find(kinds.begin(), kinds.end(), object.kind), kinds.end()) << object.kind.plural;
    }
  }
}

RC_GTEST_PROP(Objects, AreFoundToMatchThemselves, ()) {
  auto spec = reference_session(
      *rc::gen::element(model::Flavour::kOpenshift, model::Flavour::kKubernetes), *rc::gen::arbitrary<bool>(),
      *rc::gen::element(model::Mode::kInteractiveMl, model::Mode::kInferenceContainers));
  spec.facts.several_nodes = *rc::gen::arbitrary<bool>();
  for (const auto& object : all_objects(spec)) RC_ASSERT(matches(object.body, object.body));
}

}  // namespace
}  // namespace berth::planning
