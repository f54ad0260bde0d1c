// What can be told of the shared objects without an API server; that the policies hold is checked on a real
// one, by test/guard.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "manifests/names_and_labels.hpp"
#include "manifests/reference_session_for_test.hpp"
#include "manifests/shared_objects.hpp"

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

std::vector<Object> all_shared() {
  ClusterFacts facts;
  facts.mutating_policy_version = "v1beta1";
  return cluster_objects(facts);
}

bool is_there(const std::vector<Object>& objects, std::string_view kind, std::string_view name) {
  return std::any_of(objects.begin(), objects.end(),
                     [&](const Object& one) { return one.kind.kind == kind && one.name == name; });
}

TEST(SharedObjects, CanBeAppliedAsTheyAreAndAreKnownByTheirLabel) {
  std::set<std::string> names;
  for (const auto& object : all_shared()) {
    SCOPED_TRACE(object.kind.kind + " " + object.name);
    EXPECT_EQ(string_at(object.body, {"apiVersion"}), object.kind.group + "/" + object.kind.version);
    EXPECT_EQ(string_at(object.body, {"kind"}), object.kind.kind);
    EXPECT_EQ(string_at(object.body, {"metadata", "name"}), object.name);
    EXPECT_TRUE(object.name.starts_with("berth-"));
    EXPECT_EQ(*find(object.body, {"metadata", "labels"}), (json::object{{kManagedByLabel, "berth"}}))
        << "every installation shares it";
    EXPECT_TRUE(names.insert(object.kind.plural + "/" + object.name).second) << "twice";
  }
  EXPECT_EQ(names.size(), 29U);
}

TEST(SharedObjects, AreAllThatDeployHasInTheFilesThatAnAdminApplies) {
  std::size_t in_files = 0;
  const auto count = [&](const std::filesystem::path& path) {
    std::ifstream file(path);
    ASSERT_TRUE(file) << path;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto objects = read_shared_objects(text);
    ASSERT_TRUE(objects) << path << ": " << objects.error().message;
    for (const auto& object : *objects) {
      ++in_files;
      EXPECT_TRUE(is_there(all_shared(), object.kind.kind, object.name)) << object.name;
    }
  };
  const auto deploy = std::filesystem::path(BERTH_SOURCE_DIR) / "deploy";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(deploy / "policies")) {
    if (entry.path().extension() == ".yaml") count(entry.path());
  }
  count(deploy / "rbac/session-admin.yaml");
  EXPECT_EQ(in_files, all_shared().size());
}

TEST(SharedObjects, AreListedForKustomizeEachOfThem) {
  const auto policies = std::filesystem::path(BERTH_SOURCE_DIR) / "deploy/policies";
  std::ifstream file(policies / "Kustomization");
  const std::string listed{std::istreambuf_iterator<char>(file), {}};
  for (const auto& entry : std::filesystem::directory_iterator(policies)) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_NE(listed.find("\n- " + entry.path().filename().string() + "\n"), std::string::npos)
        << entry.path();
  }
}

TEST(SharedObjects, AreGivenToTheReconcilerToWriteWhereTheyRefuseAndNotWhereTheyChangeOthersWrites) {
  std::ifstream file(std::filesystem::path(BERTH_SOURCE_DIR) / "deploy/rbac/optional/write-policies.yaml");
  ASSERT_TRUE(file);
  std::set<std::string> named;
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kNames = "  resourceNames: [";
    if (!line.starts_with(kNames)) continue;
    std::istringstream names(line.substr(kNames.size(), line.size() - kNames.size() - 1));
    for (std::string name; std::getline(names >> std::ws, name, ',');) named.insert(name);
  }
  std::set<std::string> refusing;
  for (const auto& object : all_shared()) {
    if (object.kind.kind == "ValidatingAdmissionPolicy") refusing.insert(object.name);
  }
  EXPECT_EQ(named, refusing) << "the confinement is the admin's too";
}

