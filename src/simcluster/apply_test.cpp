#include "simcluster/apply.hpp"

#include <gtest/gtest.h>

namespace berth::simcluster {
namespace {

struct Live {
  json::object object{{"metadata", json::object{{"name", "x"}}}};
  std::shared_ptr<const kubeschema::Schema> schema;

  explicit Live(std::string_view kind) : schema(kubeschema::schema_of(kind)) {}

  std::vector<Conflict> apply(std::string_view manager, const char* wanted) {
    auto applied =
        apply_merge(object, json::parse(wanted).as_object(), *schema, {std::string(manager), "v1", "", "t"});
    object = std::move(applied.object);
    write_managed(object, applied.managed);
    return applied.conflicts;
  }
  void update(std::string_view manager, const char* merge) {
    auto after = object;
    const auto changes = json::parse(merge).as_object();
    for (const auto& [name, value] : changes) after[name] = value;
    const auto managed = after_update(object, after, *schema, {std::string(manager), "v1", "", "t"});
    object = std::move(after);
    write_managed(object, managed);
  }
  json::value content(const char* field) const {
    return object.contains(field) ? object.at(field) : json::value();
  }
  FieldSet fields_of_manager(std::string_view manager) const {
    for (const auto& entry : read_managed(object)) {
      if (entry.manager == manager) return entry.fields;
    }
    return {};
  }
};

TEST(Apply, DropsWhatTheManagerNoLongerSays) {
  Live live("ConfigMap");
  live.apply("berth", R"({"data":{"a":"1","b":"2"}})");
  live.apply("berth", R"({"data":{"a":"1"}})");
  EXPECT_EQ(live.content("data"), json::parse(R"({"a":"1"})"));
  live.apply("berth", R"({})");
  EXPECT_EQ(live.content("data"), json::value());
}

TEST(Apply, KeepsWhatAnotherManagerSaysToo) {
  Live live("ConfigMap");
  live.apply("berth", R"({"data":{"a":"1","b":"2"}})");
  EXPECT_TRUE(live.apply("other", R"({"data":{"b":"2","c":"3"}})").empty());
  live.apply("berth", R"({"data":{"a":"1"}})");
  EXPECT_EQ(live.content("data"), json::parse(R"({"a":"1","b":"2","c":"3"})"));
}

TEST(Apply, NamesManagersAndFieldsOfConflicts) {
  Live live("ConfigMap");
  live.apply("other", R"({"data":{"a":"1"}})");
  const auto conflicts = live.apply("berth", R"({"data":{"a":"2"}})");
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].field, ".data.a");
  EXPECT_EQ(conflicts[0].message, "conflict with \"other\" using v1");
}

TEST(Apply, AForcedApplyTakesTheField) {
  Live live("ConfigMap");
  live.apply("other", R"({"data":{"a":"1","b":"1"}})");
  live.apply("berth", R"({"data":{"a":"2"}})");
  EXPECT_EQ(paths_of(live.fields_of_manager("other")), std::vector<std::string>{".data.b"});
  live.apply("other", R"({"data":{"b":"1"}})");
  EXPECT_EQ(live.content("data"), json::parse(R"({"a":"2","b":"1"})"));
}

TEST(Apply, AnUpdateTakesOwnershipAndTheNextApplyConflicts) {
  Live live("ConfigMap");
  live.apply("berth", R"({"data":{"a":"1"}})");
  live.update("kubectl-edit", R"({"data":{"a":"9"}})");
  const auto conflicts = live.apply("berth", R"({"data":{"a":"1"}})");
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].message, "conflict with \"kubectl-edit\" using v1 at t");
  EXPECT_EQ(live.content("data"), json::parse(R"({"a":"1"})"));
}

TEST(Apply, TheSameApplyTwiceChangesNothing) {
  Live live("Pod");
  const auto* pod =
      R"({"metadata":{"name":"x","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","env":[{"name":"E","value":"1"}]}]}})";
  live.apply("berth", pod);
  const auto first = live.object;
  live.apply("berth", pod);
  EXPECT_EQ(live.object, first);
}

TEST(Apply, MergesListsByTheirKeys) {
  Live live("Pod");
  live.apply("other", R"({"spec":{"containers":[{"name":"side","image":"s"}]}})");
  live.apply("berth",
             R"({"spec":{"containers":[{"name":"main","image":"m","ports":[{"containerPort":80}]}]}})");
  live.apply("berth", R"({"spec":{"containers":[{"name":"main","image":"m2"}]}})");
  EXPECT_EQ(live.content("spec"),
            json::parse(R"({"containers":[{"name":"side","image":"s"},{"name":"main","image":"m2"}]})"));
  live.apply("berth", R"({"spec":{}})");
  EXPECT_EQ(live.content("spec"), json::parse(R"({"containers":[{"name":"side","image":"s"}]})"));
}

