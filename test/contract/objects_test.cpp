// Create, get, replace, patch, delete.
#include "objects.hpp"

#include "contract.hpp"

namespace berth::contract {
namespace {

TEST_F(Contract, AnObjectIsCreatedReadAndDeleted) {
  const auto ns = make_namespace();
  const auto made = client.create(kube::resources::config_maps(), ns, config_map("one", {{"a", "1"}}));
  ASSERT_TRUE(ok(made));
  EXPECT_FALSE(kube::uid_of(*made).empty());
  EXPECT_FALSE(kube::resource_version_of(*made).empty());
  EXPECT_TRUE(find_string(*made, {"metadata", "creationTimestamp"}));

  const auto read = client.get(config_map_ref(ns, "one"));
  ASSERT_TRUE(ok(read));
  EXPECT_EQ(string_at(*read, {"data", "a"}), "1");
  EXPECT_EQ(kube::uid_of(*read), kube::uid_of(*made));
  EXPECT_EQ(string_at(*read, {"kind"}), "ConfigMap");

  const auto removed = client.remove(config_map_ref(ns, "one"));
  ASSERT_TRUE(ok(removed));
  EXPECT_EQ(*removed, kube::Removed::kGone);
  EXPECT_TRUE(fails(client.get(config_map_ref(ns, "one")), Code::kNotFound, "NotFound"));
  EXPECT_EQ(client.remove(config_map_ref(ns, "one")), kube::Removed::kAbsent);
}

TEST_F(Contract, ASecondOneOfTheSameNameIsRefused) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("one", {}))));
  EXPECT_TRUE(fails(client.create(kube::resources::config_maps(), ns, config_map("one", {})), Code::kConflict,
                    "AlreadyExists"));
}

TEST_F(Contract, ReplacingAnOldVersionIsRefused) {
  const auto ns = make_namespace();
  const auto made = client.create(kube::resources::config_maps(), ns, config_map("one", {{"a", "1"}}));
  ASSERT_TRUE(ok(made));
  auto newer = *made;
  newer.as_object()["data"] = json::object{{"a", "2"}};
  const auto replaced = client.replace(config_map_ref(ns, "one"), newer);
  ASSERT_TRUE(ok(replaced));
  EXPECT_NE(kube::resource_version_of(*replaced), kube::resource_version_of(*made));

  auto stale = *made;
  stale.as_object()["data"] = json::object{{"a", "3"}};
  EXPECT_TRUE(fails(client.replace(config_map_ref(ns, "one"), stale), Code::kConflict, "Conflict"));
  EXPECT_EQ(string_at(client.get(config_map_ref(ns, "one")).value_or(json::value{}), {"data", "a"}), "2");
}

TEST_F(Contract, ReplacingWithTheSameContentKeepsTheVersion) {
  const auto ns = make_namespace();
  const auto made = client.create(kube::resources::config_maps(), ns, config_map("one", {{"a", "1"}}));
  ASSERT_TRUE(ok(made));
  const auto replaced = client.replace(config_map_ref(ns, "one"), *made);
  ASSERT_TRUE(ok(replaced));
  EXPECT_EQ(kube::resource_version_of(*replaced), kube::resource_version_of(*made));
}

TEST_F(Contract, AMergePatchSetsAndRemoves) {
  const auto ns = make_namespace();
  ASSERT_TRUE(
      ok(client.create(kube::resources::config_maps(), ns, config_map("one", {{"a", "1"}, {"b", "2"}}))));
  const auto patched =
      client.merge_patch(config_map_ref(ns, "one"), json::object{{"data", {{"a", nullptr}, {"c", "3"}}}});
  ASSERT_TRUE(ok(patched));
  EXPECT_EQ(*find(*patched, {"data"}), json::value({{"b", "2"}, {"c", "3"}}));
  EXPECT_TRUE(fails(client.merge_patch(config_map_ref(ns, "none"), json::object{{"data", {{"a", "1"}}}}),
                    Code::kNotFound, "NotFound"));
}

TEST_F(Contract, APatchWithAnOldVersionIsRefused) {
  const auto ns = make_namespace();
  const auto made = client.create(kube::resources::config_maps(), ns, config_map("one", {{"a", "1"}}));
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(client.merge_patch(config_map_ref(ns, "one"), json::object{{"data", {{"a", "2"}}}})));
  const json::object stale{{"metadata", {{"resourceVersion", kube::resource_version_of(*made)}}},
                           {"data", {{"a", "3"}}}};
  EXPECT_TRUE(fails(client.merge_patch(config_map_ref(ns, "one"), stale), Code::kConflict, "Conflict"));
}

TEST_F(Contract, DeletingChecksThePreconditions) {
  const auto ns = make_namespace();
  const auto made = client.create(kube::resources::config_maps(), ns, config_map("one", {}));
  ASSERT_TRUE(ok(made));
  const auto ref = config_map_ref(ns, "one");
  EXPECT_TRUE(fails(client.remove(ref, {.uid = "00000000-0000-4000-8000-000000000000"}), Code::kConflict,
                    "Conflict"));
  ASSERT_TRUE(ok(client.merge_patch(ref, json::object{{"data", {{"a", "1"}}}})));
  EXPECT_TRUE(fails(client.remove(ref, {.resource_version = kube::resource_version_of(*made)}),
                    Code::kConflict, "Conflict"));
  EXPECT_TRUE(ok(client.get(ref)));
  EXPECT_EQ(client.remove(ref, {.uid = kube::uid_of(*made)}), kube::Removed::kGone);
}

