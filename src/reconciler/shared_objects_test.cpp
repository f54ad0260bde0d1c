// A reconciler that may not write what all sessions share: an admin installs it, and keeps it as he likes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

const kube::Resource kPolicies = kube::resources::validating_admission_policies();
const kube::Resource kBindings = kube::resources::validating_admission_policy_bindings();
const kube::Resource kMutating = kube::resources::mutating_admission_policies("v1beta1");

class SharedObjects : public testing::Test {
 protected:
  /// All is installed; from now on the reconciler may write none of it.
  void install_and_forbid() {
    ASSERT_TRUE(world_.settle());
    forbid();
  }
  void forbid() {
    for (const auto* plural :
         {"clusterroles", "validatingadmissionpolicies", "validatingadmissionpolicybindings",
          "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"}) {
      simcluster::Fault fault;
      fault.verb = "apply";
      fault.resource = plural;
      fault.times = -1;
      fault.code = 403;
      fault.reason = "Forbidden";
      fault.message = "the test forbids it";
      must(world_.cluster().add_fault(fault));
    }
  }
  void set_failure_policy(std::string_view to) {
    auto client = world_.client();
    const kube::ObjectRef ref{kPolicies, "", "berth-pods"};
    auto policy = must(client.get(ref));
    policy.at("spec").as_object()["failurePolicy"] = to;
    must(client.replace(ref, policy, {.field_manager = "admin", .dry_run = false}));
  }
  void set_message(std::string_view to) {
    auto client = world_.client();
    const kube::ObjectRef ref{kPolicies, "", "berth-pods"};
    auto policy = must(client.get(ref));
    policy.at("spec").at("validations").as_array().at(0).as_object()["message"] = to;
    must(client.replace(ref, policy, {.field_manager = "admin", .dry_run = false}));
  }
  json::value take_away(const kube::Resource& resource, const std::string& name) {
    auto client = world_.client();
    const kube::ObjectRef ref{resource, "", name};
    auto object = must(client.get(ref));
    must(client.remove(ref, {}));
    return object;
  }
  void put_back(const kube::Resource& resource, json::value object) {
    for (const auto* field : {"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"})
      object.at("metadata").as_object().erase(field);
    must(world_.client().create(resource, "", object, {.field_manager = "admin", .dry_run = false}));
  }
  void book_now() { world_.book("slice-24gb", 1, std::nullopt, world_.step(2)); }
  int sessions() { return world_.sessions_in({model::SessionPhase::kReady}); }
  /// A line each.
  std::string findings() {
    std::set<std::string> lines;
    for (const auto& one : world_.open_findings())
      lines.insert(one.kind + " " + one.object + ": " + one.detail);
    std::string all;
    for (const auto& line : lines) all += (all.empty() ? "" : "\n") + line;
    return all;
  }

  TestWorld world_{17};
};

TEST_F(SharedObjects, ThatAreAsWantedNeedNoRightToWriteThem) {
  install_and_forbid();
  world_.restart();
  book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(sessions(), 1);
  EXPECT_EQ(findings(), "");
  EXPECT_THAT(world_.cycle().report.told, IsEmpty());
}

TEST_F(SharedObjects, ThatAnAdminKeepsOtherwiseAreToldAndHoldUpNothing) {
  install_and_forbid();
  const auto before =
      string_at(must(world_.client().get({kPolicies, "", "berth-pods"})).at("spec").at("validations").at(0),
                {"message"});
  set_message("ask the platform's team");
  book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(sessions(), 1);
  EXPECT_THAT(
      findings(),
      HasSubstr("shared_object_differs validatingadmissionpolicies/berth-pods: "
                "ValidatingAdmissionPolicy berth-pods is not as this version of Berth has it, and the "
                "reconciler may not write it: spec.validations[0].message is "));
  EXPECT_THAT(findings(), HasSubstr("(field manager admin)."));
  const auto done = world_.cycle();
  EXPECT_THAT(done.report.failed, IsEmpty());
  ASSERT_EQ(done.report.told.size(), 1U) << "for as long as it is so";
  EXPECT_FALSE(done.report.changed) << "and nothing is written again and again";

  set_message(before);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(findings(), "");
}

