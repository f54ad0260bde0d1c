// Watches: what they tell, where they go on from, and when they refuse to.
#include <algorithm>

#include "contract.hpp"
#include "objects.hpp"

namespace berth::contract {
namespace {

constexpr std::chrono::seconds kShortWatch{8};

class Watching : public Contract {
 protected:
  struct Told {
    kube::EventType type;
    std::string name;
    std::string resource_version;
    json::value object;
  };

  std::string version_now(const std::string& ns) {
    const auto list = client.list(kube::resources::config_maps(), {.ns = ns});
    EXPECT_TRUE(ok(list));
    return list ? list->resource_version : std::string();
  }

  /// Clusters put certificates into each new namespace, some time after it is made.
  static bool made_by_the_cluster(const json::value& object) {
    return kube::name_of(object).ends_with("-ca.crt");
  }

  /// Events after `from` until `count` came (bookmarks and the cluster's own objects do not count), or the
  /// watch's own time is over.
  std::vector<Told> events(const std::string& ns, const std::string& from, std::size_t count,
                           const std::string& selector = "") {
    std::vector<Told> told;
    auto watcher = current_run().factory().client();
    const auto end = watcher.watch(
        kube::resources::config_maps(),
        {.ns = ns, .label_selector = selector, .resource_version = from, .timeout = std::chrono::seconds(60)},
        [&](kube::WatchEvent event) {
          if (event.type == kube::EventType::kBookmark || made_by_the_cluster(event.object)) return true;
          told.push_back({.type = event.type,
                          .name = kube::name_of(event.object),
                          .resource_version = kube::resource_version_of(event.object),
                          .object = std::move(event.object)});
          return told.size() < count;
        });
    EXPECT_TRUE(ok(end));
    return told;
  }

  /// A resource whose history begins later than version 1. A real server remembers all that happened to a
  /// built-in one since it was new, but nothing from before a custom one was defined.
  kube::Resource with_forgotten_past() {
    if (serves(kube::resources::routes())) return kube::resources::routes();
    if (!serves(kube::resources::custom_resource_definitions())) return kube::resources::config_maps();
    const auto group = unique_name() + ".example.com";
    const kube::Resource things{.group = group, .version = "v1", .plural = "things", .kind = "Thing"};
    const kube::ObjectRef definition{.resource = kube::resources::custom_resource_definitions(),
                                     .name = "things." + group};
    remove_at_end(definition);
    const json::object schema{{"openAPIV3Schema", {{"type", "object"}}}};
    const json::object object{
        {"apiVersion", "apiextensions.k8s.io/v1"},
        {"kind", "CustomResourceDefinition"},
        {"metadata", {{"name", definition.name}}},
        {"spec",
         {{"group", group},
          {"scope", "Namespaced"},
          {"names", {{"plural", "things"}, {"singular", "thing"}, {"kind", "Thing"}}},
          {"versions",
           json::array{{{"name", "v1"}, {"served", true}, {"storage", true}, {"schema", schema}}}}}}};
    EXPECT_TRUE(ok(client.create(definition.resource, "", object)));
    EXPECT_TRUE(eventually([&] { return client.list(things).has_value(); }));
    return things;
  }

  void label(const std::string& ns, const std::string& name, const json::value& colour) {
    ASSERT_TRUE(ok(client.merge_patch(config_map_ref(ns, name),
                                      json::object{{"metadata", {{"labels", {{"colour", colour}}}}}})));
  }
};

using kube::EventType;

TEST_F(Watching, TellsWhatIsMadeChangedAndDeleted) {
  const auto ns = make_namespace();
  const auto from = version_now(ns);
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("one", {{"a", "1"}}))));
  ASSERT_TRUE(ok(client.merge_patch(config_map_ref(ns, "one"), json::object{{"data", {{"a", "2"}}}})));
  ASSERT_TRUE(ok(client.remove(config_map_ref(ns, "one"))));
  const auto told = events(ns, from, 3);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].type, EventType::kAdded);
  EXPECT_EQ(string_at(told[0].object, {"data", "a"}), "1");
  EXPECT_EQ(string_at(told[0].object, {"kind"}), "ConfigMap");
  EXPECT_EQ(told[1].type, EventType::kModified);
  EXPECT_EQ(string_at(told[1].object, {"data", "a"}), "2");
  EXPECT_EQ(told[2].type, EventType::kDeleted);
  EXPECT_EQ(told[2].name, "one");
  EXPECT_NE(told[2].resource_version, told[1].resource_version) << "a deletion has a version of its own";
}

TEST_F(Watching, GoesOnAfterTheVersionGiven) {
  const auto ns = make_namespace();
  const auto from = version_now(ns);
  for (const std::string name : {"one", "two", "three"}) {
    ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map(name, {}))));
  }
  const auto first = events(ns, from, 1);
  ASSERT_EQ(first.size(), 1U);
  const auto rest = events(ns, first[0].resource_version, 2);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].name, "two");
  EXPECT_EQ(rest[1].name, "three");
}