TEST(Apply, KeepsItemsInTheOrderOfTheApiServer) {
  const auto order = [](const char* live_names, const char* wanted_names) {
    const auto pod = [](const char* names) {
      std::string items;
      for (const char* c = names; *c != 0; ++c)
        items += std::string(items.empty() ? "" : ",") + R"({"name":")" + *c + "\"}";
      return R"({"spec":{"containers":[)" + items + "]}}";
    };
    Live live("Pod");
    live.apply("other", pod(live_names).c_str());
    live.apply("berth", pod(wanted_names).c_str());
    std::string out;
    const auto spec = live.content("spec");
    for (const auto& item : spec.at("containers").as_array()) out += string_at(item, {"name"});
    return out;
  };
  EXPECT_EQ(order("x", "a"), "xa");
  EXPECT_EQ(order("axb", "ab"), "axb");
  EXPECT_EQ(order("axb", "ba"), "xba");
  EXPECT_EQ(order("ab", "acb"), "acb");
  EXPECT_EQ(order("abx", "c"), "abxc");
}

TEST(Apply, KnowsADefaultedKeyField) {
  Live live("Service");
  live.apply("berth", R"({"spec":{"ports":[{"port":80,"name":"http"}]}})");
  auto& port = live.object["spec"].as_object()["ports"].as_array()[0].as_object();
  port["protocol"] = "TCP";  // what the server fills in
  live.apply("berth", R"({"spec":{"ports":[{"port":80,"name":"web"}]}})");
  EXPECT_EQ(live.content("spec"), json::parse(R"({"ports":[{"port":80,"name":"web","protocol":"TCP"}]})"));
}

TEST(Apply, ReplacesAtomicListsWhole) {
  Live live("NetworkPolicy");
  live.apply("berth", R"({"spec":{"egress":[{"to":[{"podSelector":{}}]},{"ports":[{"port":53}]}]}})");
  live.apply("berth", R"({"spec":{"egress":[{"ports":[{"port":53}]}]}})");
  EXPECT_EQ(live.content("spec"), json::parse(R"({"egress":[{"ports":[{"port":53}]}]})"));
}

TEST(Apply, KeepsWhatTheServerDefaultedInsideAnItem) {
  Live live("Pod");
  live.apply(
      "berth",
      R"({"spec":{"containers":[{"name":"c","image":"i","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}]}})");
  live.object["spec"].as_object()["containers"].as_array()[0].as_object()["imagePullPolicy"] = "Always";
  live.apply("berth",
             R"({"spec":{"containers":[{"name":"c","image":"i","env":[{"name":"B","value":"2"}]}]}})");
  EXPECT_EQ(
      live.content("spec"),
      json::parse(
          R"({"containers":[{"name":"c","image":"i","env":[{"name":"B","value":"2"}],"imagePullPolicy":"Always"}]})"));
}

TEST(Apply, AnItemThatAnotherManagerAddedToStays) {
  Live live("Pod");
  live.apply("berth", R"({"spec":{"containers":[{"name":"c","image":"i"}]}})");
  live.apply("other", R"({"spec":{"containers":[{"name":"c","tty":true}]}})");
  live.apply("berth", R"({"spec":{}})");
  EXPECT_EQ(live.content("spec"), json::parse(R"({"containers":[{"name":"c","tty":true}]})"));
}

TEST(FieldSet, WhatIsNotOfItsFormIsLeftOut) {
  const auto set =
      from_fields_v1(json::parse(R"({"":{},"x":{},"spec":{},"q:a":{},"f:spec":{"y":{},"f:a":{}}})"));
  EXPECT_EQ(paths_of(set), std::vector<std::string>{".spec.a"});
}

TEST(FieldSet, SurvivesItsTextForm) {
  const auto set = fields_of(
      json::parse(
          R"({"metadata":{"labels":{"a":"b"},"finalizers":["f"]},"spec":{"containers":[{"name":"c","image":"i"}],"nodeSelector":{"x":"y"}}})"),
      *kubeschema::schema_of("Pod"));
  const auto form = to_fields_v1(set);
  EXPECT_EQ(json::value(form),
            json::parse(R"({"f:metadata":{"f:labels":{"f:a":{}},"f:finalizers":{"v:\"f\"":{}}},
                            "f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:name":{},"f:image":{}}},"f:nodeSelector":{}}})"));
  EXPECT_EQ(from_fields_v1(json::value(form)), set);
}

}  // namespace
}  // namespace berth::simcluster
