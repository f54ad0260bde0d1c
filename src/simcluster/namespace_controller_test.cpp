#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

const char* const kPod =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}})";
const char* const kHeld =
    R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/hold"]}})";

TEST(Namespace, GetsItsAccountCertificateAndUidRange) {
  TestWorld world;
  world.make_namespace("lab");
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/serviceaccounts/default").status, 200);
  EXPECT_NE(world.get("/api/v1/namespaces/lab/configmaps/kube-root-ca.crt").at({"data", "ca.crt"}), "");
  const auto first =
      world.get("/api/v1/namespaces/lab").at({"metadata", "annotations", "openshift.io/sa.scc.uid-range"});
  world.make_namespace("lab2");
  const auto second =
      world.get("/api/v1/namespaces/lab2").at({"metadata", "annotations", "openshift.io/sa.scc.uid-range"});
  EXPECT_TRUE(first.ends_with("/10000"));
  EXPECT_NE(first, second);
}

TEST(Namespace, RefusesPodsBeforeItsAccountIsThere) {
  auto delays = Delays::none();
  delays.service_account = std::chrono::milliseconds(100);
  TestWorld world(test_settings(delays));
  world.make_namespace("lab");
  const auto refused = world.post("/api/v1/namespaces/lab/pods", kPod);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.message(),
            "pods \"a\" is forbidden: error looking up service account lab/default: serviceaccount "
            "\"default\" not found");
  world.advance(seconds(1));
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/pods", kPod).status, 201);
}

TEST(Namespace, TakesItsPodsDownFirstThenTheRestThenItself) {
  auto delays = Delays::none();
  delays.pod_stop = std::chrono::milliseconds(500);
  TestWorld world(test_settings(delays));
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/pods", kPod);
  world.post("/api/v1/namespaces/lab/configmaps",
             R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"kept"}})");
  EXPECT_EQ(world.remove("/api/v1/namespaces/lab").at({"status", "phase"}), "Terminating");
  EXPECT_EQ(world.get("/api/v1/namespaces/lab").at({"status", "phase"}), "Terminating");
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/configmaps/kept").status, 200);
  world.advance(seconds(1));
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/pods/a").status, 404);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/configmaps/kept").status, 404);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab").status, 404);
}

TEST(Namespace, RefusesNewObjectsWhileItEnds) {
  TestWorld world;
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/configmaps", kHeld);
  world.remove("/api/v1/namespaces/lab");
  const auto refused = world.post("/api/v1/namespaces/lab/pods", kPod);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body.at("details").at("causes").at(0).at("reason"), json::value("NamespaceTerminating"));
  const auto missing = world.post("/api/v1/namespaces/none/pods", kPod);
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.message(), "namespaces \"none\" not found");
}

std::string condition_reason(TestWorld& world, std::string_view type) {
  const auto ns = world.get("/api/v1/namespaces/lab").body;
  const auto* one = condition(ns.as_object(), type);
  return one == nullptr ? "" : text(*one, {"status"}) + " " + text(*one, {"reason"});
}

TEST(Namespace, StaysWhileAnObjectHasAFinalizerAndSaysSo) {
  TestWorld world;
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/configmaps", kHeld);
  world.remove("/api/v1/namespaces/lab");
  EXPECT_EQ(condition_reason(world, "NamespaceContentRemaining"), "True SomeResourcesRemain");
  EXPECT_EQ(condition_reason(world, "NamespaceFinalizersRemaining"), "True SomeFinalizersRemain");
  EXPECT_EQ(
      world.merge("/api/v1/namespaces/lab/configmaps/held", R"({"metadata":{"finalizers":null}})").status,
      200);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab").status, 404);
}

TEST(Namespace, APodThatDoesNotStopHoldsEverything) {
  TestWorld world;
  Fault stuck;
  stuck.kind = FaultKind::kPodStuck;
  ASSERT_TRUE(world.faults.add(stuck));
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/pods", kPod);
  world.remove("/api/v1/namespaces/lab");
  world.advance(minutes(10));
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/configmaps/kube-root-ca.crt").status, 200);
  EXPECT_EQ(world.remove("/api/v1/namespaces/lab/pods/a", R"({"gracePeriodSeconds":0})").status, 200);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab").status, 404);
}

