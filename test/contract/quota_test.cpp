// Quotas and defaults: what is counted, what is refused, what is filled in.
#include "contract.hpp"
#include "objects.hpp"

namespace berth::contract {
namespace {

class Quotas : public Contract {
 protected:
  /// Makes the quota and waits until it is enforced: before status.hard is filled nothing is.
  void enforce(const std::string& ns, const json::object& hard) {
    ASSERT_TRUE(ok(client.apply(ref(ns), quota("limit", hard), {.field_manager = "ada"})));
    wait_enforced(ns, hard);
  }

  void wait_enforced(const std::string& ns, const json::object& hard) {
    const auto filled = wait_for(ref(ns), [&](const json::value& object) {
      const auto* status = kube_find(object, "hard");
      const auto* used = kube_find(object, "used");
      if (status == nullptr || used == nullptr || *status != json::value(hard)) return false;
      for (const auto& [key, value] : hard) {
        if (!used->as_object().contains(key)) return false;
      }
      return true;
    });
    ASSERT_TRUE(filled);
  }

  bool uses(const std::string& ns, std::string_view key, std::string_view amount) {
    return eventually([&] {
      const auto object = client.get(ref(ns));
      return object && string_at(*object, {"status", "used", key}) == amount;
    });
  }

  static kube::ObjectRef ref(const std::string& ns) {
    return {.resource = kube::resources::resource_quotas(), .ns = ns, .name = "limit"};
  }

  static const json::value* kube_find(const json::value& object, std::string_view part) {
    const auto* value = find(object, {"status", part});
    return value != nullptr && value->is_object() ? value : nullptr;
  }

  Result<json::value> make_pod(const std::string& ns, const json::object& object) {
    return client.create(kube::resources::pods(), ns, object);
  }
};

TEST_F(Quotas, FillTheirStatus) {
  const auto ns = make_namespace();
  enforce(ns,
          {{"requests.cpu", "2"}, {"requests.memory", "1Gi"}, {"pods", "3"}, {"requests.storage", "5Gi"}});
  EXPECT_TRUE(uses(ns, "pods", "0"));
  EXPECT_TRUE(uses(ns, "requests.cpu", "0"));
}

TEST_F(Quotas, CountPodsAndRefuseTheOneTooMany) {
  const auto ns = make_namespace();
  enforce(ns, {{"pods", "1"}});
  ASSERT_TRUE(ok(make_pod(ns, pod("first"))));
  EXPECT_TRUE(uses(ns, "pods", "1"));
  const auto refused = make_pod(ns, pod("second"));
  ASSERT_TRUE(fails(refused, Code::kForbidden, "Forbidden"));
  EXPECT_NE(refused.error().message.find("exceeded quota: limit"), std::string::npos)
      << refused.error().message;
  ASSERT_TRUE(ok(client.remove(pod_ref(ns, "first"))));
  EXPECT_TRUE(uses(ns, "pods", "0"));
  EXPECT_TRUE(eventually([&] { return make_pod(ns, pod("second")).has_value(); }));
}

TEST_F(Quotas, CountCpuAndMemory) {
  const auto ns = make_namespace();
  enforce(ns, {{"requests.cpu", "150m"}, {"limits.memory", "100Mi"}});
  ASSERT_TRUE(ok(make_pod(ns, pod("first"))));
  EXPECT_TRUE(uses(ns, "requests.cpu", "100m"));
  EXPECT_TRUE(uses(ns, "limits.memory", "64Mi"));
  const auto refused = make_pod(ns, pod("second"));
  ASSERT_TRUE(fails(refused, Code::kForbidden, "Forbidden"));
  EXPECT_NE(refused.error().message.find("exceeded quota: limit"), std::string::npos)
      << refused.error().message;
}

TEST_F(Quotas, RefuseAPodThatDoesNotSayWhatItNeeds) {
  const auto ns = make_namespace();
  enforce(ns, {{"requests.cpu", "1"}});
  const auto refused = make_pod(ns, bare_pod("bare"));
  ASSERT_TRUE(fails(refused, Code::kForbidden, "Forbidden"));
  EXPECT_NE(refused.error().message.find("must specify"), std::string::npos) << refused.error().message;
}

TEST_F(Quotas, CountDevices) {
  const auto ns = make_namespace();
  const auto key = "requests." + std::string(kDevice);
  enforce(ns, {{key, "2"}});
  ASSERT_TRUE(ok(make_pod(ns, pod("first", {{kDevice, "1"}}))));
  EXPECT_TRUE(uses(ns, key, "1"));
  EXPECT_TRUE(fails(make_pod(ns, pod("second", {{kDevice, "2"}})), Code::kForbidden, "Forbidden"));
  EXPECT_TRUE(ok(make_pod(ns, pod("third", {{kDevice, "1"}}))));
  EXPECT_TRUE(ok(make_pod(ns, pod("fourth")))) << "a pod without the device is not its concern";
}

TEST_F(Quotas, RefuseADeviceByZero) {
  const auto ns = make_namespace();
  enforce(ns, {{"requests." + std::string(kDevice), "0"}});
  EXPECT_TRUE(fails(make_pod(ns, pod("one", {{kDevice, "1"}})), Code::kForbidden, "Forbidden"));
}

TEST_F(Quotas, FollowAChangeOfTheirLimits) {
  const auto ns = make_namespace();
  enforce(ns, {{"pods", "0"}});
  EXPECT_TRUE(fails(make_pod(ns, pod("one")), Code::kForbidden, "Forbidden"));
  enforce(ns, {{"pods", "1"}});
  EXPECT_TRUE(ok(make_pod(ns, pod("one"))));
}

TEST_F(Quotas, HoldThePodsOfADeploymentBack) {
  const auto ns = make_namespace();
  enforce(ns, {{"pods", "1"}});
  ASSERT_TRUE(ok(client.create(kube::resources::deployments(), ns, deployment("two", 2))));
  EXPECT_TRUE(uses(ns, "pods", "1"));
  EXPECT_TRUE(
      wait_for({.resource = kube::resources::deployments(), .ns = ns, .name = "two"},
               [](const json::value& object) { return find_int(object, {"status", "readyReplicas"}) == 1; }));
  const auto pods = client.list(kube::resources::pods(), {.ns = ns});
  ASSERT_TRUE(ok(pods));
  EXPECT_EQ(pods->items.size(), 1U);
}

TEST_F(Quotas, CountStorageAndClaims) {
  const auto ns = make_namespace();
  const auto of_class = storage_class();
  enforce(ns, {{"requests.storage", "1Gi"}, {"persistentvolumeclaims", "5"}});
  ASSERT_TRUE(ok(client.create(kube::resources::persistent_volume_claims(), ns, claim("one", of_class))));
  EXPECT_TRUE(uses(ns, "requests.storage", "1Gi"));
  EXPECT_TRUE(fails(client.create(kube::resources::persistent_volume_claims(), ns, claim("two", of_class)),
                    Code::kForbidden, "Forbidden"));
}

TEST_F(Quotas, RefuseServicesThatReachOutside) {
  const auto ns = make_namespace();
  enforce(ns, {{"services.loadbalancers", "0"}, {"services.nodeports", "0"}});
  const json::array ports{{{"name", "web"}, {"port", 80}}};
  auto outside = service("outside", ports);
  outside["spec"].as_object()["type"] = "LoadBalancer";
  EXPECT_TRUE(fails(client.create(kube::resources::services(), ns, outside), Code::kForbidden, "Forbidden"));
  outside["spec"].as_object()["type"] = "NodePort";
  EXPECT_TRUE(fails(client.create(kube::resources::services(), ns, outside), Code::kForbidden, "Forbidden"));
  EXPECT_TRUE(ok(client.create(kube::resources::services(), ns, service("inside", ports))));
}

TEST_F(Quotas, CountObjectsOfAKind) {
  const auto ns = make_namespace();
  enforce(ns, {{"count/secrets", "0"}});
  // Admission hears of the quota by a watch of its own, which on a busy machine is a moment behind its
  // status.
  int made = 0;
  EXPECT_TRUE(eventually([&] {
    const json::object secret{
        {"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", "a" + std::to_string(++made)}}}};
    return !!fails(client.create(kube::resources::secrets(), ns, secret), Code::kForbidden, "Forbidden");
  }));
}

