#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

std::string deployment(const std::string& spec_extra = "", const std::string& container_extra = "",
                       const std::string& pod_extra = "") {
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"ws"},"spec":{"selector":{"matchLabels":{"app":"ws"}})" +
         spec_extra +
         R"(,"template":{"metadata":{"labels":{"app":"ws"}},"spec":{"containers":[{"name":"main","image":"img:1")" +
         container_extra + "}]" + pod_extra + "}}}}";
}

constexpr std::string_view kDeployments = "/apis/apps/v1/namespaces/lab/deployments";
constexpr std::string_view kPods = "/api/v1/namespaces/lab/pods";

json::array pods(TestWorld& world) {
  return world.get(kPods).body.at("items").as_array();
}

std::string state_of(const json::value& pod) {
  const auto* statuses = berth::find(pod, {"status", "containerStatuses"});
  const auto reason =
      statuses == nullptr ? "" : string_at(statuses->as_array().at(0), {"state", "waiting", "reason"});
  const auto* ready = condition(pod.as_object(), "Ready");
  return string_at(pod, {"status", "phase"}) + (reason.empty() ? "" : " " + reason) +
         (ready != nullptr && text(*ready, {"status"}) == "True" ? " Ready" : "");
}

TEST(Deployment, RunsItsPodsAndCountsThem) {
  TestWorld world;
  world.make_namespace("lab");
  EXPECT_EQ(world.post(kDeployments, deployment(R"(,"replicas":2)")).status, 201);
  const auto running = pods(world);
  ASSERT_EQ(running.size(), 2U);
  EXPECT_EQ(state_of(running[0]), "Running Ready");
  EXPECT_TRUE(string_at(running[0], {"metadata", "name"}).starts_with("ws-"));
  EXPECT_EQ(string_at(running[0], {"spec", "nodeName"}), "gpu-1");
  const auto status = world.get(std::string(kDeployments) + "/ws").body.at("status");
  EXPECT_EQ(status.at("readyReplicas"), json::value(2));
  EXPECT_EQ(status.at("observedGeneration"), json::value(1));
}

TEST(Deployment, StartsStepByStepAsTimePasses) {
  Delays delays;
  TestWorld world(test_settings(delays));
  world.make_namespace("lab");
  world.advance(seconds(1));
  world.post(kDeployments, deployment());
  world.advance(delays.deployment + Delays::ms(1));
  ASSERT_EQ(pods(world).size(), 1U);
  EXPECT_EQ(state_of(pods(world)[0]), "Pending");
  world.advance(delays.schedule);
  EXPECT_EQ(state_of(pods(world)[0]), "Pending ContainerCreating");
  world.advance(delays.image_pull);
  world.advance(delays.container_start);
  EXPECT_EQ(state_of(pods(world)[0]), "Running");
  world.advance(delays.ready);
  EXPECT_EQ(state_of(pods(world)[0]), "Running Ready");
  // The image is on the node now: the next pod does not wait for it.
  world.merge(std::string(kDeployments) + "/ws", R"({"spec":{"replicas":2}})");
  world.advance(delays.schedule + delays.deployment);
  world.advance(delays.container_start);
  EXPECT_EQ(state_of(pods(world)[0]) + "," + state_of(pods(world)[1]),
            state_of(pods(world)[0]) == "Running" ? "Running,Running Ready" : "Running Ready,Running");
}

TEST(Deployment, ReplacesItsPodsWhenTheTemplateChanges) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(kDeployments, deployment(R"(,"strategy":{"type":"Recreate"})"));
  const auto before = string_at(pods(world)[0], {"metadata", "name"});
  EXPECT_EQ(world
                .merge(std::string(kDeployments) + "/ws",
                       R"({"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}})")
                .status,
            200);
  ASSERT_EQ(pods(world).size(), 1U);
  EXPECT_NE(string_at(pods(world)[0], {"metadata", "name"}), before);
  EXPECT_EQ(world.get(std::string(kDeployments) + "/ws").body.at("metadata").at("generation"),
            json::value(2));
}

TEST(Deployment, ItsPodsGoWithIt) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(kDeployments, deployment());
  ASSERT_EQ(pods(world).size(), 1U);
  world.remove(std::string(kDeployments) + "/ws");
  EXPECT_TRUE(pods(world).empty());
  EXPECT_TRUE(world.get("/apis/apps/v1/namespaces/lab/replicasets").body.at("items").as_array().empty());
}

