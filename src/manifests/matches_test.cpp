#include <gtest/gtest.h>

#include "manifests/manifests.hpp"

namespace berth::manifests {
namespace {

json::value text(std::string_view json) {
  return parse_json(json).value();
}

bool matches_text(std::string_view wanted, std::string_view actual) {
  return matches(text(wanted), text(actual));
}

TEST(Matches, FieldsThatTheServerAddedDoNotCount) {
  EXPECT_TRUE(
      matches_text(R"({"spec":{"replicas":1}})",
                   R"({"spec":{"replicas":1,"progressDeadlineSeconds":600},"status":{"replicas":1}})"));
  EXPECT_FALSE(matches_text(R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})"));
  EXPECT_FALSE(matches_text(R"({"spec":{"replicas":1}})", R"({"spec":{}})"));
}

std::string pod(std::string_view spec) {
  return R"({"kind":"Pod","spec":)" + std::string(spec) + "}";
}

TEST(Matches, ContainersAreFoundByNameAndTheirDefaultsTolerated) {
  const auto wanted = pod(R"({"containers":[{"name":"a","ports":[{"name":"http","containerPort":8080}]}]})");
  EXPECT_TRUE(matches_text(wanted, pod(R"({"containers":[{"name":"injected"},
      {"name":"a","imagePullPolicy":"Always","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}]}]})")));
  EXPECT_FALSE(matches_text(
      wanted, pod(R"({"containers":[{"name":"b","ports":[{"name":"http","containerPort":8080}]}]})")));
  EXPECT_FALSE(matches_text(wanted, pod(R"({"containers":[{"name":"a","ports":[]}]})")));
}

TEST(Matches, MountsAreFoundByPathSinceAVolumeMayBeMountedTwice) {
  const auto mounted = [](std::string_view mounts) {
    return pod(R"({"containers":[{"name":"a","volumeMounts":[)" + std::string(mounts) + "]}]}");
  };
  const auto wanted = mounted(R"({"name":"v","mountPath":"/a"},{"name":"v","mountPath":"/b"})");
  EXPECT_TRUE(
      matches_text(wanted, mounted(R"({"name":"v","mountPath":"/b"},{"name":"v","mountPath":"/a"})")));
  EXPECT_FALSE(
      matches_text(wanted, mounted(R"({"name":"v","mountPath":"/a"},{"name":"w","mountPath":"/b"})")));
}

TEST(Matches, WhatTheServerMergesInOneKindIsOneValueInAnother) {
  const auto policy = [](std::string_view kind, std::string_view variables) {
    return R"({"kind":")" + std::string(kind) + R"(","spec":{"variables":[)" + std::string(variables) + "]}}";
  };
  const auto one = R"({"name":"a","expression":"1"})";
  const auto two = R"({"name":"a","expression":"1"},{"name":"b","expression":"2"})";
  EXPECT_TRUE(
      matches_text(policy("ValidatingAdmissionPolicy", one), policy("ValidatingAdmissionPolicy", two)));
  EXPECT_FALSE(matches_text(policy("MutatingAdmissionPolicy", one), policy("MutatingAdmissionPolicy", two)));
}

TEST(Matches, ASetMayHaveWhatOthersAddedAndMustHaveOurs) {
  const auto binding = [](std::string_view actions) {
    return R"({"kind":"ValidatingAdmissionPolicyBinding","spec":{"validationActions":[)" +
           std::string(actions) + "]}}";
  };
  EXPECT_TRUE(matches_text(binding(R"("Deny")"), binding(R"("Audit","Deny")")));
  EXPECT_FALSE(matches_text(binding(R"("Deny")"), binding(R"("Audit")")));
}

TEST(Matches, AConditionMoreOfAPolicyIsADifference) {
  const auto policy = [](std::string_view kind, std::string_view conditions) {
    return R"({"kind":")" + std::string(kind) + R"(","spec":{"failurePolicy":"Fail")" +
           std::string(conditions) + "}}";
  };
  const std::string one = R"(,"matchConditions":[{"name":"a","expression":"x"}])";
  const std::string two =
      R"(,"matchConditions":[{"name":"a","expression":"x"},{"name":"b","expression":"false"}])";
  for (const auto* kind : {"ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"}) {
    EXPECT_TRUE(matches_text(policy(kind, one), policy(kind, one)));
    EXPECT_TRUE(matches_text(policy(kind, ""), policy(kind, R"(,"matchConditions":[])")));
    EXPECT_FALSE(matches_text(policy(kind, one), policy(kind, two))) << kind;
    EXPECT_FALSE(matches_text(policy(kind, ""), policy(kind, one))) << kind;
  }
}

TEST(Matches, ANarrowedPolicyIsADifference) {
  const auto policy = [](std::string_view selector) {
    return R"({"kind":"ValidatingAdmissionPolicy","spec":{"matchConstraints":{"resourceRules":[],
        "namespaceSelector":)" +
           std::string(selector) + "}}}";
  };
  EXPECT_TRUE(matches_text(policy("{}"), policy("{}")));
  EXPECT_FALSE(matches_text(policy("{}"), policy(R"({"matchLabels":{"a":"b"}})")));
}

TEST(Matches, AServiceAccountMayHavePullSecretsOfTheCluster) {
  const auto account = [](std::string_view secrets) {
    return R"({"kind":"ServiceAccount","imagePullSecrets":[)" + std::string(secrets) + "]}";
  };
  const auto ours = R"({"name":"site"})";
  EXPECT_TRUE(matches_text(account(ours), account(R"({"name":"site"},{"name":"workspace-dockercfg-x"})")));
  EXPECT_FALSE(matches_text(account(ours), account(R"({"name":"workspace-dockercfg-x"})")));
  EXPECT_FALSE(matches_text(account(ours), R"({"kind":"ServiceAccount"})"));
}

TEST(Matches, QuantitiesCompareByAmount) {
  EXPECT_TRUE(matches_text(R"({"hard":{"a":"1","b":"0.5","c":"2Gi"}})",
                           R"({"hard":{"a":"1000m","b":"500m","c":"2147483648","d":"1"}})"));
  EXPECT_TRUE(matches_text(R"({"limits":{"cpu":"1"}})", R"({"limits":{"cpu":1}})"));
  EXPECT_FALSE(matches_text(R"({"hard":{"a":"1"}})", R"({"hard":{"a":"1001m"}})"));
  EXPECT_FALSE(matches_text(R"({"hard":{"a":"1Gi"}})", R"({"hard":{"a":"1G"}})"));
  EXPECT_TRUE(matches_text(R"({"emptyDir":{"sizeLimit":"8192Mi"}})", R"({"emptyDir":{"sizeLimit":"8Gi"}})"));
}

TEST(Matches, OtherStringsCompareByText) {
  EXPECT_FALSE(matches_text(R"({"labels":{"a":"1"}})", R"({"labels":{"a":"1.0"}})"));
  EXPECT_FALSE(matches_text(pod(R"({"containers":[{"name":"a","env":[{"name":"A","value":"1"}]}]})"),
                            pod(R"({"containers":[{"name":"a","env":[{"name":"A","value":"1000m"}]}]})")));
}

TEST(Matches, WhatIsEmptyMayBeMissing) {
  EXPECT_TRUE(matches_text(R"({"a":{},"b":[],"c":{"d":1}})", R"({"c":{"d":1}})"));
  EXPECT_TRUE(matches_text(R"({"a":{},"b":[]})", R"({"a":null,"b":null})"));
  EXPECT_FALSE(matches_text(R"({"a":[]})", R"({"a":[1]})"));
  EXPECT_FALSE(matches_text(R"({"a":""})", R"({})")) << "an empty string is a value";
}

TEST(Matches, ItemsOfAListComeWithoutTheirKind) {
  const auto wanted = R"({"apiVersion":"v1","kind":"ConfigMap","data":{"kind":"x"}})";
  EXPECT_TRUE(matches_text(wanted, R"({"data":{"kind":"x"}})"));
  EXPECT_FALSE(matches_text(wanted, R"({"apiVersion":"v1","kind":"Secret","data":{"kind":"x"}})"));
  EXPECT_FALSE(matches_text(wanted, R"({"data":{}})"));
}

TEST(Matches, AnAddedSubjectIsADifference) {
  const auto wanted = R"({"kind":"RoleBinding","subjects":[{"kind":"ServiceAccount","name":"workspace"}]})";
  EXPECT_FALSE(matches_text(wanted, R"({"kind":"RoleBinding","subjects":[
      {"kind":"ServiceAccount","name":"workspace"},{"kind":"User","name":"eve"}]})"));
}

TEST(Matches, AnAddedKeyOfASelectorIsADifference) {
  EXPECT_FALSE(matches_text(R"({"kind":"Service","spec":{"selector":{"a":"b"}}})",
                            R"({"kind":"Service","spec":{"selector":{"a":"b","c":"d"}}})"));
}

TEST(Matches, NumbersCompareByValueAndNeverWithText) {
  EXPECT_TRUE(matches_text(R"({"port":80})", R"({"port":80.0})"));
  EXPECT_FALSE(matches_text(R"({"port":80})", R"({"port":"80"})"));
  EXPECT_FALSE(matches_text(R"({"on":true})", R"({"on":1})"));
}

}  // namespace
}  // namespace berth::manifests
