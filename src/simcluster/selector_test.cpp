#include "simcluster/selector.hpp"

#include <gtest/gtest.h>

namespace berth::simcluster {
namespace {

bool selects(std::string_view selector, const json::value& labels) {
  const auto parsed = LabelSelector::parse(selector);
  EXPECT_TRUE(parsed) << selector;
  return parsed && parsed->matches(&labels);
}

TEST(LabelSelector, KnowsEveryFormOfTheApi) {
  const json::value labels{{"app", "web"}, {"tier", "front"}};
  EXPECT_TRUE(selects("app=web", labels));
  EXPECT_TRUE(selects("app==web", labels));
  EXPECT_FALSE(selects("app=db", labels));
  EXPECT_TRUE(selects("app!=db", labels));
  EXPECT_TRUE(selects("other!=x", labels));
  EXPECT_TRUE(selects("app in (db, web),tier", labels));
  EXPECT_FALSE(selects("app notin (db,web)", labels));
  EXPECT_TRUE(selects("missing notin (x)", labels));
  EXPECT_TRUE(selects("!missing", labels));
  EXPECT_FALSE(selects("!app", labels));
  EXPECT_TRUE(selects("", labels));
  EXPECT_TRUE(LabelSelector::parse("!a")->matches(nullptr));
}

TEST(LabelSelector, RefusesWhatItCannotRead) {
  for (const auto* text : {"a in (x", "a within (x)", "=x", "a=b=c d", "-a", "a=\377", "a,,b"}) {
    EXPECT_FALSE(LabelSelector::parse(text)) << text;
  }
}

TEST(LabelSelector, ReadsMatchLabelsAndExpressions) {
  const auto selector = LabelSelector::from_object(json::parse(
      R"({"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"NotIn","values":["back"]}]})"));
  const json::value yes{{"app", "web"}};
  const json::value no{{"app", "web"}, {"tier", "back"}};
  EXPECT_TRUE(selector.matches(&yes));
  EXPECT_FALSE(selector.matches(&no));
  const auto unknown =
      LabelSelector::from_object(json::parse(R"({"matchExpressions":[{"key":"a","operator":"Gt"}]})"));
  EXPECT_FALSE(unknown.matches(&yes));
}

TEST(FieldSelector, ComparesFieldsThatAreAllowed) {
  const auto pod =
      json::parse(R"({"metadata":{"name":"a","namespace":"lab"},"status":{"phase":"Running"}})").as_object();
  EXPECT_TRUE(FieldSelector::parse("metadata.name=a,status.phase!=Failed", "status.phase")->matches(pod));
  EXPECT_FALSE(FieldSelector::parse("metadata.namespace=other", "")->matches(pod));
  EXPECT_EQ(FieldSelector::parse("spec.color=red", "").error().message,
            "field label not supported: spec.color");
  EXPECT_FALSE(FieldSelector::parse("metadata.name", ""));
}

}  // namespace
}  // namespace berth::simcluster