TEST_F(Watching, WithoutAVersionBeginsWithWhatThereIs) {
  const auto ns = make_namespace();
  auto object = config_map("one", {});
  object["metadata"].as_object()["labels"] = json::object{{"colour", "red"}};
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, object)));
  const auto told = events(ns, "", 1, "colour=red");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].type, EventType::kAdded);
  EXPECT_EQ(told[0].name, "one");
}

TEST_F(Watching, LeavingTheSelectionLooksLikeDeletion) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("one", {}))));
  const auto from = version_now(ns);
  label(ns, "one", "red");
  label(ns, "one", "blue");
  label(ns, "one", "red");
  ASSERT_TRUE(ok(client.remove(config_map_ref(ns, "one"))));
  const auto told = events(ns, from, 4, "colour=red");
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[0].type, EventType::kAdded);
  EXPECT_EQ(told[1].type, EventType::kDeleted);
  EXPECT_EQ(told[2].type, EventType::kAdded);
  EXPECT_EQ(told[3].type, EventType::kDeleted);
}

TEST_F(Watching, ADeletionThatIsHeldIsAChangeFirst) {
  const auto ns = make_namespace();
  auto held = config_map("one", {});
  held["metadata"].as_object()["finalizers"] = json::array{"contract.example.com/hold"};
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, held)));
  const auto from = version_now(ns);
  ASSERT_TRUE(ok(client.remove(config_map_ref(ns, "one"))));
  ASSERT_TRUE(ok(
      client.merge_patch(config_map_ref(ns, "one"), json::object{{"metadata", {{"finalizers", nullptr}}}})));
  const auto told = events(ns, from, 2);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].type, EventType::kModified);
  EXPECT_TRUE(kube::is_deleting(told[0].object));
  EXPECT_EQ(told[1].type, EventType::kDeleted);
}

TEST_F(Watching, EndsInGoodOrderAndSendsABookmarkBefore) {
  const auto ns = make_namespace();
  const auto from = version_now(ns);
  // Something elsewhere, so that the bookmark has news.
  const auto elsewhere = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), elsewhere, config_map("one", {}))));
  std::string bookmark;
  const auto began = std::chrono::steady_clock::now();
  const auto end = client.watch(kube::resources::config_maps(),
                                {.ns = ns, .resource_version = from, .timeout = kShortWatch},
                                [&](const kube::WatchEvent& event) {
                                  EXPECT_EQ(event.type, EventType::kBookmark);
                                  bookmark = kube::resource_version_of(event.object);
                                  return true;
                                });
  EXPECT_TRUE(ok(end));
  EXPECT_GE(std::chrono::steady_clock::now() - began, kShortWatch / 2);
  ASSERT_FALSE(bookmark.empty());
  // What comes after the bookmark is told to whoever goes on from it.
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("two", {}))));
  const auto told = events(ns, bookmark, 1);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].name, "two");
}

TEST_F(Watching, AVersionFromBeforeMemoryIsGone) {
  const auto resource = with_forgotten_past();
  Status end;
  // A kind whose cache begins anew is not served for a moment.
  ASSERT_TRUE(eventually([&] {
    end = client.watch(resource, {.resource_version = "1", .timeout = kShortWatch},
                       [](const kube::WatchEvent&) { return true; });
    return end || end.error().code != Code::kTooMany;
  }));
  ASSERT_FALSE(end) << resource.qualified_plural();
  EXPECT_EQ(end.error().code, Code::kGone) << end.error().message;
}

TEST_F(Watching, AVersionThatIsNoneIsRefused) {
  const auto end =
      client.watch(kube::resources::config_maps(), {.resource_version = "nonsense", .timeout = kShortWatch},
                   [](const kube::WatchEvent&) { return true; });
  ASSERT_FALSE(end);  // a real server takes it for a fault of its own, so the code is not promised
  EXPECT_NE(end.error().code, Code::kGone) << end.error().message;
}

TEST_F(Watching, AnInformerKeepsUp) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("before", {}))));
  kube::Informer informer(current_run().factory(), {.resource = kube::resources::config_maps(), .ns = ns}, {},
                          Log::silent());
  ASSERT_TRUE(informer.wait_synced(kPatience));
  EXPECT_NE(informer.find({.ns = ns, .name = "before"}), nullptr);
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("after", {{"a", "1"}}))));
  EXPECT_TRUE(eventually([&] { return informer.find({.ns = ns, .name = "after"}) != nullptr; }));
  ASSERT_TRUE(ok(client.remove(config_map_ref(ns, "before"))));
  EXPECT_TRUE(eventually([&] { return informer.find({.ns = ns, .name = "before"}) == nullptr; }));
}

}  // namespace
}  // namespace berth::contract
