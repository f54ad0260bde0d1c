// Pods, deployments, claims, and what is published of them.
#include <algorithm>

#include "contract.hpp"
#include "objects.hpp"

namespace berth::contract {
namespace {

bool has_condition(const json::value& object, std::string_view type) {
  const auto* condition = element_with(object, {"status", "conditions"}, "type", json::value(type));
  return condition != nullptr && string_at(*condition, {"status"}) == "True";
}

TEST_F(Contract, APodBecomesReadyAndGoesAway) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::pods(), ns, pod("one"))));
  const auto ready = wait_for(pod_ref(ns, "one"), [](const json::value& object) {
    return string_at(object, {"status", "phase"}) == "Running" && has_condition(object, "Ready");
  });
  ASSERT_TRUE(ready);
  EXPECT_FALSE(string_at(*ready, {"spec", "nodeName"}).empty());
  EXPECT_TRUE(ok(client.remove(pod_ref(ns, "one"))));
  EXPECT_TRUE(wait_gone(pod_ref(ns, "one")));
}

TEST_F(Contract, ADeploymentBringsUpItsPodsAndFollowsItsSize) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::deployments(), .ns = ns, .name = "one"};
  ASSERT_TRUE(ok(client.apply(ref, deployment("one", 2), {.field_manager = "ada"})));
  const auto ready = wait_for(
      ref, [](const json::value& object) { return find_int(object, {"status", "readyReplicas"}) == 2; });
  ASSERT_TRUE(ready);
  EXPECT_EQ(find_int(*ready, {"metadata", "generation"}), find_int(*ready, {"status", "observedGeneration"}));
  const auto pods = client.list(kube::resources::pods(), {.ns = ns, .label_selector = "app=one"});
  ASSERT_TRUE(ok(pods));
  ASSERT_EQ(pods->items.size(), 2U);
  EXPECT_EQ(string_at(pods->items.front().at("metadata").at("ownerReferences").at(0), {"kind"}),
            "ReplicaSet");

  ASSERT_TRUE(ok(client.apply(ref, deployment("one", 0), {.field_manager = "ada"})));
  EXPECT_TRUE(eventually([&] {
    const auto left = client.list(kube::resources::pods(), {.ns = ns});
    return left && left->items.empty();
  }));
}

TEST_F(Contract, ADeletedPodOfADeploymentIsReplaced) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::deployments(), .ns = ns, .name = "one"};
  ASSERT_TRUE(ok(client.create(ref.resource, ns, deployment("one", 1))));
  const auto is_ready = [](const json::value& object) {
    return find_int(object, {"status", "readyReplicas"}) == 1;
  };
  ASSERT_TRUE(wait_for(ref, is_ready));
  const auto pods = client.list(kube::resources::pods(), {.ns = ns});
  ASSERT_TRUE(ok(pods));
  ASSERT_EQ(pods->items.size(), 1U);
  const auto first = kube::name_of(pods->items.front());
  ASSERT_TRUE(ok(client.remove(pod_ref(ns, first))));
  EXPECT_TRUE(wait_gone(pod_ref(ns, first)));
  EXPECT_TRUE(wait_for(ref, is_ready));
}

TEST_F(Contract, DeletingADeploymentTakesItsPods) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::deployments(), .ns = ns, .name = "one"};
  ASSERT_TRUE(ok(client.create(ref.resource, ns, deployment("one", 1))));
  ASSERT_TRUE(wait_for(
      ref, [](const json::value& object) { return find_int(object, {"status", "readyReplicas"}) == 1; }));
  ASSERT_TRUE(ok(client.remove(ref, {.propagation = kube::Propagation::kBackground})));
  EXPECT_TRUE(wait_gone(ref));
  EXPECT_TRUE(eventually([&] {
    const auto left = client.list(kube::resources::pods(), {.ns = ns});
    return left && left->items.empty();
  }));
}

TEST_F(Contract, AClaimIsBoundUnderAPod) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{
      .resource = kube::resources::persistent_volume_claims(), .ns = ns, .name = "home"};
  ASSERT_TRUE(ok(client.create(ref.resource, ns, claim("home", storage_class()))));
  auto user = pod("user");
  user["spec"].as_object()["volumes"] =
      json::array{{{"name", "home"}, {"persistentVolumeClaim", {{"claimName", "home"}}}}};
  user["spec"].as_object()["containers"].as_array()[0].as_object()["volumeMounts"] =
      json::array{{{"name", "home"}, {"mountPath", "/home"}}};
  ASSERT_TRUE(ok(client.create(kube::resources::pods(), ns, user)));
  const auto bound = wait_for(
      ref, [](const json::value& object) { return string_at(object, {"status", "phase"}) == "Bound"; });
  ASSERT_TRUE(bound);
  EXPECT_FALSE(string_at(*bound, {"spec", "volumeName"}).empty());
  EXPECT_EQ(string_at(*bound, {"status", "capacity", "storage"}), "1Gi");
  EXPECT_TRUE(wait_for(pod_ref(ns, "user"),
                       [](const json::value& object) { return has_condition(object, "Ready"); }));
}

