// What can be told of the policies without an API server; that they hold is checked on a real one, by
// test/guard.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "manifests/names_and_labels.hpp"
#include "manifests/reference_session_for_test.hpp"

namespace berth::manifests {
namespace {

json::value policy_spec_of(std::string_view name) {
  for (const auto& object : cluster_objects({})) {
    if (object.kind.kind == "ValidatingAdmissionPolicy" && object.name == name)
      return *find(object.body, {"spec"});
  }
  throw std::out_of_range(std::string(name));
}

std::vector<std::string> expressions_of(const json::value& spec, std::string_view list) {
  std::vector<std::string> expressions;
  for (const auto& item : find(spec, {list})->as_array())
    expressions.push_back(string_at(item, {"expression"}));
  return expressions;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

int times(const std::string& text, std::string_view part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(PodPolicy, LooksAtWhateverCanChangeAPodOrSetItsGrace) {
  const auto spec = policy_spec_of("berth-pods");
  std::vector<std::string> looked_at;
  for (const auto& rule : find(spec, {"matchConstraints", "resourceRules"})->as_array()) {
    for (const auto& resource : find(rule, {"resources"})->as_array()) {
      for (const auto& operation : find(rule, {"operations"})->as_array())
        looked_at.push_back(std::string(operation.as_string()) + " " + std::string(resource.as_string()));
    }
  }
  const std::vector<std::string> wanted{"CREATE pods", "UPDATE pods", "DELETE pods",
                                        "UPDATE pods/ephemeralcontainers", "CREATE pods/eviction"};
  EXPECT_EQ(looked_at, wanted);
}

TEST(PodPolicy, LeavesTheSpecOfAPodAloneThatIsThereAlready) {
  int of_the_spec = 0;
  for (const auto& expression : expressions_of(policy_spec_of("berth-pods"), "validations")) {
    if (!has(expression, "variables.pod.") && !has(expression, "variables.containers")) continue;
    EXPECT_TRUE(expression.starts_with("(!variables.is_made || (")) << expression;
    ++of_the_spec;
  }
  EXPECT_GT(of_the_spec, 0);
}

TEST(PodPolicy, GivesTheWorkspaceTheGraceThatItAsksFor) {
  const auto spec = reference_session(model::Flavour::kKubernetes, false, model::Mode::kInteractiveMl);
  const auto deployment = objects_of(model::StepName::kWorkspace, spec).at(0);
  const auto* grace = find(deployment.body, {"spec", "template", "spec", "terminationGracePeriodSeconds"});
  ASSERT_NE(grace, nullptr);
  EXPECT_LE(grace->as_int64(), kMaxGraceSeconds);
}

// One expression may cost 1,000,000, and each question to the authorizer costs 350,000.
TEST(Policies, AskTheAuthorizerAtMostTwiceInOneExpression) {
  for (const auto& object : cluster_objects({})) {
    if (object.kind.kind != "ValidatingAdmissionPolicy") continue;
    const auto& spec = *find(object.body, {"spec"});
    for (const std::string_view list : {"variables", "validations"}) {
      for (const auto& expression : expressions_of(spec, list))
        EXPECT_LE(times(expression, ".check("), 2) << expression;
    }
  }
}

TEST(GuardPolicy, AsksForRightsElsewhereOnlyWhereFinalizersAreAdded) {
  int asked = 0;
  for (const auto& expression : expressions_of(policy_spec_of("berth-guards"), "validations")) {
    const auto at = expression.find("variables.by_right_everywhere");
    if (at == std::string::npos) continue;
    ++asked;
    EXPECT_LT(expression.find("variables.added_finalizers"), at) << expression;
  }
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace berth::manifests
