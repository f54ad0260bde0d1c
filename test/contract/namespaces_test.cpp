// Namespaces, and what goes with them.
#include "contract.hpp"
#include "objects.hpp"

namespace berth::contract {
namespace {

TEST_F(Contract, ANamespaceBecomesActive) {
  const auto ns = make_namespace();
  const auto active = wait_for(namespace_ref(ns), [](const json::value& object) {
    return string_at(object, {"status", "phase"}) == "Active";
  });
  ASSERT_TRUE(active);
  EXPECT_EQ(kube::label_of(*active, "kubernetes.io/metadata.name"), ns);
  EXPECT_EQ(count_at(*active, {"spec", "finalizers"}), 1U);
}

TEST_F(Contract, DeletingANamespaceTakesAllThatIsInIt) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("one", {}))));
  ASSERT_TRUE(ok(client.create(kube::resources::pods(), ns, pod("one"))));
  ASSERT_TRUE(ok(client.create(kube::resources::deployments(), ns, deployment("two", 1))));
  ASSERT_TRUE(ok(client.create(kube::resources::resource_quotas(), ns, quota("one", {{"pods", "5"}}))));
  const kube::ObjectRef claim_ref{
      .resource = kube::resources::persistent_volume_claims(), .ns = ns, .name = "one"};
  ASSERT_TRUE(ok(client.create(claim_ref.resource, ns, claim("one", storage_class()))));

  const auto object = client.get(namespace_ref(ns));
  ASSERT_TRUE(ok(object));
  EXPECT_EQ(client.remove(namespace_ref(ns), {.uid = kube::uid_of(*object)}), kube::Removed::kPending);
  EXPECT_TRUE(wait_gone(namespace_ref(ns)));
  EXPECT_TRUE(wait_gone(config_map_ref(ns, "one")));
  EXPECT_TRUE(wait_gone(pod_ref(ns, "one")));
  EXPECT_TRUE(wait_gone(claim_ref));
  const auto pods = client.list(kube::resources::pods(), {.ns = ns});
  ASSERT_TRUE(ok(pods));
  EXPECT_TRUE(pods->items.empty());
}

TEST_F(Contract, ATerminatingNamespaceTakesNothingNew) {
  const auto ns = make_namespace();
  auto held = config_map("holds", {});
  held["metadata"].as_object()["finalizers"] = json::array{"contract.example.com/hold"};
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, held)));
  EXPECT_EQ(client.remove(namespace_ref(ns)), kube::Removed::kPending);
  ASSERT_TRUE(wait_for(namespace_ref(ns), [](const json::value& object) {
    return kube::is_deleting(object) && string_at(object, {"status", "phase"}) == "Terminating";
  }));

  const auto refused = client.create(kube::resources::config_maps(), ns, config_map("late", {}));
  ASSERT_TRUE(fails(refused, Code::kForbidden, "Forbidden"));
  EXPECT_TRUE(has_cause(refused.error(), "NamespaceTerminating")) << refused.error().message;
  EXPECT_TRUE(
      fails(client.apply(config_map_ref(ns, "late"), config_map("late", {}), {.field_manager = "ada"}),
            Code::kForbidden, "Forbidden"));

  // The namespace says what it waits for.
  EXPECT_TRUE(wait_for(namespace_ref(ns), [](const json::value& object) {
    const auto* remaining =
        element_with(object, {"status", "conditions"}, "type", "NamespaceFinalizersRemaining");
    return remaining != nullptr && string_at(*remaining, {"status"}) == "True" &&
           string_at(*remaining, {"message"}).find("contract.example.com/hold") != std::string::npos;
  }));
  ASSERT_TRUE(ok(client.merge_patch(config_map_ref(ns, "holds"),
                                    json::object{{"metadata", {{"finalizers", nullptr}}}})));
  EXPECT_TRUE(wait_gone(namespace_ref(ns)));
}

TEST_F(Contract, DeletingANamespaceTwiceIsNoFailure) {
  const auto ns = make_namespace();
  const auto object = client.get(namespace_ref(ns));
  ASSERT_TRUE(ok(object));
  EXPECT_TRUE(ok(client.remove(namespace_ref(ns), {.uid = kube::uid_of(*object)})));
  // The second may find it terminating (a conflict on a real server at times), or gone; it is never an error
  // of ours.
  const auto again = client.remove(namespace_ref(ns), {.uid = kube::uid_of(*object)});
  EXPECT_TRUE(again || again.error().code == Code::kConflict) << again.error().message;
  EXPECT_TRUE(wait_gone(namespace_ref(ns)));
  EXPECT_EQ(client.remove(namespace_ref(ns), {.uid = kube::uid_of(*object)}), kube::Removed::kAbsent);
}

TEST_F(Contract, ANamespaceOfTheSameNameIsAnother) {
  const auto ns = make_namespace();
  const auto first = client.get(namespace_ref(ns));
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(ok(client.remove(namespace_ref(ns))));
  ASSERT_TRUE(wait_gone(namespace_ref(ns)));
  const auto second = client.create(
      kube::resources::namespaces(), "",
      json::object{{"apiVersion", "v1"},
                   {"kind", "Namespace"},
                   {"metadata", {{"name", ns}, {"labels", {{kRunLabel, current_run().id()}}}}}});
  ASSERT_TRUE(ok(second));
  EXPECT_NE(kube::uid_of(*second), kube::uid_of(*first));
  EXPECT_TRUE(
      fails(client.remove(namespace_ref(ns), {.uid = kube::uid_of(*first)}), Code::kConflict, "Conflict"));
}

}  // namespace
}  // namespace berth::contract