TEST(SharedObjects, OnlyMutatingPoliciesFollowTheVersionThatTheClusterServes) {
  const auto without = cluster_objects({});
  EXPECT_TRUE(std::none_of(without.begin(), without.end(), [](const Object& one) { return !fences(one); }));
  ClusterFacts facts;
  facts.mutating_policy_version = "v1";
  const auto with = cluster_objects(facts);
  EXPECT_EQ(with.size(), without.size() + 6);
  for (const auto& object : all_shared()) {
    const bool mutates = object.kind.kind.starts_with("Mutating");
    EXPECT_EQ(fences(object), !mutates) << object.name;
    EXPECT_EQ(object.kind.version, mutates ? "v1beta1" : "v1") << object.name;
  }
}

TEST(SharedObjects, AnObjectThatCannotBeAppliedIsRefused) {
  EXPECT_FALSE(read_shared_objects("a: [")) << "no YAML";
  EXPECT_FALSE(read_shared_objects("apiVersion: v1\nkind: Secret\nmetadata: {name: berth-x}\n"));
  EXPECT_FALSE(
      read_shared_objects("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nrules: []\n"));
  EXPECT_FALSE(
      read_shared_objects("apiVersion: admissionregistration.k8s.io/v1beta1\nkind: "
                          "MutatingAdmissionPolicy\nmetadata: {name: berth-x}\n"))
      << "files say v1";
  EXPECT_TRUE(read_shared_objects("# a word\n---\n")->empty());
}

TEST(Policies, EachIsBoundToAllNamespacesOfSessionsAndToNothingElse) {
  for (const auto& object : all_shared()) {
    if (!object.kind.kind.ends_with("Policy")) continue;
    SCOPED_TRACE(object.name);
    const auto objects = all_shared();
    const auto binding = std::find_if(objects.begin(), objects.end(), [&](const Object& one) {
      return one.kind.kind == object.kind.kind + "Binding" && one.name == object.name;
    });
    ASSERT_NE(binding, objects.end());
    const auto& spec = *find(binding->body, {"spec"});
    EXPECT_EQ(string_at(spec, {"policyName"}), object.name);
    const json::object session{{"key", kSessionLabel}, {"operator", "Exists"}};
    EXPECT_EQ(
        *find(spec, {"matchResources"}),
        (json::object{{"matchPolicy", "Equivalent"},
                      {"objectSelector", json::object{}},
                      {"namespaceSelector", json::object{{"matchExpressions", json::array{session}}}}}));
    if (fences(object)) {
      EXPECT_EQ(*find(spec, {"validationActions"}), json::array{"Deny"});
    }
  }
}

TEST(Policies, RefuseWhatTheyCannotJudgeAndLookAtAllThatTheyAreFor) {
  for (const auto& object : all_shared()) {
    if (!object.kind.kind.ends_with("Policy")) continue;
    SCOPED_TRACE(object.name);
    EXPECT_EQ(string_at(object.body, {"spec", "failurePolicy"}), "Fail");
    const auto& constraints = *find(object.body, {"spec", "matchConstraints"});
    EXPECT_EQ(string_at(constraints, {"matchPolicy"}), "Equivalent");
    for (const auto selector : {"namespaceSelector", "objectSelector"})
      EXPECT_EQ(*find(constraints, {selector}), json::object{})
          << "written down, so that a narrower one is seen";
    for (const auto& rule : find(constraints, {"resourceRules"})->as_array())
      EXPECT_EQ(string_at(rule, {"scope"}), "Namespaced");
    EXPECT_EQ(find(object.body, {"spec", "matchConditions"}) != nullptr, object.name == "berth-node");
  }
}

TEST(Policies, LetWhoMayBypassThemPassEachOfTheirDemands) {
  int demands = 0;
  for (const auto& object : cluster_objects({})) {
    if (object.kind.kind != "ValidatingAdmissionPolicy") continue;
    const auto& spec = *find(object.body, {"spec"});
    const auto& first = find(spec, {"variables"})->as_array().at(0);
    EXPECT_EQ(string_at(first, {"name"}), "bypass");
    EXPECT_EQ(string_at(first, {"expression"}),
              "authorizer.group('berth.dev').resource('guards').check('bypass').allowed()");
    for (const auto& demand : find(spec, {"validations"})->as_array()) {
      const auto expression = string_at(demand, {"expression"});
      EXPECT_TRUE(expression.starts_with("(") && expression.ends_with(") || variables.bypass")) << expression;
      EXPECT_FALSE(string_at(demand, {"message"}).empty());
      EXPECT_EQ(string_at(demand, {"reason"}), "Forbidden");
      ++demands;
    }
  }
  EXPECT_EQ(demands, 51);
}