class Limits : public Contract {};

TEST_F(Limits, DefaultsFillWhatAPodLeavesOut) {
  const auto ns = make_namespace();
  const json::object range{
      {"apiVersion", "v1"},
      {"kind", "LimitRange"},
      {"metadata", {{"name", "defaults"}}},
      {"spec",
       {{"limits", json::array{{{"type", "Container"},
                                {"default", {{"cpu", "500m"}, {"memory", "256Mi"}}},
                                {"defaultRequest", {{"cpu", "250m"}, {"memory", "128Mi"}}}}}}}}};
  ASSERT_TRUE(ok(client.create(kube::resources::limit_ranges(), ns, range)));
  // Admission reads it from a cache of its own, which may be a moment behind.
  std::optional<json::value> filled;
  EXPECT_TRUE(eventually([&] {
    const auto made = client.create(kube::resources::pods(), ns, bare_pod(unique_name()), {.dry_run = true});
    EXPECT_TRUE(ok(made));
    if (made) filled = *made;
    return filled &&
           element_with(*filled, {"spec", "containers"}, "name", "main")->as_object().contains("resources") &&
           find(*element_with(*filled, {"spec", "containers"}, "name", "main"), {"resources", "limits"}) !=
               nullptr;
  }));
  ASSERT_TRUE(filled);
  const auto* container = element_with(*filled, {"spec", "containers"}, "name", "main");
  ASSERT_NE(container, nullptr);
  EXPECT_EQ(*find(*container, {"resources"}),
            json::value({{"limits", {{"cpu", "500m"}, {"memory", "256Mi"}}},
                         {"requests", {{"cpu", "250m"}, {"memory", "128Mi"}}}}));

  const auto own = client.create(kube::resources::pods(), ns, pod("own"), {.dry_run = true});
  ASSERT_TRUE(ok(own));
  const auto* kept = element_with(*own, {"spec", "containers"}, "name", "main");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(string_at(*kept, {"resources", "limits", "cpu"}), "100m") << "what the pod says itself stays";
}

}  // namespace
}  // namespace berth::contract