TEST_F(SharedObjects, AFenceThatAnAdminKeepsOpenHoldsUpStartsUntilItIsRightAndNoSessionThatRuns) {
  install_and_forbid();
  book_now();
  ASSERT_TRUE(world_.settle());
  ASSERT_EQ(sessions(), 1);
  set_failure_policy("Ignore");
  book_now();
  for (int i = 0; i < 20; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(world_.tables().sessions.size(), 1U);
  EXPECT_EQ(sessions(), 1) << "the one that runs goes on";
  const std::string why =
      "ValidatingAdmissionPolicy berth-pods does not fence sessions as this version of Berth has it, and the "
      "reconciler may not write it: spec.failurePolicy is Ignore instead of Fail (field manager admin).";
  EXPECT_EQ(findings(), "shared_object_differs validatingadmissionpolicies/berth-pods: " + why);
  EXPECT_EQ(world_.cycle().starts_wait, why);

  set_failure_policy("Fail");
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(sessions(), 2);
  EXPECT_EQ(findings(), "");
}

TEST_F(SharedObjects, AFenceThatIsMissingHoldsUpStartsUntilAnAdminPutsItThere) {
  install_and_forbid();
  const auto policy = take_away(kPolicies, "berth-pods");
  book_now();
  for (int i = 0; i < 20; ++i) {
    const auto done = world_.cycle();
    ASSERT_FALSE(done.report.failed.empty());
    EXPECT_THAT(done.report.failed.front(), HasSubstr("the test forbids it"));
    world_.advance(1s);
  }
  EXPECT_EQ(world_.tables().sessions.size(), 0U);
  EXPECT_THAT(findings(), HasSubstr("shared_object_missing validatingadmissionpolicies/berth-pods"));

  put_back(kPolicies, policy);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(sessions(), 1);
  EXPECT_EQ(findings(), "");
}

TEST_F(SharedObjects, AFenceThatWasOtherwiseAndIsThenMissingHoldsUpStartsAtOnce) {
  install_and_forbid();
  set_failure_policy("Ignore");
  for (int i = 0; i < 5; ++i) world_.cycle();
  take_away(kPolicies, "berth-pods");
  book_now();
  for (int i = 0; i < 10; ++i) world_.cycle();
  EXPECT_EQ(world_.tables().sessions.size(), 0U) << "the write waits, the look does not";
  EXPECT_THAT(findings(), HasSubstr("shared_object_missing"));
}

TEST_F(SharedObjects, HelpThatIsMissingIsToldAndHoldsUpNothing) {
  install_and_forbid();
  take_away(kMutating, "berth-node");
  book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(sessions(), 1);
  EXPECT_THAT(findings(), HasSubstr("shared_object_missing mutatingadmissionpolicies/berth-node"));
}

/// What an admin may do to a binding with one patch.
void set_actions(TestWorld& world, json::array actions) {
  must(world.client().merge_patch({kBindings, "", "berth-pods"},
                                  {{"spec", {{"validationActions", std::move(actions)}}}},
                                  {.field_manager = "kubectl-patch", .dry_run = false}));
}
std::string actions(TestWorld& world) {
  const auto binding = must(world.client().get({kBindings, "", "berth-pods"}));
  return json::serialize(*find(binding, {"spec", "validationActions"}));
}

TEST_F(SharedObjects, ASetThatAnAdminChangedIsRepairedWhereverAMergeIsNotEnough) {
  ASSERT_TRUE(world_.settle());
  set_actions(world_, {"Warn", "Audit"});  // with "Deny" added the API refuses it
  book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(actions(world_), R"(["Deny"])");
  EXPECT_EQ(sessions(), 1);
  EXPECT_EQ(findings(), "");

  set_actions(world_, {"Deny", "Audit"});
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(actions(world_), R"(["Deny","Audit"])") << "it denies all the same, and is told to the auditors";
  EXPECT_EQ(findings(), "");
}

TEST_F(SharedObjects, AConditionMoreOfAPolicyIsTakenAway) {
  ASSERT_TRUE(world_.settle());
  const kube::ObjectRef policy{kPolicies, "", "berth-pods"};
  must(world_.client().merge_patch(
      policy, {{"spec", {{"matchConditions", json::array{{{"name", "never"}, {"expression", "false"}}}}}}},
      {.field_manager = "kubectl-patch", .dry_run = false}));
  ASSERT_TRUE(world_.settle());
  const auto kept = must(world_.client().get(policy));
  EXPECT_EQ(find(kept, {"spec", "matchConditions"}), nullptr);
  EXPECT_EQ(findings(), "");
}

TEST_F(SharedObjects, ARuleMoreInTheTenantsRoleIsTakenAway) {
  ASSERT_TRUE(world_.settle());
  const kube::ObjectRef ref{kube::resources::cluster_roles(), "", "berth-session-admin"};
  auto role = must(world_.client().get(ref));
  const auto before = role.at("rules").as_array().size();
  role.at("rules").as_array().push_back(
      {{"apiGroups", json::array{""}}, {"resources", json::array{"nodes"}}, {"verbs", json::array{"get"}}});
  must(world_.client().replace(ref, role, {.field_manager = "kubectl-edit", .dry_run = false}));
  book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(must(world_.client().get(ref)).at("rules").as_array().size(), before);
  EXPECT_EQ(sessions(), 1);
}

TEST_F(SharedObjects, AFenceThatTheClusterKeepsOpenHoldsUpStartsAndIsToldWithFieldAndManager) {
  ASSERT_TRUE(world_.settle());
  set_failure_policy("Ignore");
  world_.set_webhook([](simcluster::ApiRequest& request) {
    if (request.path.ends_with("/validatingadmissionpolicies/berth-pods") && request.method == "PATCH") {
      const auto at = request.body.find(R"("failurePolicy":"Fail")");
      if (at != std::string::npos) request.body.replace(at, 22, R"("failurePolicy":"Ignore")");
    }
  });
  book_now();
  for (int i = 0; i < 60; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(world_.tables().sessions.size(), 0U);
  EXPECT_THAT(findings(), HasSubstr("shared_object_differs validatingadmissionpolicies/berth-pods"));
  EXPECT_THAT(findings(), HasSubstr("spec.failurePolicy is Ignore instead of Fail"));
  EXPECT_THAT(findings(), HasSubstr("the cluster keeps it so"));

  world_.set_webhook({});
  world_.advance(1min);  // the next try is due
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(sessions(), 1);
  EXPECT_EQ(findings(), "");
}

TEST_F(SharedObjects, WhatTheClusterKeepsOtherwiseAndFencesAllTheSameHoldsUpNothing) {
  ASSERT_TRUE(world_.settle());
  set_message("ask the platform's team");
  world_.set_webhook([](simcluster::ApiRequest& request) {
    if (!request.path.ends_with("/validatingadmissionpolicies/berth-pods") || request.method != "PATCH")
      return;
    auto body = must(parse_json(request.body, 64));
    body.at("spec").at("validations").as_array().at(0).as_object()["message"] = "ask the platform's team";
    request.body = json::serialize(body);
  });
  book_now();
  for (int i = 0; i < 60; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(sessions(), 1);
  EXPECT_THAT(findings(), HasSubstr("the cluster keeps it so"));
}

TEST_F(SharedObjects, AMissingFenceIsTheReasonOfWhatCouldNotStart) {
  install_and_forbid();
  take_away(kPolicies, "berth-pods");
  const auto id = world_.book("slice-24gb", 1, std::nullopt, world_.step(2));
  for (int i = 0; i < 20; ++i) {
    world_.cycle();
    world_.advance(1min);
  }
  EXPECT_EQ(world_.reservation(id).state, model::ReservationState::kFailed);
  EXPECT_THAT(
      world_.reservation(id).reason,
      HasSubstr("ValidatingAdmissionPolicy berth-pods is missing, and the reconciler may not write it"));
}

TEST_F(SharedObjects, AFenceThatGoesMissingInTheMiddleOfAStartIsTheReasonOfItsEndToo) {
  install_and_forbid();
  const auto id = world_.book("slice-24gb", 1, std::nullopt, world_.step(2));
  for (int i = 0; i < 20 && world_.tables().sessions.empty(); ++i) world_.cycle();
  ASSERT_EQ(world_.sessions_in({model::SessionPhase::kStarting}), 1);
  take_away(kPolicies, "berth-pods");
  for (int i = 0; i < 40; ++i) {
    world_.cycle();
    world_.advance(30s);
  }
  EXPECT_EQ(world_.reservation(id).state, model::ReservationState::kFailed);
  EXPECT_THAT(world_.reservation(id).reason,
              HasSubstr("Could not start within 15 minutes: ValidatingAdmissionPolicy berth-pods is missing, "
                        "and the reconciler may not write it"));
}

TEST_F(SharedObjects, AreRepairedOnceTheReconcilerMayWriteThem) {
  install_and_forbid();
  set_failure_policy("Ignore");
  for (int i = 0; i < 5; ++i) world_.cycle();
  world_.sweep();
  EXPECT_THAT(findings(), HasSubstr("shared_object_differs")) << "the sweep leaves it alone";
  world_.cluster().clear_faults();
  world_.advance(1min);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(string_at(must(world_.client().get({kPolicies, "", "berth-pods"})), {"spec", "failurePolicy"}),
            "Fail");
}

}  // namespace
}  // namespace berth::reconciler
