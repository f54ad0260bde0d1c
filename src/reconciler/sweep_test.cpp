// What cascades miss, and what is not ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

class SweepTest : public testing::Test {
 protected:
  TestWorld world_{7};
};

json::value foreign_namespace(const std::string& name, const std::string& installation) {
  json::object labels{{"app.kubernetes.io/managed-by", "berth"}};
  if (!installation.empty()) labels["berth.dev/installation"] = installation;
  return {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}, {"labels", labels}}}};
}

TEST_F(SweepTest, ObjectsOfOtherInstallationsAreFindingsAndNothingElse) {
  auto client = world_.client();
  must(client.create(kube::resources::namespaces(), "",
                     foreign_namespace("berth-s-theirs", "99999999-9999-4999-8999-999999999999")));
  must(client.create(kube::resources::namespaces(), "", foreign_namespace("berth-s-nobodys", "")));
  ASSERT_TRUE(world_.settle());
  const auto theirs = must(client.get({kube::resources::namespaces(), "", "berth-s-theirs"}));
  const auto nobodys = must(client.get({kube::resources::namespaces(), "", "berth-s-nobodys"}));
  for (int i = 0; i < 3; ++i) world_.sweep();
  std::set<std::string> foreign;
  for (const auto& one : world_.open_findings()) {
    if (one.kind == "foreign_namespace") foreign.insert(one.object);
  }
  EXPECT_THAT(foreign, ElementsAre("berth-s-nobodys", "berth-s-theirs"));
  for (const auto& before : {theirs, nobodys}) {
    const auto after = must(client.get({kube::resources::namespaces(), "", kube::name_of(before)}));
    EXPECT_EQ(kube::resource_version_of(after), kube::resource_version_of(before));
  }
  must(client.remove({kube::resources::namespaces(), "", "berth-s-theirs"}));
  world_.advance(10s);
  world_.sweep();
  EXPECT_EQ(world_.open_findings().size(), 1U);
}

TEST_F(SweepTest, ANamespaceOfOursWithoutARowIsSweptAway) {
  auto client = world_.client();
  must(client.create(kube::resources::namespaces(), "",
                     foreign_namespace("berth-s-orphan", world_.installation())));
  const auto id = world_.book("slice-24gb", 1, std::nullopt, world_.step(2));
  ASSERT_TRUE(world_.settle());
  const auto space = world_.session(id).namespace_name;
  world_.sweep();
  world_.advance(30s);
  EXPECT_FALSE(must(client.find({kube::resources::namespaces(), "", "berth-s-orphan"})));
  EXPECT_TRUE(must(client.find({kube::resources::namespaces(), "", space})));
}

}  // namespace
}  // namespace berth::reconciler