TEST(Deployment, SaysWhenQuotaRefusesItsPods) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(
      "/api/v1/namespaces/lab/resourcequotas",
      R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"0"}}})");
  world.post(kDeployments, deployment());
  EXPECT_TRUE(pods(world).empty());
  const auto failed = world.get(std::string(kDeployments) + "/ws").body;
  const auto* failure = condition(failed.as_object(), "ReplicaFailure");
  ASSERT_NE(failure, nullptr);
  EXPECT_NE(text(*failure, {"message"}).find("exceeded quota: q"), std::string::npos);
  EXPECT_EQ(
      world.merge("/api/v1/namespaces/lab/resourcequotas/q", R"({"spec":{"hard":{"pods":"1"}}})").status,
      200);
  world.advance(seconds(5));
  EXPECT_EQ(pods(world).size(), 1U);
  const auto healed = world.get(std::string(kDeployments) + "/ws").body;
  EXPECT_EQ(condition(healed.as_object(), "ReplicaFailure"), nullptr);
}

TEST(Deployment, ADeletedPodIsReplaced) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(kDeployments, deployment());
  const auto name = string_at(pods(world)[0], {"metadata", "name"});
  world.remove(std::string(kPods) + "/" + name);
  ASSERT_EQ(pods(world).size(), 1U);
  EXPECT_NE(string_at(pods(world)[0], {"metadata", "name"}), name);
}

TEST(Scheduler, PendsPodsThatFitNowhereUntilThereIsRoom) {
  TestWorld world;
  world.make_namespace("lab");
  const auto pod = [](const std::string& name, const std::string& gpus) {
    return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
           R"("},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"nvidia.com/gpu":")" +
           gpus + R"("}}}]}})";
  };
  world.post(kPods, pod("first", "3"));
  world.post(kPods, pod("second", "2"));
  const auto waiting = world.get("/api/v1/namespaces/lab/pods/second").body;
  const auto* scheduled = condition(waiting.as_object(), "PodScheduled");
  ASSERT_NE(scheduled, nullptr);
  EXPECT_EQ(text(*scheduled, {"reason"}), "Unschedulable");
  EXPECT_EQ(text(*scheduled, {"message"}), "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.");
  world.remove("/api/v1/namespaces/lab/pods/first");
  EXPECT_EQ(state_of(world.get("/api/v1/namespaces/lab/pods/second").body), "Running Ready");
}

TEST(Pods, StopWithinTheirGracePeriod) {
  auto delays = Delays::none();
  delays.pod_stop = std::chrono::milliseconds(300);
  TestWorld world(test_settings(delays));
  world.make_namespace("lab");
  world.post(
      kPods,
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}})");
  const auto ending = world.remove("/api/v1/namespaces/lab/pods/a");
  EXPECT_EQ(ending.at({"metadata", "deletionTimestamp"}), "2026-11-22T12:00:30Z");
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/pods/a").status, 200);
  world.advance(std::chrono::milliseconds(301));
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/pods/a").status, 404);
}

TEST(Pods, OnANodeThatIsNotReadyDoNotStop) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(kDeployments, deployment());
  Fault down;
  down.kind = FaultKind::kNodeNotReady;
  down.name = "gpu-1";
  ASSERT_TRUE(world.faults.add(down));
  world.look_again();
  EXPECT_EQ(state_of(pods(world)[0]), "Running");
  const auto name = string_at(pods(world)[0], {"metadata", "name"});
  world.remove(std::string(kPods) + "/" + name);
  world.advance(minutes(5));
  EXPECT_EQ(world.get(std::string(kPods) + "/" + name).status, 200);
  world.remove(std::string(kPods) + "/" + name, R"({"gracePeriodSeconds":0})");
  EXPECT_EQ(world.get(std::string(kPods) + "/" + name).status, 404);
}

TEST(Pods, FaultsKeepThemFromStartingAndFromBeingReady) {
  TestWorld world;
  world.make_namespace("lab");
  Fault pull;
  pull.kind = FaultKind::kImagePullError;
  pull.ns = "lab";
  pull.message = "manifest unknown";
  ASSERT_TRUE(world.faults.add(pull));
  world.post(kDeployments, deployment());
  EXPECT_EQ(state_of(pods(world)[0]), "Pending ErrImagePull");
  world.faults.clear();
  Fault never;
  never.kind = FaultKind::kPodNeverReady;
  never.name = "ws-*";
  ASSERT_TRUE(world.faults.add(never));
  world.look_again();
  EXPECT_EQ(state_of(pods(world)[0]), "Running");
  world.faults.clear();
  world.look_again();
  EXPECT_EQ(state_of(pods(world)[0]), "Running Ready");
}

TEST(Pods, CrashAndComeBack) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(kDeployments, deployment());
  Fault crash;
  crash.kind = FaultKind::kPodCrash;
  crash.ns = "lab";
  ASSERT_TRUE(world.faults.add(crash));
  world.look_again();
  EXPECT_EQ(state_of(pods(world)[0]), "Running CrashLoopBackOff");
  world.faults.clear();
  world.look_again();
  EXPECT_EQ(state_of(pods(world)[0]), "Running Ready");
  EXPECT_EQ(pods(world)[0].at("status").at("containerStatuses").at(0).at("restartCount"), json::value(1));
}

