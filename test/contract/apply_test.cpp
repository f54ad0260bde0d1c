// Server-side apply: who owns which field, and what becomes of fields that are named no longer.
#include "contract.hpp"
#include "objects.hpp"

namespace berth::contract {
namespace {

const kube::ApplyOptions kAda{.field_manager = "ada"};
const kube::ApplyOptions kAdaAsks{.field_manager = "ada", .force = false};
const kube::ApplyOptions kBob{.field_manager = "bob"};
const kube::ApplyOptions kBobAsks{.field_manager = "bob", .force = false};

TEST_F(Contract, ApplyCreatesThenUpdates) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  const auto first = client.apply(ref, config_map("one", {{"a", "1"}}), kAda);
  ASSERT_TRUE(ok(first));
  EXPECT_TRUE(first->created);
  const auto second = client.apply(ref, config_map("one", {{"a", "2"}}), kAda);
  ASSERT_TRUE(ok(second));
  EXPECT_FALSE(second->created);
  EXPECT_EQ(string_at(second->object, {"data", "a"}), "2");
  EXPECT_EQ(kube::uid_of(second->object), kube::uid_of(first->object));
}

TEST_F(Contract, ApplyingTheSameAgainChangesNothing) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::deployments(), .ns = ns, .name = "one"};
  const auto first = client.apply(ref, deployment("one", 0), kAda);
  ASSERT_TRUE(ok(first));
  // The controller writes its status once; after that nothing may move.
  const auto settled = wait_for(ref, [](const json::value& object) {
    return find_int(object, {"status", "observedGeneration"}) == find_int(object, {"metadata", "generation"});
  });
  ASSERT_TRUE(settled);
  EXPECT_TRUE(eventually([&] {
    const auto before = client.get(ref);
    const auto again = client.apply(ref, deployment("one", 0), kAda);
    EXPECT_TRUE(ok(again));
    return before && again && kube::resource_version_of(again->object) == kube::resource_version_of(*before);
  }));
}

TEST_F(Contract, ApplyRemovesWhatTheManagerNamesNoLonger) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  ASSERT_TRUE(ok(client.apply(ref, config_map("one", {{"a", "1"}, {"b", "2"}}), kAda)));
  const auto applied = client.apply(ref, config_map("one", {{"b", "2"}}), kAda);
  ASSERT_TRUE(ok(applied));
  EXPECT_EQ(*find(applied->object, {"data"}), json::value({{"b", "2"}}));
}

TEST_F(Contract, TwoManagersKeepTheirOwnFields) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  ASSERT_TRUE(ok(client.apply(ref, config_map("one", {{"a", "1"}}), kAda)));
  const auto both = client.apply(ref, config_map("one", {{"b", "2"}}), kBobAsks);
  ASSERT_TRUE(ok(both));
  EXPECT_EQ(*find(both->object, {"data"}), json::value({{"a", "1"}, {"b", "2"}}));
  const auto without_a = client.apply(ref, config_map("one", {}), kAda);
  ASSERT_TRUE(ok(without_a));
  EXPECT_EQ(*find(without_a->object, {"data"}), json::value({{"b", "2"}}));
}

TEST_F(Contract, AFieldOfAnotherManagerIsTakenOnlyByForce) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  ASSERT_TRUE(ok(client.apply(ref, config_map("one", {{"a", "1"}}), kAda)));
  const auto refused = client.apply(ref, config_map("one", {{"a", "2"}}), kBobAsks);
  ASSERT_TRUE(fails(refused, Code::kConflict, "Conflict"));
  EXPECT_TRUE(has_cause(refused.error(), "FieldManagerConflict"));
  EXPECT_NE(refused.error().fields.front().message.find("ada"), std::string::npos) << refused.error().message;
  EXPECT_EQ(string_at(client.get(ref).value_or(json::value{}), {"data", "a"}), "1");

  const auto taken = client.apply(ref, config_map("one", {{"a", "2"}}), kBob);
  ASSERT_TRUE(ok(taken));
  EXPECT_EQ(string_at(taken->object, {"data", "a"}), "2");
  // It is bob's now: ada no longer naming it does not remove it.
  const auto left = client.apply(ref, config_map("one", {}), kAda);
  ASSERT_TRUE(ok(left));
  EXPECT_EQ(string_at(left->object, {"data", "a"}), "2");
}