TEST(Namespace, CanBeStuckUntilAFaultIsTakenAway) {
  TestWorld world;
  Fault stuck;
  stuck.kind = FaultKind::kNamespaceStuck;
  stuck.ns = "lab";
  ASSERT_TRUE(world.faults.add(stuck));
  world.make_namespace("lab");
  world.remove("/api/v1/namespaces/lab");
  EXPECT_EQ(world.get("/api/v1/namespaces/lab").at({"status", "phase"}), "Terminating");
  world.faults.clear();
  world.look_again();
  world.advance(minutes(1));
  EXPECT_EQ(world.get("/api/v1/namespaces/lab").status, 404);
}

TEST(Namespace, KeepsItsFinalizersFromPlainWrites) {
  TestWorld world;
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/configmaps", kHeld);
  world.remove("/api/v1/namespaces/lab");
  EXPECT_EQ(world
                .put("/api/v1/namespaces/lab",
                     R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"lab"}})")
                .status,
            200);
  EXPECT_EQ(world.merge("/api/v1/namespaces/lab", R"({"spec":{"finalizers":[]}})").status, 200);
  const auto ns = world.get("/api/v1/namespaces/lab");
  EXPECT_EQ(ns.status, 200);
  EXPECT_EQ(ns.body.at("spec").at("finalizers"), parsed(R"(["kubernetes"])"));
}

TEST(Namespace, OfTheClusterItselfCannotGo) {
  TestWorld world;
  EXPECT_EQ(world.remove("/api/v1/namespaces/default").status, 403);
}

TEST(GarbageCollection, RemovesWhatAGoneOwnerLeaves) {
  TestWorld world;
  world.make_namespace("lab");
  const auto owner = world.post("/api/v1/namespaces/lab/configmaps",
                                R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owner"}})");
  const auto dependent =
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":")" +
      owner.at({"metadata", "uid"}) + R"("}]}})";
  world.post("/api/v1/namespaces/lab/secrets", dependent);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/secrets/s").status, 200);
  world.remove("/api/v1/namespaces/lab/configmaps/owner");
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/secrets/s").status, 404);
  world.post("/api/v1/namespaces/lab/configmaps",
             R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owner"}})");
  world.post("/api/v1/namespaces/lab/secrets", dependent);  // its owner is another one of the same name
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/secrets/s").status, 404);
}

TEST(GarbageCollection, ForegroundWaitsForDependentsAndOrphanLetsThemLive) {
  TestWorld world;
  world.make_namespace("lab");
  const auto make = [&](const std::string& name) {
    const auto owner =
        world.post("/api/v1/namespaces/lab/configmaps",
                   R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + name + "\"}}");
    world.post(
        "/api/v1/namespaces/lab/secrets",
        R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + name +
            R"(","finalizers":["example.com/hold"],"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":")" +
            name + R"(","uid":")" + owner.at({"metadata", "uid"}) + R"("}]}})");
  };
  make("fore");
  EXPECT_EQ(
      world.remove("/api/v1/namespaces/lab/configmaps/fore", R"({"propagationPolicy":"Foreground"})").status,
      200);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/configmaps/fore").status, 200);
  world.merge("/api/v1/namespaces/lab/secrets/fore", R"({"metadata":{"finalizers":null}})");
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/configmaps/fore").status, 404);
  make("orph");
  EXPECT_EQ(
      world.remove("/api/v1/namespaces/lab/configmaps/orph", R"({"propagationPolicy":"Orphan"})").status,
      200);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/configmaps/orph").status, 404);
  const auto orphan = world.get("/api/v1/namespaces/lab/secrets/orph");
  EXPECT_EQ(orphan.status, 200);
  EXPECT_FALSE(orphan.body.at("metadata").as_object().contains("deletionTimestamp"));
}

}  // namespace
}  // namespace berth::simcluster
