#include "cacheplan/wanted.hpp"

#include <gtest/gtest.h>

namespace berth::cacheplan {
namespace {

const Instant kNow = Instant(hours(24 * 20'000));

Artifact model(const std::string& name, int priority = kUsualPriority, bool pinned = false) {
  return {.id = ArtifactId{name},
          .kind = Kind::kModel,
          .source = "hf://owner/" + name + "@main",
          .priority = priority,
          .pinned = pinned};
}
Need need(const std::string& name, hours from, hours to) {
  return {ArtifactId{name}, {kNow + from, kNow + to}};
}
std::vector<std::string> order(const std::vector<Wanted>& all) {
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(one.artifact.id.value);
  return names;
}
using Names = std::vector<std::string>;

TEST(WantedOnNode, WhatBookingsNeedComesFirstByTheirStartThenWhatIsPinnedThenByPriority) {
  const std::vector needs{need("late", hours(5), hours(9)), need("soon", hours(1), hours(2)),
                          need("runs", hours(-1), hours(1))};
  const auto all = wanted_on_node({model("a"), model("much", 900), model("pin", 1, true), model("late", 1),
                                   model("soon", 0), model("runs", 0)},
                                  needs, kNow);
  EXPECT_EQ(order(all), (Names{"runs", "soon", "late", "pin", "much", "a"}));
}

TEST(WantedOnNode, EachSaysWhyItStays) {
  const std::vector needs{need("runs", hours(-1), hours(1)), need("soon", hours(23), hours(30)),
                          need("week", hours(24 * 7), hours(24 * 8)), need("pin", hours(-5), hours(-3))};
  const auto all =
      wanted_on_node({model("runs"), model("soon"), model("week"), model("pin", 1, true)}, needs, kNow);
  ASSERT_EQ(order(all), (Names{"runs", "soon", "week", "pin"}));
  EXPECT_EQ(all[0].keep, Keep::kInUse);
  EXPECT_EQ(all[1].keep, Keep::kNeeded);
  EXPECT_EQ(all[2].keep, Keep::kNo) << "it is fetched early, and may go again before its day";
  EXPECT_EQ(all[2].needed_at, kNow + hours(24 * 7));
  EXPECT_EQ(all[3].keep, Keep::kPinned);
  EXPECT_EQ(all[3].last_used_at, kNow - hours(3));
  EXPECT_FALSE(all[3].needed_at);
}

TEST(WantedOnNode, WhatRunsStaysThoughItIsPinnedToo) {
  const std::vector needs{need("a", hours(-1), hours(1)), need("a", hours(2), hours(3))};
  const auto all = wanted_on_node({model("a", 1, true)}, needs, kNow);
  EXPECT_EQ(all[0].keep, Keep::kInUse);
  EXPECT_EQ(all[0].needed_at, kNow - hours(1)) << "the earliest";
}

TEST(WantedOnNode, ABookingFurtherAheadThanTwoWeeksAsksForNothing) {
  const std::vector needs{need("b", kLookAhead + hours(1), kLookAhead + hours(2))};
  EXPECT_EQ(order(wanted_on_node({model("a"), model("b")}, needs, kNow)), (Names{"a", "b"}));
}

TEST(WantedOnNode, ANeedOfSomethingElseIsNobodys) {
  const std::vector needs{need("gone", hours(1), hours(2))};
  EXPECT_EQ(wanted_on_node({model("a")}, needs, kNow), (std::vector{Wanted{.artifact = model("a")}}));
}

TEST(Sources, OfImagesAreWholeReferences) {
  const auto by_digest = "localhost:5000/a@sha256:" + std::string(64, 'a');
  for (const auto& good :
       {std::string("registry.example.org/team/image:1.2"), by_digest, std::string("ghcr.io/a/b/c")})
    EXPECT_TRUE(check_source(Kind::kImage, good)) << good;
  for (const std::string bad : {"", "image", "/a", "host/", "host/a:", "host/a b", "host/a@sha256:12",
                                "host/a:1/b:2", "host//a", "hf://owner/name"})
    EXPECT_FALSE(check_source(Kind::kImage, bad)) << bad;
}

TEST(Sources, OfModelsAreOfTheHubAndHaveARevision) {
  EXPECT_EQ(whole_source(Kind::kModel, "hf://owner/name"), "hf://owner/name@main");
  EXPECT_TRUE(check_source(Kind::kModel, "hf://owner/name@refs/pr/1"));
  const auto refused = check_source(Kind::kModel, "https://example.org/model");
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().fields.size(), 1U);
  EXPECT_EQ(refused.error().fields[0].field, "source");
  EXPECT_FALSE(check_source(Kind::kModel, "hf://owner/" + std::string(600, 'a')));
}

}  // namespace
}  // namespace berth::cacheplan
