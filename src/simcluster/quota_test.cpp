#include "simcluster/quota.hpp"

#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

const ResourceTable kTable(Flavour::kOpenshift, {});

const Instant kNow = *parse_rfc3339("2026-11-22T12:00:00Z");

json::object pod(const char* resources) {
  auto out =
      parsed(R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"a"}]},"status":{"phase":"Pending"}})")
          .as_object();
  out["spec"].as_object()["containers"].as_array()[0].as_object()["resources"] = parsed(resources);
  return out;
}

std::string usage(const json::object& object, std::string_view kind) {
  const auto* type = kTable.by_kind("v1", kind);
  return json::serialize(to_json(quota_usage(object, *type, kNow)));
}

TEST(QuotaUsage, CountsRequestsLimitsAndExtendedResourcesOfAPod) {
  EXPECT_EQ(
      usage(
          pod(R"({"requests":{"cpu":"500m","nvidia.com/gpu":"1"},"limits":{"cpu":"1","nvidia.com/gpu":"1"}})"),
          "Pod"),
      R"({"count/pods":"1","cpu":"500m","limits.cpu":"1","pods":"1","requests.cpu":"500m","requests.nvidia.com/gpu":"1"})");
}

TEST(QuotaUsage, TakesTheLargerOfInitContainersAndTheSumOfTheOthers) {
  auto two = pod(R"({"requests":{"cpu":"1"}})");
  auto& spec = two["spec"].as_object();
  spec["containers"].as_array().push_back(spec["containers"].as_array()[0]);
  spec["initContainers"] = parsed(R"([{"name":"i","resources":{"requests":{"cpu":"3"}}}])");
  EXPECT_EQ(usage(two, "Pod"), R"({"count/pods":"1","cpu":"3","pods":"1","requests.cpu":"3"})");
}

TEST(QuotaUsage, FinishedPodsCountOnlyAsObjects) {
  auto done = pod(R"({"requests":{"cpu":"1"}})");
  done["status"] = json::object{{"phase", "Succeeded"}};
  EXPECT_EQ(usage(done, "Pod"), R"({"count/pods":"1"})");
  auto ended = pod(R"({"requests":{"cpu":"1"}})");
  ended["metadata"].as_object()["deletionTimestamp"] = "2026-11-22T11:59:00Z";
  ended["metadata"].as_object()["deletionGracePeriodSeconds"] = 30;
  EXPECT_EQ(usage(ended, "Pod"), R"({"count/pods":"1"})");
}

TEST(QuotaUsage, CountsClaimsByClassAndServicesByType) {
  EXPECT_EQ(
      usage(
          parsed(
              R"({"metadata":{"name":"c"},"spec":{"storageClassName":"fast","resources":{"requests":{"storage":"20Gi"}}}})")
              .as_object(),
          "PersistentVolumeClaim"),
      R"({"count/persistentvolumeclaims":"1","fast.storageclass.storage.k8s.io/persistentvolumeclaims":"1",)"
      R"("fast.storageclass.storage.k8s.io/requests.storage":"20Gi","persistentvolumeclaims":"1","requests.storage":"20Gi"})");
  EXPECT_EQ(
      usage(parsed(
                R"({"metadata":{"name":"s"},"spec":{"type":"LoadBalancer","ports":[{"port":1},{"port":2}]}})")
                .as_object(),
            "Service"),
      R"({"count/services":"1","services":"1","services.loadbalancers":"1","services.nodeports":"2"})");
}

TEST(QuotaKeys, ExtendedResourcesCountOnlyAsRequests) {
  const Amounts hard{{"nvidia.com/gpu", whole(1)},
                     {"limits.nvidia.com/gpu", whole(1)},
                     {"requests.nvidia.com/gpu", whole(1)},
                     {"pods", whole(1)},
                     {"count/jobs.batch", whole(1)}};
  EXPECT_EQ(counted_keys(hard),
            (std::set<std::string>{"requests.nvidia.com/gpu", "pods", "count/jobs.batch"}));
}

std::string refusal(const char* status, const json::object& object) {
  auto quota = parsed(R"({"metadata":{"name":"q"},"spec":{}})").as_object();
  quota["status"] = parsed(status);
  const auto* type = kTable.by_kind("v1", "Pod");
  const auto answer = charge(quota, object, *type, quota_usage(object, *type, kNow));
  return answer ? "" : answer.error().message;
}