TEST(Pods, WaitForConfigMapsAndSecretsThatTheyName) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(kDeployments, deployment("", R"(,"envFrom":[{"secretRef":{"name":"access"}}])"));
  EXPECT_EQ(state_of(pods(world)[0]), "Pending CreateContainerConfigError");
  world.post("/api/v1/namespaces/lab/secrets",
             R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"access"}})");
  EXPECT_EQ(state_of(pods(world)[0]), "Running Ready");
}

const char* const kClaim =
    R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"home"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"20Gi"}}}})";
constexpr std::string_view kHome = "/api/v1/namespaces/lab/persistentvolumeclaims/home";

TEST(Claims, BindOnlyUnderAPodAndGoOnlyWhenUnused) {
  TestWorld world;
  world.make_namespace("lab");
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/persistentvolumeclaims", kClaim).status, 201);
  EXPECT_EQ(world.get(kHome).at({"status", "phase"}), "Pending");
  EXPECT_EQ(world.get(kHome).at({"spec", "storageClassName"}), "lvms-vg1");
  world.post(
      kDeployments,
      deployment("", "", R"(,"volumes":[{"name":"home","persistentVolumeClaim":{"claimName":"home"}}])"));
  EXPECT_EQ(world.get(kHome).at({"status", "phase"}), "Bound");
  EXPECT_EQ(world.get(kHome).at({"status", "capacity", "storage"}), "20Gi");
  EXPECT_EQ(state_of(pods(world)[0]), "Running Ready");
  const auto volume = world.get(kHome).at({"spec", "volumeName"});
  EXPECT_EQ(world.get("/api/v1/persistentvolumes/" + volume).at({"status", "phase"}), "Bound");
  EXPECT_EQ(world.remove(kHome).status, 200);
  EXPECT_EQ(world.get(kHome).status, 200);
  world.remove(std::string(kDeployments) + "/ws");
  EXPECT_EQ(world.get(kHome).status, 404);
  EXPECT_EQ(world.get("/api/v1/persistentvolumes/" + volume).status, 404);
}

TEST(Endpoints, TheOldestRouteOwnsItsHost) {
  TestWorld world;
  world.make_namespace("lab");
  world.make_namespace("other");
  const auto route = [](const char* host) {
    return std::string(
               R"({"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"ws"},"spec":{"host":")") +
           host + R"(","to":{"kind":"Service","name":"ws"}}})";
  };
  const auto admitted = [&](const char* ns) {
    const auto body =
        world.get(std::string("/apis/route.openshift.io/v1/namespaces/") + ns + "/routes/ws").body;
    return string_at(body.at("status").at("ingress").at(0).at("conditions").at(0), {"status"});
  };
  EXPECT_EQ(world.post("/apis/route.openshift.io/v1/namespaces/lab/routes", route("x.localhost")).status,
            201);
  EXPECT_EQ(admitted("lab"), "True");
  world.clock.advance(seconds(1));
  world.post("/apis/route.openshift.io/v1/namespaces/other/routes", route("x.localhost"));
  EXPECT_EQ(admitted("other"), "False");
  world.remove("/apis/route.openshift.io/v1/namespaces/lab/routes/ws");
  world.look_again();
  EXPECT_EQ(admitted("other"), "True");
}

TEST(LimitRanges, FillInAndRefuse) {
  TestWorld world;
  world.make_namespace("lab");
  world.post(
      "/api/v1/namespaces/lab/limitranges",
      R"({"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"l"},"spec":{"limits":[{"type":"Container","max":{"memory":"4Gi"},"default":{"cpu":"1"},"defaultRequest":{"cpu":"500m"}}]}})");
  world.post(
      kPods,
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}})");
  const auto filled =
      world.get("/api/v1/namespaces/lab/pods/a").body.at("spec").at("containers").at(0).at("resources");
  EXPECT_EQ(filled,
            parsed(R"({"requests":{"cpu":"500m","memory":"4Gi"},"limits":{"cpu":"1","memory":"4Gi"}})"));
  const auto refused = world.post(
      kPods,
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"memory":"8Gi"}}}]}})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.message(),
            "pods \"b\" is forbidden: maximum memory usage per Container is 4Gi, but limit is 8Gi");
}

TEST(PodSecurity, HoldsPodsToTheLevelOfTheirNamespace) {
  TestWorld world;
  world.post(
      "/api/v1/namespaces",
      R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"lab","labels":{"pod-security.kubernetes.io/enforce":"baseline"}}})");
  const auto refused = world.post(
      kPods,
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"i"}]}})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.message(),
            "pods \"b\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces "
            "(hostNetwork=true)");
  EXPECT_EQ(
      world
          .post(
              kPods,
              R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"},"spec":{"containers":[{"name":"c","image":"i"}]}})")
          .status,
      201);
}

}  // namespace
}  // namespace berth::simcluster
