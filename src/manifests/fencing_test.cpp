// Which changes of the policies and their bindings open the fence: the objects are those of deploy/.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "manifests/manifests.hpp"

namespace berth::manifests {
namespace {

Object shared(std::string_view kind, std::string_view name = "berth-pods") {
  ClusterFacts facts;
  facts.mutating_policy_version = "v1";
  for (auto& object : cluster_objects(facts)) {
    if (object.kind.kind == kind && object.name == name) return object;
  }
  throw std::out_of_range(std::string(name));
}

struct Case {
  std::string what;
  std::function<void(json::object& spec)> change;
};

void judge(const Object& wanted, const std::vector<Case>& cases, bool fences) {
  for (const auto& one : cases) {
    json::value kept = wanted.body;
    one.change(kept.at("spec").as_object());
    EXPECT_EQ(still_fences(wanted, kept), fences) << wanted.kind.kind << ": " << one.what;
    EXPECT_NE(kept, json::value(wanted.body)) << "nothing was changed: " << one.what;
  }
}

json::object& rule(json::object& spec, std::size_t at = 0) {
  return spec.at("validations").as_array().at(at).as_object();
}
json::object& of(json::object& spec, std::string_view key) {
  return spec.at(key).as_object();
}

TEST(Fence, IsOpenWhereAPolicyRefusesLess) {
  judge(
      shared("ValidatingAdmissionPolicy"),
      {{"failures let through", [](auto& it) { it["failurePolicy"] = "Ignore"; }},
       {"no failure policy", [](auto& it) { it.erase("failurePolicy"); }},
       {"a rule is gone", [](auto& it) { it.at("validations").as_array().pop_back(); }},
       {"no rules", [](auto& it) { it.erase("validations"); }},
       {"a rule is worded otherwise", [](auto& it) { rule(it)["expression"] = "true"; }},
       {"a variable is another",
        [](auto& it) { it.at("variables").as_array().at(0).as_object()["expression"] = "true"; }},
       {"a variable is gone", [](auto& it) { it.at("variables").as_array().clear(); }},
       {"a condition more",
        [](auto& it) { it["matchConditions"] = json::array{{{"name", "never"}, {"expression", "false"}}}; }},
       {"parameters", [](auto& it) { it["paramKind"] = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}}; }},
       {"a kind of object is not asked for",
        [](auto& it) { of(it, "matchConstraints").at("resourceRules").as_array().pop_back(); }},
       {"an operation is not asked for",
        [](auto& it) {
          auto& first = of(it, "matchConstraints").at("resourceRules").as_array().at(0).as_object();
          first["operations"] = json::array{"DELETE"};
        }},
       {"what is left out",
        [](auto& it) {
          of(it, "matchConstraints")["excludeResourceRules"] =
              json::array{{{"apiGroups", json::array{""}}, {"resources", json::array{"pods"}}}};
        }},
       {"some namespaces alone",
        [](auto& it) { of(it, "matchConstraints")["namespaceSelector"] = {{"matchLabels", {{"a", "b"}}}}; }},
       {"some objects alone",
        [](auto& it) { of(it, "matchConstraints")["objectSelector"] = {{"matchLabels", {{"a", "b"}}}}; }},
       {"exact versions alone", [](auto& it) { of(it, "matchConstraints")["matchPolicy"] = "Exact"; }}},
      false);
}

TEST(Fence, HoldsWhereAPolicySaysItOtherwiseOrRefusesMore) {
  judge(
      shared("ValidatingAdmissionPolicy"),
      {{"words", [](auto& it) { rule(it)["message"] = "ask the platform's team"; }},
       {"made words", [](auto& it) { rule(it)["messageExpression"] = "'ask'"; }},
       {"the reason", [](auto& it) { rule(it)["reason"] = "Invalid"; }},
       {"notes for the auditors",
        [](auto& it) { it["auditAnnotations"] = json::array{{{"key", "a"}, {"valueExpression", "'b'"}}}; }},
       {"a rule more, in front",
        [](auto& it) {
          auto& rules = it.at("validations").as_array();
          rules.insert(rules.begin(), json::object{{"expression", "false"}});
        }},
       {"another order",
        [](auto& it) {
          auto& rules = it.at("validations").as_array();
          std::swap(rules.front(), rules.back());
        }},
       {"a variable more",
        [](auto& it) { it.at("variables").as_array().push_back({{"name", "own"}, {"expression", "true"}}); }},
       {"a kind of object more",
        [](auto& it) {
          of(it, "matchConstraints")
              .at("resourceRules")
              .as_array()
              .push_back({{"apiGroups", json::array{"a"}}, {"resources", json::array{"b"}}});
        }}},
      true);
}