TEST_F(Contract, TheSameValueIsSharedNotFoughtOver) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  ASSERT_TRUE(ok(client.apply(ref, config_map("one", {{"a", "1"}}), kAda)));
  ASSERT_TRUE(ok(client.apply(ref, config_map("one", {{"a", "1"}}), kBobAsks)));
  const auto left = client.apply(ref, config_map("one", {}), kAda);
  ASSERT_TRUE(ok(left));
  EXPECT_EQ(string_at(left->object, {"data", "a"}), "1");
  const auto gone = client.apply(ref, config_map("one", {}), kBob);
  ASSERT_TRUE(ok(gone));
  EXPECT_EQ(find_string(gone->object, {"data", "a"}), std::nullopt);
}

TEST_F(Contract, APlainWriteOwnsWhatItChanges) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  ASSERT_TRUE(ok(client.apply(ref, config_map("one", {{"a", "1"}}), kAda)));
  ASSERT_TRUE(
      ok(client.merge_patch(ref, json::object{{"data", {{"a", "by hand"}}}}, {.field_manager = "hand"})));
  EXPECT_TRUE(
      fails(client.apply(ref, config_map("one", {{"a", "1"}}), kAdaAsks), Code::kConflict, "Conflict"));
  const auto repaired = client.apply(ref, config_map("one", {{"a", "1"}}), kAda);
  ASSERT_TRUE(ok(repaired));
  EXPECT_EQ(string_at(repaired->object, {"data", "a"}), "1");
}

TEST_F(Contract, LabelsAndAnnotationsMergeByKey) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  const auto labelled = [](const json::object& labels) {
    auto object = config_map("one", {});
    object["metadata"].as_object()["labels"] = labels;
    return object;
  };
  ASSERT_TRUE(ok(client.apply(ref, labelled({{"a", "1"}, {"b", "1"}}), kAda)));
  ASSERT_TRUE(ok(client.merge_patch(ref, json::object{{"metadata", {{"labels", {{"c", "1"}}}}}})));
  const auto applied = client.apply(ref, labelled({{"b", "1"}}), kAda);
  ASSERT_TRUE(ok(applied));
  EXPECT_EQ(*find(applied->object, {"metadata", "labels"}), json::value({{"b", "1"}, {"c", "1"}}));
}

/// A Deployment that names, besides what makes it complete, only `containers`.
json::object with_containers(const json::array& containers) {
  auto object = deployment("one", 0);
  object["spec"].as_object()["template"].as_object()["spec"].as_object() =
      json::object{{"containers", containers}};
  return object;
}

TEST_F(Contract, ContainersMergeByName) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::deployments(), .ns = ns, .name = "one"};
  ASSERT_TRUE(
      ok(client.apply(ref, with_containers({{{"name", "first"}, {"image", "example.com/a:1"}}}), kAda)));
  const auto both =
      client.apply(ref, with_containers({{{"name", "second"}, {"image", "example.com/b:1"}}}), kBobAsks);
  ASSERT_TRUE(ok(both));
  const std::initializer_list<std::string_view> containers{"spec", "template", "spec", "containers"};
  EXPECT_EQ(count_at(both->object, containers), 2U);
  const auto updated =
      client.apply(ref, with_containers({{{"name", "first"}, {"image", "example.com/a:2"}}}), kAda);
  ASSERT_TRUE(ok(updated));
  const auto* first = element_with(updated->object, containers, "name", "first");
  const auto* second = element_with(updated->object, containers, "name", "second");
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(string_at(*first, {"image"}), "example.com/a:2");
  EXPECT_EQ(string_at(*second, {"image"}), "example.com/b:1");
}

TEST_F(Contract, VariablesMergeByNameInsideAContainer) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::deployments(), .ns = ns, .name = "one"};
  const auto with_env = [](const json::array& env) {
    return with_containers({{{"name", "main"}, {"image", "example.com/a:1"}, {"env", env}}});
  };
  ASSERT_TRUE(ok(client.apply(ref, with_env({{{"name", "A"}, {"value", "1"}}}), kAda)));
  ASSERT_TRUE(ok(client.apply(ref, with_env({{{"name", "B"}, {"value", "2"}}}), kBobAsks)));
  const auto applied = client.apply(ref, with_env({{{"name", "C"}, {"value", "3"}}}), kAda);
  ASSERT_TRUE(ok(applied));
  const auto* main =
      element_with(applied->object, {"spec", "template", "spec", "containers"}, "name", "main");
  ASSERT_NE(main, nullptr);
  EXPECT_EQ(element_with(*main, {"env"}, "name", "A"), nullptr);
  EXPECT_NE(element_with(*main, {"env"}, "name", "B"), nullptr);
  EXPECT_NE(element_with(*main, {"env"}, "name", "C"), nullptr);
}

