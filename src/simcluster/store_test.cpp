#include "simcluster/store.hpp"

#include <gtest/gtest.h>

namespace berth::simcluster {
namespace {

json::object object(const std::string& ns, const std::string& name, int value = 0) {
  return {{"metadata", json::object{{"namespace", ns}, {"name", name}}}, {"value", value}};
}

Key key(const std::string& name, const std::string& ns = "lab") {
  return {"pods", ns, name};
}

std::vector<std::string> names(const std::vector<ObjectPtr>& objects) {
  std::vector<std::string> out;
  for (const auto& one : objects) out.push_back(namespace_of(*one) + "/" + name_of(*one));
  return out;
}

TEST(Store, NumbersEveryChangeAndWritesTheNumberIntoTheObject) {
  Store store(10);
  const auto first = store.put(key("a"), object("lab", "a"));
  const auto second = store.put(key("a"), object("lab", "a", 1));
  EXPECT_EQ(text(*first, {"metadata", "resourceVersion"}), "2");
  EXPECT_EQ(text(*second, {"metadata", "resourceVersion"}), "3");
  const auto gone = store.erase(key("a"));
  EXPECT_EQ(text(*gone, {"metadata", "resourceVersion"}), "4");
  EXPECT_EQ(store.erase(key("a")), nullptr);
  EXPECT_EQ(store.size(), 0U);
}

TEST(Store, ListsOneNamespaceOrAllInOrder) {
  Store store(10);
  store.put(key("b"), object("lab", "b"));
  store.put(key("a", "zoo"), object("zoo", "a"));
  store.put(key("a"), object("lab", "a"));
  EXPECT_EQ(names(store.list("pods")), (std::vector<std::string>{"lab/a", "lab/b", "zoo/a"}));
  EXPECT_EQ(names(store.list("pods", "lab")), (std::vector<std::string>{"lab/a", "lab/b"}));
  EXPECT_TRUE(store.list("pods", "la").empty());
}

TEST(Store, ListsAsItWasAtAnEarlierRevision) {
  Store store(10);
  store.put(key("a"), object("lab", "a", 1));
  store.put(key("b"), object("lab", "b", 1));
  const auto then = store.revision();
  store.put(key("a"), object("lab", "a", 2));
  store.erase(key("b"));
  store.put(key("c"), object("lab", "c", 1));
  const auto listed = store.list_at("pods", std::nullopt, then);
  ASSERT_TRUE(listed);
  EXPECT_EQ(names(*listed), (std::vector<std::string>{"lab/a", "lab/b"}));
  EXPECT_EQ((*listed)[0]->at("value"), json::value(1));
  EXPECT_FALSE(store.list_at("pods", std::nullopt, store.revision() + 1));
}

TEST(Store, ForgetsOldChangesAndSaysSo) {
  Store store(2);
  for (int i = 0; i < 4; ++i) store.put(key("a"), object("lab", "a", i));
  EXPECT_FALSE(store.events_after(2));
  const auto known = store.events_after(3);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->size(), 2U);
  EXPECT_FALSE(store.list_at("pods", std::nullopt, 2));
  store.compact(store.revision());
  EXPECT_FALSE(store.events_after(store.revision() - 1));
  ASSERT_TRUE(store.events_after(store.revision()));
  EXPECT_TRUE(store.events_after(store.revision())->empty());
}

TEST(Store, EventsCarryTheObjectBeforeAndAfter) {
  Store store(10);
  store.put(key("a"), object("lab", "a", 1));
  store.put(key("a"), object("lab", "a", 2));
  store.erase(key("a"));
  const auto events = *store.events_after(Store::kFirstRevision);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].change, Change::kAdded);
  EXPECT_EQ(events[0].before, nullptr);
  EXPECT_EQ(events[1].change, Change::kModified);
  EXPECT_EQ(events[1].before->at("value"), json::value(1));
  EXPECT_EQ(events[2].change, Change::kDeleted);
  EXPECT_EQ(events[2].object->at("value"), json::value(2));
}

}  // namespace
}  // namespace berth::simcluster