TEST(Policies, SayTheNamesAndNumbersThatTheRestOfBerthUses) {
  const auto text_of = [](std::string_view kind, std::string_view name) {
    for (const auto& object : all_shared()) {
      if (object.kind.kind == kind && object.name == name) return json::serialize(object.body);
    }
    throw std::out_of_range(std::string(name));
  };
  const auto guards = text_of("ValidatingAdmissionPolicy", "berth-guards");
  EXPECT_EQ(times(guards, "'" + std::string(kGuardLabel) + "' in "), 2);
  EXPECT_EQ(times(guards, "k != '" + std::string(kIsolatedLabel) + "'"), 1);
  const auto pods = text_of("ValidatingAdmissionPolicy", "berth-pods");
  EXPECT_EQ(times(pods, "'" + std::string(kResourceNamesAnnotation) + "'"), 2);
  EXPECT_EQ(times(pods, "'" + std::string(kNodeAnnotation) + "'"), 2);
  EXPECT_EQ(times(pods, "'" + std::string(kHostnameLabel) + "'"), 2);
  EXPECT_EQ(times(pods, "GracePeriodSeconds <= " + std::to_string(kMaxGraceSeconds)) +
                times(pods, ".gracePeriodSeconds <= " + std::to_string(kMaxGraceSeconds)),
            4);
  EXPECT_EQ(times(pods, "at most " + std::to_string(kMaxGraceSeconds) + " seconds"), 3);
  EXPECT_EQ(times(pods, "<= "), 5) << "and 0 for the priority";
  EXPECT_EQ(times(text_of("ValidatingAdmissionPolicy", "berth-claims"),
                  "'" + std::string(kStorageClassAnnotation) + "'"),
            2);
  EXPECT_EQ(times(text_of("ValidatingAdmissionPolicy", "berth-hosts"),
                  "'" + std::string(kAppsDomainAnnotation) + "'"),
            2);
  EXPECT_EQ(times(text_of("ValidatingAdmissionPolicy", "berth-hosts"),
                  "'" + std::string(kIngressClassAnnotation) + "'"),
            2);
  const auto node = text_of("MutatingAdmissionPolicy", "berth-node");
  EXPECT_EQ(times(node, "'" + std::string(kNodeAnnotation) + "'"), 2);
  EXPECT_EQ(times(node, "'" + std::string(kHostnameLabel) + "'"), 3);
  for (const auto name : {"berth-proxy", "berth-proxy-debug"}) {
    EXPECT_EQ(times(text_of("MutatingAdmissionPolicyBinding", name),
                    R"("paramRef":{"name":")" + std::string(kProxyConfigName) + R"(",)"),
              1);
  }
}

TEST(SessionAdmin, HasNoRightThatWouldReachBeyondTheSession) {
  const auto objects = cluster_objects({});
  ASSERT_TRUE(is_there(objects, "ClusterRole", kSessionAdminName));
  const std::set<std::string> never{
      "*",     "resourceclaims",   "volumesnapshots", "routes/custom-host", "clusterroles",
      "nodes", "persistentvolumes"};
  for (const auto& object : objects) {
    if (object.kind.kind != "ClusterRole") continue;
    for (const auto& rule : find(object.body, {"rules"})->as_array()) {
      for (const auto* list : {"apiGroups", "resources", "verbs"}) {
        for (const auto& word : find(rule, {list})->as_array())
          EXPECT_FALSE(never.contains(word.as_string().c_str())) << word;
      }
      for (const auto& verb : find(rule, {"verbs"})->as_array()) {
        const std::set<std::string> beyond{"bind", "escalate", "impersonate", "use"};
        EXPECT_FALSE(beyond.contains(verb.as_string().c_str())) << verb;
        if (verb == "get" || verb == "list" || verb == "watch") continue;
        for (const auto& resource : find(rule, {"resources"})->as_array()) {
          const std::set<std::string> read_only{"endpoints", "endpointslices", "daemonsets", "namespaces",
                                                "projects",  "resourcequotas", "limitranges"};
          EXPECT_FALSE(read_only.contains(resource.as_string().c_str())) << resource << " " << verb;
        }
      }
    }
  }
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
    if (!has(expression, "variables.pod.") && !has(expression, "variables.containers") &&
        !has(expression, "variables.handlers"))
      continue;
    EXPECT_TRUE(expression.starts_with("(!variables.is_made || (")) << expression;
    ++of_the_spec;
  }
  EXPECT_GT(of_the_spec, 0);
}