TEST_F(Contract, ARetainedVolumeIsHandedOnByItsClaimRefAndDeletedByItsPolicy) {
  // test/system/home_test.py sees it on the real node, whose provisioner does.
  if (storage_class() == "kwok-volume")
    GTEST_SKIP() << "kwok takes released volumes away, whatever their policy";
  const kube::Resource volumes{"", "v1", "persistentvolumes", "PersistentVolume", false};
  const auto claims = kube::resources::persistent_volume_claims();
  const auto first = make_namespace();
  ASSERT_TRUE(ok(client.create(claims, first, claim("home", storage_class()))));
  auto user = pod("user");
  user["spec"].as_object()["volumes"] =
      json::array{{{"name", "home"}, {"persistentVolumeClaim", {{"claimName", "home"}}}}};
  user["spec"].as_object()["containers"].as_array()[0].as_object()["volumeMounts"] =
      json::array{{{"name", "home"}, {"mountPath", "/home"}}};
  ASSERT_TRUE(ok(client.create(kube::resources::pods(), first, user)));
  const auto is_bound = [](const json::value& object) {
    return string_at(object, {"status", "phase"}) == "Bound" &&
           !string_at(object, {"spec", "volumeName"}).empty();
  };
  const auto bound = wait_for({.resource = claims, .ns = first, .name = "home"}, is_bound);
  ASSERT_TRUE(bound);
  const kube::ObjectRef volume{
      .resource = volumes, .ns = "", .name = string_at(*bound, {"spec", "volumeName"})};
  const auto phase_is = [](std::string_view wanted) {
    return [wanted](const json::value& object) { return string_at(object, {"status", "phase"}) == wanted; };
  };
  ASSERT_TRUE(ok(client.merge_patch(volume, {{"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}})));
  ASSERT_TRUE(ok(client.remove(pod_ref(first, "user"), {.grace_period_seconds = 0})));
  ASSERT_TRUE(wait_gone(pod_ref(first, "user")));
  ASSERT_TRUE(ok(client.remove({.resource = claims, .ns = first, .name = "home"})));
  ASSERT_TRUE(wait_for(volume, phase_is("Released")));

  const auto second = make_namespace();
  ASSERT_TRUE(ok(client.merge_patch(
      volume,
      {{"spec",
        {{"claimRef",
          {{"namespace", second}, {"name", "home"}, {"uid", nullptr}, {"resourceVersion", nullptr}}}}}})));
  ASSERT_TRUE(wait_for(volume, [](const json::value& object) {
    return string_at(object, {"status", "phase"}) != "Released";
  }));
  ASSERT_TRUE(ok(client.create(claims, second, claim("home", storage_class()))));
  const auto again = wait_for({.resource = claims, .ns = second, .name = "home"}, is_bound);
  ASSERT_TRUE(again) << "bound without any pod";
  EXPECT_EQ(string_at(*again, {"spec", "volumeName"}), volume.name);
  ASSERT_TRUE(ok(client.remove({.resource = claims, .ns = second, .name = "home"})));
  ASSERT_TRUE(wait_for(volume, phase_is("Released")));
  ASSERT_TRUE(ok(client.merge_patch(volume, {{"spec", {{"persistentVolumeReclaimPolicy", "Delete"}}}})));
  EXPECT_TRUE(wait_gone(volume));
}

TEST_F(Contract, AServiceGetsAnAddress) {
  const auto ns = make_namespace();
  const auto made =
      client.create(kube::resources::services(), ns, service("web", {{{"name", "web"}, {"port", 80}}}));
  ASSERT_TRUE(ok(made));
  EXPECT_FALSE(string_at(*made, {"spec", "clusterIP"}).empty());
  EXPECT_EQ(string_at(*made, {"spec", "type"}), "ClusterIP");
  EXPECT_EQ(string_at(made->at("spec").at("ports").at(0), {"protocol"}), "TCP");
}

TEST_F(Contract, ARouteIsAdmitted) {
  if (!serves(kube::resources::routes())) GTEST_SKIP() << "this cluster serves no routes";
  const auto ns = make_namespace();
  ASSERT_TRUE(
      ok(client.create(kube::resources::services(), ns, service("web", {{{"name", "web"}, {"port", 80}}}))));
  const kube::ObjectRef ref{.resource = kube::resources::routes(), .ns = ns, .name = "web"};
  const json::object route{
      {"apiVersion", "route.openshift.io/v1"},
      {"kind", "Route"},
      {"metadata", {{"name", "web"}}},
      {"spec",
       {{"to", {{"kind", "Service"}, {"name", "web"}}},
        {"port", {{"targetPort", "web"}}},
        {"tls", {{"termination", "edge"}, {"insecureEdgeTerminationPolicy", "Redirect"}}}}}};
  ASSERT_TRUE(ok(client.apply(ref, route, {.field_manager = "ada"})));
  const auto admitted = wait_for(ref, [](const json::value& object) {
    const auto* routers = find(object, {"status", "ingress"});
    if (routers == nullptr || !routers->is_array()) return false;
    return std::ranges::any_of(routers->get_array(), [](const json::value& router) {
      const auto* condition = element_with(router, {"conditions"}, "type", "Admitted");
      return condition != nullptr && string_at(*condition, {"status"}) == "True" &&
             !string_at(router, {"host"}).empty();
    });
  });
  ASSERT_TRUE(admitted);
  EXPECT_FALSE(string_at(*admitted, {"spec", "host"}).empty()) << "a host is given where none was asked for";
  EXPECT_TRUE(ok(client.apply(ref, route, {.field_manager = "ada", .force = false})))
      << "the host that was given is nobody else's to fight over";
}

TEST_F(Contract, AnIngressIsPublished) {
  if (serves(kube::resources::routes())) GTEST_SKIP() << "this cluster publishes by routes";
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::ingresses(), .ns = ns, .name = "web"};
  const json::object backend{{"service", {{"name", "web"}, {"port", {{"number", 80}}}}}};
  const json::object ingress{
      {"apiVersion", "networking.k8s.io/v1"},
      {"kind", "Ingress"},
      {"metadata", {{"name", "web"}}},
      {"spec",
       {{"rules",
         json::array{
             {{"host", ns + ".example.com"},
              {"http",
               {{"paths", json::array{{{"path", "/"}, {"pathType", "Prefix"}, {"backend", backend}}}}}}}}}}}};
  ASSERT_TRUE(ok(client.apply(ref, ingress, {.field_manager = "ada"})));
  EXPECT_TRUE(wait_for(ref, [](const json::value& object) {
    return count_at(object, {"status", "loadBalancer", "ingress"}) > 0;
  }));
}

TEST_F(Contract, StatusIsWrittenBesideAndOnlyThere) {
  const auto ns = make_namespace();
  ASSERT_TRUE(
      ok(client.create(kube::resources::services(), ns, service("web", {{{"name", "web"}, {"port", 80}}}))));
  const kube::ObjectRef ref{.resource = kube::resources::services(), .ns = ns, .name = "web"};
  const json::object status{
      {"status", {{"loadBalancer", {{"ingress", json::array{{{"ip", "192.0.2.7"}}}}}}}}};
  const auto ignored = client.merge_patch(ref, status);
  ASSERT_TRUE(ok(ignored));
  EXPECT_EQ(count_at(*ignored, {"status", "loadBalancer", "ingress"}), 0U) << "not by the object itself";

  const kube::ObjectRef pod = pod_ref(ns, "one");
  ASSERT_TRUE(ok(client.create(kube::resources::pods(), ns, berth::contract::pod("one"))));
  const auto patched = client.merge_patch(
      pod, json::object{{"status", {{"message", "told"}}}, {"spec", {{"activeDeadlineSeconds", 3600}}}}, {},
      "status");
  ASSERT_TRUE(ok(patched));
  EXPECT_EQ(string_at(*patched, {"status", "message"}), "told");
  EXPECT_EQ(find(*patched, {"spec", "activeDeadlineSeconds"}), nullptr) << "nor the rest by the status";
}

TEST_F(Contract, NetworkPoliciesAreKept) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::network_policies(), .ns = ns, .name = "deny"};
  const json::object policy{
      {"apiVersion", "networking.k8s.io/v1"},
      {"kind", "NetworkPolicy"},
      {"metadata", {{"name", "deny"}}},
      {"spec", {{"podSelector", json::object{}}, {"policyTypes", json::array{"Ingress", "Egress"}}}}};
  const auto first = client.apply(ref, policy, {.field_manager = "ada"});
  ASSERT_TRUE(ok(first));
  const auto again = client.apply(ref, policy, {.field_manager = "ada"});
  ASSERT_TRUE(ok(again));
  EXPECT_EQ(kube::resource_version_of(again->object), kube::resource_version_of(first->object));
}

}  // namespace
}  // namespace berth::contract