TEST_F(Contract, AFinalizerHoldsADeletedObject) {
  const auto ns = make_namespace();
  auto held = config_map("one", {});
  held["metadata"].as_object()["finalizers"] = json::array{"contract.example.com/hold"};
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, held)));
  const auto ref = config_map_ref(ns, "one");
  EXPECT_EQ(client.remove(ref), kube::Removed::kPending);
  const auto dying = client.get(ref);
  ASSERT_TRUE(ok(dying));
  EXPECT_TRUE(kube::is_deleting(*dying));
  EXPECT_EQ(client.remove(ref), kube::Removed::kPending) << "deleting twice changes nothing";
  ASSERT_TRUE(ok(client.merge_patch(ref, json::object{{"metadata", {{"finalizers", nullptr}}}})));
  EXPECT_TRUE(wait_gone(ref));
}

TEST_F(Contract, DryRunsLeaveNoTrace) {
  const auto ns = make_namespace();
  const auto ref = config_map_ref(ns, "one");
  EXPECT_TRUE(
      ok(client.create(kube::resources::config_maps(), ns, config_map("one", {}), {.dry_run = true})));
  EXPECT_TRUE(fails(client.get(ref), Code::kNotFound, "NotFound"));
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("one", {{"a", "1"}}))));
  EXPECT_TRUE(ok(client.merge_patch(ref, json::object{{"data", {{"a", "2"}}}}, {.dry_run = true})));
  EXPECT_TRUE(ok(client.remove(ref, {.dry_run = true})));
  const auto unchanged = client.get(ref);
  ASSERT_TRUE(ok(unchanged));
  EXPECT_EQ(string_at(*unchanged, {"data", "a"}), "1");
}

TEST_F(Contract, WhatIsNotServedIsNotFound) {
  const kube::Resource none{
      .group = "none.example.com", .version = "v1", .plural = "things", .kind = "Thing", .namespaced = false};
  const auto list = client.list(none);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Code::kNotFound);
  EXPECT_TRUE(fails(client.get(config_map_ref(unique_name(), "one")), Code::kNotFound, "NotFound"));
  EXPECT_TRUE(fails(client.create(kube::resources::config_maps(), unique_name(), config_map("one", {})),
                    Code::kNotFound, "NotFound"));
}

TEST_F(Contract, BadObjectsAreRefusedWithTheirFields) {
  const auto ns = make_namespace();
  const auto bad_name = client.create(kube::resources::config_maps(), ns, config_map("Not_A_Name", {}));
  ASSERT_TRUE(fails(bad_name, Code::kInvalid, "Invalid"));
  ASSERT_FALSE(bad_name.error().fields.empty());
  EXPECT_EQ(bad_name.error().fields.front().field, "metadata.name");

  auto nameless = config_map("x", {});
  nameless["metadata"] = json::object{};
  EXPECT_TRUE(fails(client.create(kube::resources::config_maps(), ns, nameless), Code::kInvalid, "Invalid"));

  auto other_namespace = config_map("one", {});
  other_namespace["metadata"].as_object()["namespace"] = "default";
  EXPECT_TRUE(fails(client.create(kube::resources::config_maps(), ns, other_namespace), Code::kInvalid,
                    "BadRequest"));

  auto bad_label = config_map("one", {});
  bad_label["metadata"].as_object()["labels"] = json::object{{"colour", "not a label!"}};
  EXPECT_TRUE(fails(client.create(kube::resources::config_maps(), ns, bad_label), Code::kInvalid, "Invalid"));

  auto wrong_kind = config_map("one", {});
  wrong_kind["kind"] = "Secret";
  EXPECT_TRUE(
      fails(client.create(kube::resources::config_maps(), ns, wrong_kind), Code::kInvalid, "BadRequest"));

  EXPECT_TRUE(fails(client.create(kube::resources::config_maps(), ns, json::value("text")), Code::kInvalid,
                    "BadRequest"));
}

TEST_F(WholeServer, AFieldThatDoesNotExistIsRefused) {
  const auto ns = make_namespace();
  auto wrong = deployment("one", 1);
  wrong["spec"].as_object()["replicaz"] = 2;
  EXPECT_TRUE(fails(client.create(kube::resources::deployments(), ns, wrong), Code::kInvalid, "BadRequest"));
}

TEST_F(WholeServer, AFieldOfAnotherTypeIsRefused) {
  const auto ns = make_namespace();
  auto wrong = deployment("one", 1);
  wrong["spec"].as_object()["replicas"] = "two";
  const auto made = client.create(kube::resources::deployments(), ns, wrong);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kInvalid);
}

}  // namespace
}  // namespace berth::contract