TEST(PodPolicy, GivesTheWorkspaceTheGraceThatItAsksFor) {
  const auto spec = reference_session(model::Flavour::kKubernetes, false, model::Mode::kInteractiveMl);
  const auto deployment = kWorkspaceKind.objects(spec, workspace_app()).at(0);
  const auto* grace = find(deployment.body, {"spec", "template", "spec", "terminationGracePeriodSeconds"});
  ASSERT_NE(grace, nullptr);
  EXPECT_LE(grace->as_int64(), kMaxGraceSeconds);
}

TEST(WorkspacePolicy, ShutsTheGateOfThePodsThatTheDeploymentMakesByTheirNames) {
  const auto spec = reference_session(model::Flavour::kKubernetes, false, model::Mode::kInteractiveMl);
  const auto deployment = kWorkspaceKind.objects(spec, workspace_app()).at(0);
  const auto* pod = find(deployment.body, {"spec", "template"});
  ASSERT_NE(pod, nullptr);
  // Not by its labels: a request for a terminal has none.
  std::vector<std::string> containers;
  for (const auto& container : find(*pod, {"spec", "containers"})->as_array())
    containers.push_back(string_at(container, {"name"}));
  EXPECT_EQ(containers, (std::vector<std::string>{"workspace", "gate"}))
      << "with one container alone the API server would take it unnamed";
  const auto demands = expressions_of(policy_spec_of("berth-workspace"), "validations");
  EXPECT_TRUE(demands.at(1).find("? request.name != '" + deployment.name + "'") != std::string::npos &&
              demands.at(1).find("!request.name.startsWith('" + deployment.name + "-')") != std::string::npos)
      << demands.at(1) << ": nor has what is asked of to scale it";
  EXPECT_EQ(demands.at(2), "(variables.container != 'gate' || !request.name.startsWith('" + deployment.name +
                               "-')) || variables.bypass");
  EXPECT_NE(find(*pod, {"metadata", "labels", kSessionLabel}), nullptr) << "by it its pods are known";
}

TEST(WorkspacePolicy, LooksAtAllThatLeadsPeopleIn) {
  const auto spec = policy_spec_of("berth-workspace");
  std::set<std::string> looked_at;
  for (const auto& rule : find(spec, {"matchConstraints", "resourceRules"})->as_array()) {
    for (const auto& resource : find(rule, {"resources"})->as_array()) {
      for (const auto& operation : find(rule, {"operations"})->as_array())
        looked_at.insert(std::string(operation.as_string()) + " " + std::string(resource.as_string()));
    }
  }
  const std::set<std::string> wanted{"UPDATE deployments",
                                     "DELETE deployments",
                                     "UPDATE services",
                                     "DELETE services",
                                     "UPDATE ingresses",
                                     "DELETE ingresses",
                                     "UPDATE routes",
                                     "DELETE routes",
                                     "UPDATE replicasets",
                                     "UPDATE pods",
                                     "CONNECT pods/exec",
                                     "UPDATE pods/ephemeralcontainers",
                                     "CONNECT pods/attach",
                                     "UPDATE pods/resize",
                                     "UPDATE deployments/scale",
                                     "UPDATE replicasets/scale"};
  EXPECT_EQ(looked_at, wanted);
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

TEST(GuardPolicy, AsksForRightsElsewhereOnlyWhereFinalizersOrMarksAreAdded) {
  int asked = 0;
  for (const auto& expression : expressions_of(policy_spec_of("berth-guards"), "validations")) {
    const auto at = expression.find("variables.by_right_everywhere");
    if (at == std::string::npos) continue;
    ++asked;
    EXPECT_LT(
        std::min(expression.find("variables.added_finalizers"), expression.find("variables.added_marks")), at)
        << expression;
  }
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace berth::manifests
