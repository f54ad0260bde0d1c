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
  set_failure_policy("Ignore");
  book_now();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(sessions(), 1);
  EXPECT_EQ(findings(),
            "shared_object_differs validatingadmissionpolicies/berth-pods: ValidatingAdmissionPolicy "
            "berth-pods is not as "
            "this version of Berth has it, and the reconciler may not write it: spec.failurePolicy is Ignore "
            "instead of "
            "Fail.");
  const auto done = world_.cycle();
  EXPECT_THAT(done.report.failed, IsEmpty());
  ASSERT_EQ(done.report.told.size(), 1U) << "for as long as it is so";
  EXPECT_FALSE(done.report.changed) << "and nothing is written again and again";

  set_failure_policy("Fail");
  ASSERT_TRUE(world_.settle());
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
