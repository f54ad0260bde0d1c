// Lists: pages, selectors.
#include <algorithm>
#include <set>

#include "contract.hpp"
#include "objects.hpp"

namespace berth::contract {
namespace {

class Listing : public Contract {
 protected:
  void make(const std::string& ns, const std::string& name, const json::object& labels) {
    auto object = config_map(name, {});
    object["metadata"].as_object()["labels"] = labels;
    ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, object)));
  }

  std::set<std::string> names(const std::string& ns, const std::string& selector) {
    const auto list = client.list(kube::resources::config_maps(), {.ns = ns, .label_selector = selector});
    EXPECT_TRUE(ok(list)) << selector;
    std::set<std::string> found;
    if (!list) return found;
    for (const auto& item : list->items) {
      // Every namespace of a real cluster has this one.
      if (kube::name_of(item) != "kube-root-ca.crt") found.insert(kube::name_of(item));
    }
    return found;
  }
};

using Names = std::set<std::string>;

TEST_F(Listing, SelectorsChooseByLabel) {
  const auto ns = make_namespace();
  make(ns, "red", {{"colour", "red"}, {"size", "big"}});
  make(ns, "blue", {{"colour", "blue"}});
  make(ns, "plain", {});
  EXPECT_EQ(names(ns, ""), (Names{"red", "blue", "plain"}));
  EXPECT_EQ(names(ns, "colour=red"), (Names{"red"}));
  EXPECT_EQ(names(ns, "colour==red"), (Names{"red"}));
  EXPECT_EQ(names(ns, "colour!=red"), (Names{"blue", "plain"}));
  EXPECT_EQ(names(ns, "colour in (red,blue)"), (Names{"red", "blue"}));
  EXPECT_EQ(names(ns, "colour notin (red)"), (Names{"blue", "plain"}));
  EXPECT_EQ(names(ns, "colour"), (Names{"red", "blue"}));
  EXPECT_EQ(names(ns, "!colour"), (Names{"plain"}));
  EXPECT_EQ(names(ns, "colour,size=big"), (Names{"red"}));
  EXPECT_EQ(names(ns, "colour=green"), (Names{}));
}

TEST_F(Listing, ABrokenSelectorIsRefused) {
  const auto list =
      client.list(kube::resources::config_maps(), {.ns = make_namespace(), .label_selector = "colour in ("});
  EXPECT_TRUE(fails(list, Code::kInvalid, "BadRequest"));
}

TEST_F(Listing, AFieldSelectorChoosesByName) {
  const auto ns = make_namespace();
  make(ns, "red", {});
  make(ns, "blue", {});
  const auto list =
      client.list(kube::resources::config_maps(), {.ns = ns, .field_selector = "metadata.name=blue"});
  ASSERT_TRUE(ok(list));
  ASSERT_EQ(list->items.size(), 1U);
  EXPECT_EQ(kube::name_of(list->items.front()), "blue");
}

TEST_F(Listing, PagesJoinToTheWhole) {
  const auto ns = make_namespace();
  Names made;
  for (int i = 0; i < 25; ++i) {
    made.insert("item-" + std::to_string(i));
    make(ns, "item-" + std::to_string(i), {{"paged", "yes"}});
  }
  auto settings = current_run().factory().settings();
  settings.page_items = 7;
  auto pager = kube::ClientFactory(current_run().config(), settings).client();
  const auto list = pager.list(kube::resources::config_maps(), {.ns = ns, .label_selector = "paged=yes"});
  ASSERT_TRUE(ok(list));
  Names found;
  for (const auto& item : list->items) {
    EXPECT_TRUE(found.insert(kube::name_of(item)).second) << "twice: " << kube::name_of(item);
    EXPECT_EQ(string_at(item, {"kind"}), "ConfigMap");
    EXPECT_EQ(string_at(item, {"apiVersion"}), "v1");
  }
  EXPECT_EQ(found, made);
  EXPECT_FALSE(list->resource_version.empty());
}

TEST_F(Listing, PagesAreOfOneMoment) {
  const auto ns = make_namespace();
  for (int i = 0; i < 4; ++i) make(ns, "item-" + std::to_string(i), {{"paged", "yes"}});
  const std::string path = "/api/v1/namespaces/" + ns + "/configmaps?labelSelector=paged%3Dyes&limit=2";
  const auto first = client.raw_get(path);
  ASSERT_TRUE(ok(first));
  const auto first_page = parse_json(*first);
  ASSERT_TRUE(ok(first_page));
  const auto token = string_at(*first_page, {"metadata", "continue"});
  ASSERT_FALSE(token.empty());
  EXPECT_EQ(count_at(*first_page, {"items"}), 2U);
  make(ns, "item-9", {{"paged", "yes"}});
  const auto second = client.raw_get(path + "&continue=" + kube::percent_encode(token));
  ASSERT_TRUE(ok(second));
  const auto second_page = parse_json(*second);
  ASSERT_TRUE(ok(second_page));
  EXPECT_EQ(count_at(*second_page, {"items"}), 2U)
      << "what was made after the first page is not in the second";
  EXPECT_EQ(string_at(*second_page, {"metadata", "resourceVersion"}),
            string_at(*first_page, {"metadata", "resourceVersion"}));
}

TEST_F(Listing, ABrokenContinuationIsRefused) {
  const auto refused = client.raw_get("/api/v1/configmaps?limit=2&continue=nonsense");
  EXPECT_TRUE(fails(refused, Code::kInvalid, "BadRequest"));
}

TEST_F(Listing, MetadataAloneCanBeListed) {
  const auto ns = make_namespace();
  make(ns, "one", {{"colour", "red"}});
  const auto list = client.list(kube::resources::config_maps(),
                                {.ns = ns, .label_selector = "colour=red", .metadata_only = true});
  ASSERT_TRUE(ok(list));
  ASSERT_EQ(list->items.size(), 1U);
  EXPECT_EQ(kube::name_of(list->items.front()), "one");
  EXPECT_EQ(find(list->items.front(), {"data"}), nullptr);
}

TEST_F(Listing, AllNamespacesAreListedTogether) {
  const auto first = make_namespace();
  const auto second = make_namespace();
  const auto value = unique_name();
  make(first, "one", {{"spread", value}});
  make(second, "one", {{"spread", value}});
  const auto list = client.list(kube::resources::config_maps(), {.label_selector = "spread=" + value});
  ASSERT_TRUE(ok(list));
  std::set<kube::ObjectKey> keys;
  for (const auto& item : list->items) keys.insert(kube::key_of(item));
  EXPECT_EQ(keys, (std::set<kube::ObjectKey>{{.ns = first, .name = "one"}, {.ns = second, .name = "one"}}));
}

TEST_F(Listing, WhatIsServedIsDiscovered) {
  const auto discovery = client.discover();
  ASSERT_TRUE(ok(discovery));
  for (const auto& resource :
       {kube::resources::namespaces(), kube::resources::pods(), kube::resources::deployments(),
        kube::resources::leases(), kube::resources::network_policies(), kube::resources::role_bindings(),
        kube::resources::validating_admission_policies()}) {
    EXPECT_TRUE(discovery->serves(resource)) << resource.qualified_plural();
    const auto found = discovery->find(resource.group, resource.plural);
    ASSERT_TRUE(found) << resource.qualified_plural();
    EXPECT_EQ(*found, resource);
  }
  EXPECT_EQ(discovery->find("none.example.com", "things"), std::nullopt);
}

}  // namespace
}  // namespace berth::contract
