#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(NamespaceStep, IsDoneWhenTheNamespaceIsSeen) {
  Case it;
  EXPECT_EQ(judge_namespace(it.view()).detail, "Making the namespace.");
  it.see(namespace_objects(it.spec).front());
  EXPECT_EQ(judge_namespace(it.view()).state, Standing::State::kDone);
}

TEST(NamespaceStep, WaitsOnOpenshiftForTheRangeOfUserIds) {
  Case it(model::Flavour::kOpenshift);
  auto object = namespace_objects(it.spec).front();
  it.see(object);
  EXPECT_EQ(judge_namespace(it.view()).state, Standing::State::kWaiting);
  EXPECT_EQ(judge_namespace(it.view()).detail, "Waiting for the project's range of user ids.");
  object.body.at("metadata").at("annotations").as_object()["openshift.io/sa.scc.uid-range"] = "1/2";
  it.see(object);
  EXPECT_EQ(judge_namespace(it.view()).state, Standing::State::kDone);
}

TEST(NamespaceStep, NamesTheNodeOnlyWhereThereAreSeveral) {
  auto spec = slice();
  const auto annotations = [&] {
    return namespace_objects(spec).front().body.at("metadata").at("annotations").as_object();
  };
  EXPECT_FALSE(annotations().contains("berth.dev/node"));
  spec.facts.several_nodes = true;
  EXPECT_EQ(annotations().at("berth.dev/node"), json::value("gpu1.lab.example"));
  spec.facts.hostnames = {{"gpu1.lab.example", "gpu1"}, {"gpu2.lab.example", "gpu2"}};
  EXPECT_EQ(annotations().at("berth.dev/node"), json::value("gpu1")) << "as the node carries it";
}

TEST(NamespaceStep, SaysTheOneStorageClassOfTheSessionOnceItIsKnown) {
  auto spec = slice();
  const auto annotations = [&] {
    return namespace_objects(spec).front().body.at("metadata").at("annotations").as_object();
  };
  EXPECT_FALSE(annotations().contains("berth.dev/storage-class"));
  spec.default_storage_class = "standard";
  EXPECT_EQ(annotations().at("berth.dev/storage-class"), json::value("standard"));
  spec.cluster.storage_class = "lvms-vg1";
  EXPECT_EQ(annotations().at("berth.dev/storage-class"), json::value("lvms-vg1")) << "declared";
}

TEST(NamespaceStep, SaysTheClassOfIngressesWhereTheClusterDeclaresOne) {
  auto spec = slice();
  const auto annotations = [&] {
    return namespace_objects(spec).front().body.at("metadata").at("annotations").as_object();
  };
  EXPECT_FALSE(annotations().contains("berth.dev/ingress-class"));
  spec.cluster.ingress_class = "nginx";
  EXPECT_EQ(annotations().at("berth.dev/ingress-class"), json::value("nginx"));
}

}  // namespace
}  // namespace berth::planning
