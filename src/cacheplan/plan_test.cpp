#include "cacheplan/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cacheplan/situation_for_test.hpp"

namespace berth::cacheplan {
namespace {

using testing::HasSubstr;

TEST(CachePlan, FetchesTheFirstThatIsNotThere) {
  const auto plan = Scene().want("a", 10).want("b", 10).want("c", 10).hold("a", 10, hours(1)).planned();
  EXPECT_EQ(plan.fetch, Fetch{ArtifactId{"b"}});
  EXPECT_FALSE(plan.ask);
  EXPECT_TRUE(plan.evictions.empty());
}

TEST(CachePlan, AsksWhatOneIsBeforeItIsFetched) {
  const auto plan = Scene().want("a", 0).want("b", 10).planned();
  EXPECT_EQ(plan.ask, Ask{ArtifactId{"a"}});
  EXPECT_FALSE(plan.fetch);
}

TEST(CachePlan, ImagesAreNotFetchedAsModels) {
  Scene scene;
  scene.want("a", 10);
  scene.now.wanted[0].artifact.kind = Kind::kImage;
  const auto plan = scene.planned();
  EXPECT_FALSE(plan.fetch || plan.ask);
}

TEST(CachePlan, WhatFailedWaitsAndTheNextOneHasItsTurn) {
  Scene scene;
  scene.want("a", 10).want("b", 10);
  scene.now.memory.failures[ArtifactId{"a"}] = {.reason = "no", .times = 2, .at = kNow - seconds(119)};
  EXPECT_EQ(scene.planned().fetch, Fetch{ArtifactId{"b"}});
  scene.now.memory.failures[ArtifactId{"a"}].at -= seconds(1);
  EXPECT_EQ(scene.planned().fetch, Fetch{ArtifactId{"a"}});
}

TEST(CachePlan, PausesDoubleUpToAnHour) {
  EXPECT_EQ(pause_after(1), minutes(1));
  EXPECT_EQ(pause_after(2), minutes(2));
  EXPECT_EQ(pause_after(6), minutes(32));
  EXPECT_EQ(pause_after(1'000'000), minutes(60));
}

TEST(CachePlan, ANewerCommitIsFetched) {
  EXPECT_EQ(Scene().want("a", 10).hold("a", 10, hours(1), kOlder).planned().fetch, Fetch{ArtifactId{"a"}});
}

TEST(CachePlan, AServerIsAskedAgainSixHoursLaterWhetherABranchHasMoved) {
  Scene scene;
  scene.want("a", 10).hold("a", 10, hours(1));
  EXPECT_FALSE(scene.planned().ask);
  scene.now.memory.told[ArtifactId{"a"}].at = kNow - kAskAgain;
  EXPECT_EQ(scene.planned().ask, Ask{ArtifactId{"a"}});
}

TEST(CachePlan, WhatIsNotWhatTheCatalogueSaysIsNotFetched) {
  Scene scene;
  scene.want("a", 10).want("b", 10);
  scene.now.wanted[0].artifact.digest = kOlder;
  const auto plan = scene.planned();
  EXPECT_EQ(plan.fetch, Fetch{ArtifactId{"b"}});
  EXPECT_THAT(plan.refused.at(ArtifactId{"a"}), HasSubstr(kOlder));
}

// --- Room ---

TEST(CachePlan, GoesUpToTheHighMarkWithoutRemovingAnything) {
  EXPECT_EQ(Scene().want("a", 100).others(750).planned().fetch, Fetch{ArtifactId{"a"}});
  EXPECT_FALSE(Scene().want("a", 101).others(750).planned().fetch);
}

TEST(CachePlan, WhatIsThereOfItAlreadyNeedsNoRoom) {
  Scene scene;
  scene.want("a", 101).others(700);
  scene.now.held.push_back({.folder = "models--owner--a", .bytes = 0, .arriving = 60 * kGb, .used_at = kNow});
  scene.now.disk.free -= 60 * kGb;
  EXPECT_EQ(scene.planned().fetch, Fetch{ArtifactId{"a"}});
}

TEST(CachePlan, MakesRoomDownToTheLowMarkTheLeastRecentlyUsedFirst) {
  const auto plan = Scene()
                        .want("need", 200, Keep::kNeeded)
                        .want("x", 200)
                        .want("y", 200)
                        .want("z", 200)
                        .hold("x", 200, hours(1))
                        .hold("y", 200, hours(3))
                        .hold("z", 200, hours(2))
                        .others(200)
                        .planned();
  EXPECT_EQ(evicted(plan), (Names{"y", "z"}));  // 800 - 200 + 200 would be below 85 %, 75 % takes one more
  EXPECT_EQ(plan.fetch, Fetch{ArtifactId{"need"}});
  EXPECT_EQ(plan.evictions[0].reason, "made room for hf://owner/need@main");
  EXPECT_EQ(plan.evictions[0].artifacts, (std::vector{ArtifactId{"y"}}));
}

TEST(CachePlan, WhatABookingUsedLateCountsAsUsedThen) {
  Scene scene;
  scene.want("need", 200, Keep::kNeeded)
      .want("x", 100)
      .want("y", 100)
      .hold("x", 100, hours(9))
      .hold("y", 100, hours(2))
      .others(600);
  scene.now.wanted[1].last_used_at = kNow - hours(1);
  EXPECT_EQ(evicted(scene.planned()).front(), "y");
}

TEST(CachePlan, WhatNobodyWantsGoesFirst) {
  const auto plan = Scene()
                        .want("need", 100, Keep::kNeeded)
                        .want("x", 100)
                        .hold("x", 100, hours(9))
                        .hold("stray", 100, hours(1))
                        .others(620)
                        .planned();
  EXPECT_EQ(evicted(plan).front(), "stray");
}

TEST(CachePlan, NothingThatStaysIsRemoved) {
  for (const auto keep : {Keep::kPinned, Keep::kNeeded, Keep::kInUse}) {
    const auto plan = Scene()
                          .want("x", 400, keep)
                          .want("need", 300, Keep::kNeeded)
                          .hold("x", 400, hours(900))
                          .others(300)
                          .planned();
    EXPECT_TRUE(plan.evictions.empty()) << to_string(keep);
    EXPECT_FALSE(plan.fetch);
    EXPECT_THAT(plan.refused.at(ArtifactId{"need"}), HasSubstr("85 %"));
  }
}

TEST(CachePlan, EqualsDoNotTakeEachOthersPlace) {
  const auto scene = Scene().want("x", 500).want("y", 500).hold("x", 500, hours(900));
  EXPECT_TRUE(scene.planned().evictions.empty());
  EXPECT_TRUE(scene.planned().refused.contains(ArtifactId{"y"}));
  EXPECT_EQ(evicted(Scene().want("y", 500, Keep::kNo, 101).want("x", 500).hold("x", 500, hours(1)).planned()),
            (Names{"x"}));
}

TEST(CachePlan, NothingGoesWhereItWouldNotBeEnough) {
  const auto plan =
      Scene().want("need", 800, Keep::kNeeded).want("x", 100).hold("x", 100, hours(1)).others(200).planned();
  EXPECT_TRUE(plan.evictions.empty());
  EXPECT_EQ(
      plan.refused.at(ArtifactId{"need"}),
      "745.1 GiB are to come, and 512.2 GiB are left below the mark of 85 % of 931.3 GiB; what may go for it "
      "has 93.1 GiB");
}

TEST(CachePlan, WhereOthersFilledTheDiskModelsGiveWay) {
  const auto plan = Scene()
                        .want("x", 100)
                        .want("pin", 100, Keep::kPinned)
                        .hold("x", 100, hours(1))
                        .hold("pin", 100, hours(9))
                        .others(700)
                        .planned();
  EXPECT_EQ(evicted(plan), (Names{"x"}));
  EXPECT_FALSE(plan.fetch) << "it would be fetched and removed in turns";
}

TEST(CachePlan, WhatIsBeingFetchedGivesWayToAnEarlierBookingAlone) {
  Scene scene;
  scene.want("soon", 1, Keep::kNeeded)
      .want("later", 1, Keep::kNeeded)
      .want("pin", 1, Keep::kPinned)
      .want("a", 1);
  scene.now.wanted[1].needed_at = kNow + hours(2);
  const auto gives = [&](const char* current, const char* next) {
    return gives_way(scene.now.wanted, ArtifactId{current}, ArtifactId{next});
  };
  EXPECT_TRUE(gives("a", "soon"));
  EXPECT_TRUE(gives("later", "soon"));
  EXPECT_FALSE(gives("soon", "later"));
  EXPECT_FALSE(gives("a", "pin"));
  EXPECT_TRUE(gives("gone", "a"));
}

Running fetching(const char* name) {
  return {.artifact = ArtifactId{name}, .fetches = true};
}

TEST(CachePlan, AFetchGivesWayToWhatIsNeededAndWasNotAskedAboutYet) {
  auto scene = Scene().want("soon", 0, Keep::kNeeded).want("a", 10);
  EXPECT_TRUE(ends_early(scene.now, scene.planned(), fetching("a")));
  scene = Scene().want("other", 0).want("a", 10);
  EXPECT_FALSE(ends_early(scene.now, scene.planned(), fetching("a"))) << "nobody needs the other one";
  scene = Scene().want("a", 10);
  EXPECT_FALSE(ends_early(scene.now, scene.planned(), fetching("a")));
  EXPECT_TRUE(ends_early(scene.now, scene.planned(), fetching("gone")));
}

TEST(CachePlan, AFetchEndsWhereTheDiskHasNoRoomForItAnyMore) {
  auto scene = Scene().want("a", 100).others(750);
  EXPECT_FALSE(ends_early(scene.now, scene.planned(), fetching("a")));
  scene.others(1);
  EXPECT_TRUE(ends_early(scene.now, scene.planned(), fetching("a")));
  EXPECT_FALSE(ends_early(scene.now, scene.planned(), {.artifact = ArtifactId{"a"}, .fetches = false}))
      << "to ask takes no room";
}

TEST(CachePlan, AFetchEndsWhereRoomIsToBeMadeForIt) {
  auto scene = Scene().want("a", 100, Keep::kNeeded).want("x", 100).hold("x", 100, hours(1)).others(650);
  EXPECT_FALSE(ends_early(scene.now, scene.planned(), fetching("a")));
  scene.others(50);
  EXPECT_EQ(evicted(scene.planned()), (Names{"x"}));
  EXPECT_TRUE(ends_early(scene.now, scene.planned(), fetching("a")));
}

TEST(CachePlan, WhatIsUnfinishedThereOfAnotherCommitDoesNotCountForThisOne) {
  Scene scene;
  scene.want("a", 101).others(700);
  scene.now.held.push_back({.folder = "models--owner--a", .bytes = 0, .arriving = 60 * kGb, .used_at = kNow});
  scene.now.disk.free -= 60 * kGb;
  auto& begun = scene.now.memory.begun["models--owner--a"];
  begun = {.commit = kOlder, .arrived_before = 0};
  EXPECT_FALSE(scene.planned().fetch);
  begun = {.commit = kCommit, .arrived_before = 60 * kGb};
  EXPECT_FALSE(scene.planned().fetch);
  begun = {.commit = kCommit, .arrived_before = 0};
  EXPECT_TRUE(scene.planned().fetch);
}

TEST(CachePlan, WhatCannotBeRemovedIsLeftAloneForAPause) {
  auto scene = Scene().want("x", 100).want("y", 100).hold("x", 100, hours(9)).hold("y", 100, hours(1));
  scene.others(660);
  EXPECT_EQ(evicted(scene.planned()).front(), "x");
  scene.now.memory.stuck["models--owner--x"] = {.reason = "busy", .at = kNow - kStuckPause + seconds(1)};
  EXPECT_EQ(evicted(scene.planned()), (Names{"y"}));
  scene.now.memory.stuck["models--owner--x"].at -= seconds(1);
  EXPECT_EQ(evicted(scene.planned()).front(), "x");
}

TEST(CachePlan, WhatWasRemovedComesBackBelowTheLowMarkAlone) {
  auto scene = Scene().want("a", 50).others(701);
  EXPECT_TRUE(scene.planned().fetch);
  scene.now.memory.evicted[ArtifactId{"a"}] = kNow;
  EXPECT_FALSE(scene.planned().fetch);
  EXPECT_THAT(scene.planned().refused.at(ArtifactId{"a"}), HasSubstr("75 %"));
  scene.others(-1);
  EXPECT_TRUE(scene.planned().fetch);
  scene = Scene().want("a", 50, Keep::kNeeded).others(701);
  scene.now.memory.evicted[ArtifactId{"a"}] = kNow;
  EXPECT_TRUE(scene.planned().fetch) << "a booking needs it";
}

Keep some_keep() {
  return *rc::gen::element(Keep::kNo, Keep::kPinned, Keep::kNeeded, Keep::kInUse);
}

RC_GTEST_PROP(CachePlan, NeverRemovesWhatStaysAndNeverGoesAboveTheHighMark, ()) {
  Scene scene;
  const auto count = *rc::gen::inRange(1, 9);
  std::int64_t used = 0;
  for (int i = 0; i < count; ++i) {
    const auto gb = *rc::gen::inRange<std::int64_t>(1, 400);
    scene.want(std::to_string(i), gb, some_keep(), *rc::gen::inRange(0, 4));
    if (*rc::gen::arbitrary<bool>() && used + gb <= 1000) {
      scene.hold(std::to_string(i), gb, hours(*rc::gen::inRange(0, 100)));
      used += gb;
    }
  }
  const auto others = *rc::gen::inRange<std::int64_t>(0, 1000 - used + 1);
  scene.others(others);
  const auto plan = scene.planned();
  auto after = (used + others) * kGb;
  for (const auto& gone : plan.evictions) {
    after -= gone.bytes;
    for (const auto& wanted : scene.now.wanted) {
      if (folder_of(wanted.artifact) == gone.folder) RC_ASSERT(wanted.keep == Keep::kNo);
    }
  }
  RC_ASSERT(after >= 0);
  if (plan.fetch) RC_ASSERT(after + scene.now.memory.told.at(plan.fetch->artifact).bytes <= 850 * kGb);
  if (plan.fetch) RC_ASSERT(!plan.refused.contains(plan.fetch->artifact));
}

RC_GTEST_PROP(CachePlan, ComesToRest, ()) {
  // Whatever is wanted: carried out again and again, it ends, and what it removed is not fetched in turns.
  Scene scene;
  const auto count = *rc::gen::inRange(1, 9);
  for (int i = 0; i < count; ++i)
    scene.want(std::to_string(i), *rc::gen::inRange<std::int64_t>(1, 600), some_keep(),
               *rc::gen::inRange(0, 4));
  for (int turns = 0;; ++turns) {
    RC_ASSERT(turns < 100);
    const auto plan = scene.planned();
    if (!plan.fetch && plan.evictions.empty()) break;
    for (const auto& gone : plan.evictions) {
      std::erase_if(scene.now.held, [&](const Held& held) { return held.folder == gone.folder; });
      scene.now.disk.free += gone.bytes;
    }
    if (plan.fetch) {
      const auto& id = plan.fetch->artifact;
      scene.hold(id.value, scene.now.memory.told.at(id).bytes / kGb, hours(0));
    }
    scene.now.now += minutes(1);
  }
}

}  // namespace
}  // namespace berth::cacheplan