TEST_F(Contract, PortsMergeByNumberAndProtocol) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::services(), .ns = ns, .name = "one"};
  const auto port = [](std::string_view name, int number) {
    return json::object{{"name", name}, {"port", number}, {"protocol", "TCP"}};
  };
  ASSERT_TRUE(ok(client.apply(ref, service("one", {port("web", 80)}), kAda)));
  const auto both = client.apply(ref, service("one", {port("ssh", 22)}), kBobAsks);
  ASSERT_TRUE(ok(both));
  EXPECT_NE(element_with(both->object, {"spec", "ports"}, "port", 80), nullptr);
  EXPECT_NE(element_with(both->object, {"spec", "ports"}, "port", 22), nullptr);
  const auto moved = client.apply(ref, service("one", {port("web", 8080)}), kAda);
  ASSERT_TRUE(ok(moved));
  EXPECT_EQ(element_with(moved->object, {"spec", "ports"}, "port", 80), nullptr);
  EXPECT_NE(element_with(moved->object, {"spec", "ports"}, "port", 22), nullptr);
  EXPECT_NE(element_with(moved->object, {"spec", "ports"}, "port", 8080), nullptr);
}

TEST_F(Contract, AListOfPlainTextIsReplacedWhole) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::deployments(), .ns = ns, .name = "one"};
  const auto with_args = [](const json::array& args) {
    return with_containers({{{"name", "main"}, {"image", "example.com/a:1"}, {"args", args}}});
  };
  ASSERT_TRUE(ok(client.apply(ref, with_args({"a", "b"}), kAda)));
  EXPECT_TRUE(fails(client.apply(ref, with_args({"c"}), kBobAsks), Code::kConflict, "Conflict"));
  const auto applied = client.apply(ref, with_args({"c"}), kAda);
  ASSERT_TRUE(ok(applied));
  const auto* main =
      element_with(applied->object, {"spec", "template", "spec", "containers"}, "name", "main");
  ASSERT_NE(main, nullptr);
  EXPECT_EQ(*find(*main, {"args"}), json::value(json::array{"c"}));
}

TEST_F(Contract, AQuotaLosesTheKeysThatAreNamedNoLonger) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::resource_quotas(), .ns = ns, .name = "one"};
  ASSERT_TRUE(ok(client.apply(ref, quota("one", {{"pods", "5"}, {"services", "5"}}), kAda)));
  const auto applied = client.apply(ref, quota("one", {{"pods", "6"}}), kAda);
  ASSERT_TRUE(ok(applied));
  EXPECT_EQ(*find(applied->object, {"spec", "hard"}), json::value({{"pods", "6"}}));
}

TEST_F(Contract, ApplyWithAnotherUidIsRefused) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  auto object = config_map("one", {{"a", "1"}});
  object["metadata"].as_object()["uid"] = "00000000-0000-4000-8000-000000000000";
  EXPECT_TRUE(fails(client.apply(ref, object, kAda), Code::kConflict, "Conflict"))
      << "there is no such object";
  ASSERT_TRUE(ok(client.apply(ref, config_map("one", {{"a", "1"}}), kAda)));
  EXPECT_TRUE(fails(client.apply(ref, object, kAda), Code::kInvalid, "Invalid")) << "there is another one";
}

TEST_F(Contract, ApplyAsADryRunShowsButDoesNot) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  const auto shown =
      client.apply(ref, config_map("one", {{"a", "1"}}), {.field_manager = "ada", .dry_run = true});
  ASSERT_TRUE(ok(shown));
  EXPECT_TRUE(shown->created);
  EXPECT_EQ(string_at(shown->object, {"data", "a"}), "1");
  EXPECT_TRUE(fails(client.get(ref), Code::kNotFound, "NotFound"));
}

TEST_F(Contract, ApplyNeedsTheNameInTheObjectToMatch) {
  const auto ns = make_namespace();
  const auto applied = client.apply(config_map_ref(ns, "one"), config_map("two", {}), kAda);
  EXPECT_TRUE(fails(applied, Code::kInvalid, "BadRequest"));
}

TEST_F(Contract, ApplyTellsWhoManagesWhat) {
  const auto ns = make_namespace();
  const auto applied = client.apply(config_map_ref(ns, "one"), config_map("one", {{"a", "1"}}), kAda);
  ASSERT_TRUE(ok(applied));
  const auto* entry = element_with(applied->object, {"metadata", "managedFields"}, "manager", "ada");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(string_at(*entry, {"operation"}), "Apply");
  EXPECT_NE(find(*entry, {"fieldsV1", "f:data", "f:a"}), nullptr);
}

}  // namespace
}  // namespace berth::contract