TEST(QuotaCharge, RefusesInTheWordsOfTheApi) {
  const auto two = pod(R"({"requests":{"cpu":"2"},"limits":{"cpu":"2"}})");
  EXPECT_EQ(
      refusal(R"({"hard":{"requests.cpu":"2","pods":"0"},"used":{"requests.cpu":"1","pods":"0"}})", two),
      "pods \"p\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=2, used: "
      "pods=0,requests.cpu=1, limited: "
      "pods=0,requests.cpu=2");
  EXPECT_EQ(
      refusal(R"({"hard":{"limits.memory":"1Gi","requests.memory":"1Gi"},"used":{}})", two),
      "pods \"p\" is forbidden: failed quota: q: must specify limits.memory for: a; requests.memory for: a");
  EXPECT_EQ(refusal(R"({"hard":{"pods":"5"},"used":{}})", two),
            "pods \"p\" is forbidden: status unknown for quota: q, resources: pods");
  EXPECT_EQ(refusal(R"({"hard":{"requests.cpu":"2"},"used":{"requests.cpu":"0"}})", two), "");
  EXPECT_EQ(refusal(R"({})", two), "");
}

const char* const kQuota =
    R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"1","requests.nvidia.com/gpu":"0"}}})";
const char* const kPod =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}})";
const char* const kGpuPod =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"g"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})";

TEST(QuotaController, IsNotEnforcedUntilItsStatusFollows) {
  auto delays = Delays::none();
  delays.quota = std::chrono::milliseconds(500);
  TestWorld world(test_settings(delays));
  world.make_namespace("lab");
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/resourcequotas", kQuota).status, 201);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/resourcequotas/q").body.at("status"),
            json::value(json::object{}));
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/pods", kGpuPod).status, 201);
  EXPECT_EQ(world.remove("/api/v1/namespaces/lab/pods/g", R"({"gracePeriodSeconds":0})").status, 200);
  world.advance(seconds(1));
  const auto quota = world.get("/api/v1/namespaces/lab/resourcequotas/q");
  EXPECT_EQ(
      quota.body.at("status"),
      parsed(
          R"({"hard":{"pods":"1","requests.nvidia.com/gpu":"0"},"used":{"pods":"0","requests.nvidia.com/gpu":"0"}})"));
  const auto refused = world.post("/api/v1/namespaces/lab/pods", kGpuPod);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.reason(), "Forbidden");
  EXPECT_EQ(refused.message(),
            "pods \"g\" is forbidden: exceeded quota: q, requested: requests.nvidia.com/gpu=1, used: "
            "requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=0");
}

TEST(QuotaController, ChargesAtOnceAndGivesBackLater) {
  auto delays = Delays::none();
  delays.quota = std::chrono::milliseconds(500);
  TestWorld world(test_settings(delays));
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/resourcequotas", kQuota);
  world.advance(seconds(1));
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/pods", kPod).status, 201);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/resourcequotas/q").at({"status", "used", "pods"}), "1");
  EXPECT_EQ(world.remove("/api/v1/namespaces/lab/pods/a", R"({"gracePeriodSeconds":0})").status, 200);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/resourcequotas/q").at({"status", "used", "pods"}), "1");
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/pods", kPod).status, 403);
  world.advance(seconds(1));
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/resourcequotas/q").at({"status", "used", "pods"}), "0");
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/pods", kPod).status, 201);
}

TEST(QuotaController, DoesNothingWhileItIsStalled) {
  TestWorld world;
  Fault stalled;
  stalled.kind = FaultKind::kQuotaStalled;
  stalled.ns = "lab";
  ASSERT_TRUE(world.faults.add(stalled));
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/resourcequotas", kQuota);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/resourcequotas/q").body.at("status"),
            json::value(json::object{}));
  world.faults.clear();
  world.look_again();
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/resourcequotas/q").at({"status", "hard", "pods"}), "1");
}

TEST(QuotaController, ADryRunChargesNothing) {
  TestWorld world;
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/resourcequotas", kQuota);
  EXPECT_EQ(world.post("/api/v1/namespaces/lab/pods?dryRun=All", kPod).status, 201);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/pods/a").status, 404);
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/resourcequotas/q").at({"status", "used", "pods"}), "0");
}

}  // namespace
}  // namespace berth::simcluster