TEST(Fence, IsOpenWhereABindingDoesNotDenyOrAsksFewer) {
  judge(shared("ValidatingAdmissionPolicyBinding"),
        {{"told alone", [](auto& it) { it["validationActions"] = json::array{"Audit"}; }},
         {"warned alone", [](auto& it) { it["validationActions"] = json::array{"Warn", "Audit"}; }},
         {"no actions", [](auto& it) { it["validationActions"] = json::array{}; }},
         {"of another policy", [](auto& it) { it["policyName"] = "own"; }},
         {"parameters",
          [](auto& it) { it["paramRef"] = {{"name", "a"}, {"parameterNotFoundAction", "Allow"}}; }},
         {"some objects alone",
          [](auto& it) { of(it, "matchResources")["objectSelector"] = {{"matchLabels", {{"a", "b"}}}}; }},
         {"some namespaces alone",
          [](auto& it) { of(it, "matchResources")["namespaceSelector"] = {{"matchLabels", {{"a", "b"}}}}; }},
         {"some resources alone",
          [](auto& it) {
            of(it, "matchResources")["resourceRules"] =
                json::array{{{"apiGroups", json::array{""}}, {"resources", json::array{"configmaps"}}}};
          }},
         {"what is left out",
          [](auto& it) {
            of(it, "matchResources")["excludeResourceRules"] =
                json::array{{{"apiGroups", json::array{""}}, {"resources", json::array{"pods"}}}};
          }}},
        false);
}

TEST(Fence, HoldsWhereABindingDeniesAndTellsBeside) {
  judge(shared("ValidatingAdmissionPolicyBinding"),
        {{"told too", [](auto& it) { it["validationActions"] = json::array{"Audit", "Deny"}; }}}, true);
  const auto wanted = shared("ValidatingAdmissionPolicyBinding");
  json::value kept = wanted.body;
  kept.at("metadata").as_object()["labels"] = {{"a", "b"}};
  kept.at("metadata").as_object()["annotations"] = {{"a", "b"}};
  EXPECT_TRUE(still_fences(wanted, kept)) << "labels and annotations";
}

TEST(Fence, IsNoneOfWhatRefusesNothing) {
  const auto role = shared("ClusterRole", "berth-session-admin");
  EXPECT_TRUE(still_fences(role, {{"kind", "ClusterRole"}, {"rules", json::array{}}}));
  const auto help = shared("MutatingAdmissionPolicy", "berth-node");
  EXPECT_TRUE(still_fences(help, {{"kind", "MutatingAdmissionPolicy"}}));
}

TEST(Fence, IsWhatEachPolicyOfDeployIs) {
  for (const auto& object : cluster_objects({})) {
    EXPECT_TRUE(still_fences(object, object.body)) << object.name;
    if (object.kind.kind == "ClusterRole") continue;
    EXPECT_FALSE(still_fences(object, {{"kind", object.kind.kind}})) << object.name;
  }
}

TEST(Fence, ParametersOfOthersAreADifferenceThatIsTakenAway) {
  const auto wanted = shared("ValidatingAdmissionPolicyBinding");
  json::value kept = wanted.body;
  EXPECT_TRUE(matches(wanted.body, kept));
  kept.at("spec").as_object()["paramRef"] = {{"name", "a"}, {"parameterNotFoundAction", "Allow"}};
  EXPECT_FALSE(matches(wanted.body, kept));
  const json::value patch = with_nothing_narrowed(wanted.body);
  ASSERT_NE(find(patch, {"spec", "paramRef"}), nullptr);
  EXPECT_TRUE(find(patch, {"spec", "paramRef"})->is_null());
}

}  // namespace
}  // namespace berth::manifests
