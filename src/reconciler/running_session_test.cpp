// What a session that runs is spared: facts that change after it came up, and an end that moved.
#include <gmock/gmock.h>

#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;

class RunningSession : public testing::Test {
 protected:
  RunningSession() : id_(world_.book("slice-24gb", 1, std::nullopt, world_.step(2))) {
    EXPECT_TRUE(world_.settle());
    EXPECT_EQ(phase(), model::SessionPhase::kReady);
  }

  model::SessionPhase phase() { return world_.session(id_).phase; }
  std::string space() { return world_.session(id_).namespace_name; }
  json::value deployment() {
    return must(world_.client().get({kube::resources::deployments(), space(), "workspace"}));
  }
  /// Of the one pod in the session's namespace.
  std::string pod() {
    const auto pods = must(world_.client().list(
        kube::resources::pods(),
        {.ns = space(), .label_selector = "", .field_selector = "", .metadata_only = false}));
    EXPECT_EQ(pods.items.size(), 1U);
    return pods.items.empty() ? "" : kube::uid_of(pods.items.front());
  }
  /// Another node with a GPU joins the cluster.
  void add_node() {
    const json::object devices{{"cpu", "8"}, {"memory", "32Gi"}, {"pods", "10"}, {"nvidia.com/gpu", "1"}};
    const json::object ready{{"type", "Ready"}, {"status", "True"}};
    const json::value node = {
        {"apiVersion", "v1"},
        {"kind", "Node"},
        {"metadata", {{"name", "gpu-node-2"}, {"labels", {{"kubernetes.io/hostname", "gpu-node-2"}}}}},
        {"status", {{"capacity", devices}, {"allocatable", devices}, {"conditions", json::array{ready}}}}};
    must(world_.client().create(kube::resources::nodes(), "", node));
  }

  TestWorld world_{7};
  model::ReservationId id_;
};

TEST_F(RunningSession, ARuleThatItsClusterNamesNoLongerEndsForItToo) {
  const auto policy = [&] {
    return must(world_.client().get({kube::resources::network_policies(), space(), "berth-api-server"}));
  };
  auto cluster = lab_cluster();
  ASSERT_FALSE(cluster.api_servers.empty());
  EXPECT_FALSE(policy().at("spec").at("egress").as_array().empty());
  cluster.api_servers = {};
  world_.declare(cluster);
  ASSERT_TRUE(world_.settle());
  const auto emptied = policy();
  const auto* rules = find(emptied, {"spec", "egress"});
  EXPECT_TRUE(rules == nullptr || rules->as_array().empty());
  cluster.api_servers = {"192.0.2.10:6443"};
  world_.declare(cluster);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(policy().at("spec").at("egress").as_array().size(), 1U) << "and comes back with it";
}

TEST_F(RunningSession, KeepsItsPodWhenTheImageChangesAndASecondNodeJoins) {
  const auto pod_before = pod();
  const auto deployment_before = deployment();
  auto cluster = lab_cluster();
  cluster.workspace_image = "berth/workspace:2";
  world_.declare(cluster);
  add_node();
  ASSERT_TRUE(world_.observe().facts.several_nodes);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(pod(), pod_before);
  EXPECT_EQ(deployment(), deployment_before);

  // What is not its template is put back on the template that it has.
  const kube::ObjectRef ref{kube::resources::deployments(), space(), "workspace"};
  const json::value other_limit = {{"spec", {{"revisionHistoryLimit", 7}}}};
  must(world_.client().merge_patch(ref, other_limit));
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(deployment().at("spec").at("revisionHistoryLimit"), json::value(1));
  EXPECT_EQ(deployment().at("spec").at("template"), deployment_before.at("spec").at("template"));
  EXPECT_EQ(pod(), pod_before);
  EXPECT_EQ(phase(), model::SessionPhase::kReady);

  // A session of now is made of what is known now.
  const auto other = world_.book("slice-24gb", 1, std::nullopt, world_.step(2));
  ASSERT_TRUE(world_.settle());
  id_ = other;
  EXPECT_EQ(deployment().at_pointer("/spec/template/spec/containers/0/image"),
            json::value("berth/workspace:2"));
  EXPECT_TRUE(deployment().at_pointer("/spec/template/spec").as_object().contains("nodeSelector"));
}

TEST_F(RunningSession, ThatIsExtendedAfterItsEndWasReadGoesOn) {
  auto read_before = world_.desired();
  const auto extended = must(world_.extend(id_, world_.step(8)));
  ASSERT_TRUE(std::holds_alternative<model::Reservation>(extended));
  world_.advance(2h);
  read_before.now = world_.now();
  const auto pod_before = pod();
  const auto plan = planning::plan(read_before, world_.observe());
  ASSERT_EQ(plan.actions.size(), 1U) << "it is to end";
  const auto done = world_.execute(plan);
  EXPECT_TRUE(done.report.failed.empty());
  EXPECT_TRUE(done.report.changed) << "the next cycle looks again at once";
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(), model::SessionPhase::kReady);
  EXPECT_EQ(pod(), pod_before);

  world_.advance(4h);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(), model::SessionPhase::kGone);
  EXPECT_EQ(world_.reservation(id_).state, model::ReservationState::kCompleted);
}

}  // namespace
}  // namespace berth::reconciler
