// Putting a layout into force: what comes next, and the ways in which it gets stuck in the field.
#include "layout/apply_step.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::layout {
namespace {

using testing::HasSubstr;

constexpr Instant kNow{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};
constexpr LayoutPatience kPatience;
const std::string kSlices = "nvidia.com/mig-1g.24gb";

class ApplyStep : public testing::Test {
 protected:
  /// A node with the wanted layout in force; tests spoil it.
  ApplyStep() {
    node_.name = "n1";
    node_.labels = {{std::string(kMigConfigLabel), "slices"},
                    {std::string(kMigStateLabel), "success"},
                    {std::string(kLayoutsLabel), "true"},
                    {std::string(kMigManagerLabel), "true"}};
    node_.advertised = {{"cpu", 64}, {kSlices, 8}, {"nvidia.com/gpu", 0}};
    node_.boot = "boot-1";
    history_.labelled = kNow - hours(2);
    history_.state = kNow - hours(1);
    history_.boot = "boot-1";
  }
  void label(std::string value) { node_.labels[std::string(kMigConfigLabel)] = std::move(value); }
  void state(std::string value, Duration for_long) {
    node_.labels[std::string(kMigStateLabel)] = std::move(value);
    history_.state = kNow - for_long;
    history_.labelled = kNow - for_long - seconds(5);
  }
  void no_units() { node_.advertised[kSlices] = 0; }
  LayoutStep step() const { return decide_layout_step(node_, wanted_, history_, kPatience, kNow); }
  LayoutStuck stuck() const {
    const auto found = step();
    const auto* is = std::get_if<LayoutStuck>(&found);
    EXPECT_NE(is, nullptr) << "step " << found.index();
    return is != nullptr ? *is : LayoutStuck{};
  }
  Instant awaited() const {
    const auto found = step();
    const auto* is = std::get_if<AwaitNode>(&found);
    EXPECT_NE(is, nullptr) << "step " << found.index();
    return is != nullptr ? is->until : Instant{};
  }
  static std::vector<LabelChange> again() {
    return {{std::string(kMigConfigLabel), "all-disabled"}, {std::string(kMigConfigLabel), "slices"}};
  }

  ObservedNode node_;
  WantedLayout wanted_{.name = "slices", .units = {{kSlices, 8}}};
  LayoutHistory history_;
};

TEST_F(ApplyStep, WhatIsThereIsInForce) {
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));
  node_.sessions = 3;
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));
}

TEST_F(ApplyStep, ANodeIsDrainedBeforeItsLabelChanges) {
  label("whole");
  node_.sessions = 1;
  EXPECT_EQ(step(), LayoutStep(DrainNode{1}));
  node_.sessions = 0;
  EXPECT_EQ(step(), LayoutStep(Relabel{{{std::string(kMigConfigLabel), "slices"}}}));
}

TEST_F(ApplyStep, NoLabelWhileAnotherChangeGoesOn) {
  label("whole");
  state("pending", minutes(1));
  EXPECT_EQ(awaited(), kNow + minutes(14));
}

TEST_F(ApplyStep, TheSuccessOfTheLayoutBeforeIsNotBelieved) {
  history_.labelled = kNow - seconds(10);
  EXPECT_EQ(awaited(), kNow + seconds(20));
  history_.labelled = kNow - seconds(40);
  history_.had_others = true;  // nobody saw the state change; the units did
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));
  no_units();
  EXPECT_EQ(awaited(), kNow + seconds(80));
  history_.labelled = kNow - minutes(3);
  history_.state = kNow - hours(1);
  EXPECT_EQ(stuck().state, Stuck::kNoManager);
}

TEST_F(ApplyStep, TwoCardsThatAreSwappedAreCutBeforeTheirLayoutIsInForce) {
  wanted_.units = {{kSlices, 4}, {"nvidia.com/gpu", 1}};  // one card each, before and after
  node_.advertised = wanted_.units;
  EXPECT_FALSE(offers_others(node_, wanted_));
  history_.labelled = kNow - seconds(40);
  EXPECT_EQ(awaited(), kNow + seconds(80)) << "what is there may be of the layout before";
  history_.labelled = kNow - minutes(3);
  EXPECT_EQ(stuck().state, Stuck::kNoManager);
  state("pending", seconds(1));
  EXPECT_EQ(awaited(), kNow + minutes(15) - seconds(1));
  state("success", seconds(1));
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));
}

TEST_F(ApplyStep, CardsThatAreWholeAlreadyAreInForceThoughTheManagerSaysNothingNew) {
  wanted_.units = {{"nvidia.com/gpu", 2}};  // and the layout before was "all-disabled"
  node_.advertised = {{"nvidia.com/gpu", 2}, {kSlices, 0}};
  EXPECT_FALSE(offers_others(node_, wanted_));
  history_.labelled = kNow - seconds(10);
  EXPECT_EQ(awaited(), kNow + seconds(20));
  history_.labelled = kNow - seconds(40);
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));
  node_.advertised["nvidia.com/gpu"] = 1;
  EXPECT_EQ(awaited(), kNow + seconds(80)) << "one of them is not";
}

TEST_F(ApplyStep, UnitsOfAnotherLayoutAreKnownByTheirNumbers) {
  EXPECT_FALSE(offers_others(node_, wanted_));
  no_units();
  EXPECT_FALSE(offers_others(node_, wanted_)) << "the device plugin may be away";
  node_.advertised["nvidia.com/gpu"] = 1;
  EXPECT_TRUE(offers_others(node_, wanted_));
}

TEST_F(ApplyStep, UnitsCountAndNotTheLabel) {
  state("success", minutes(1));
  no_units();
  EXPECT_EQ(awaited(), kNow + minutes(4));
  state("success", minutes(6));
  const auto found = stuck();
  EXPECT_EQ(found.state, Stuck::kSuccessWithoutCapacity);
  EXPECT_EQ(
      found.sentence,
      "Node n1 says success, and has not what layout slices should give: 0 of 8 nvidia.com/mig-1g.24gb.");
  EXPECT_THAT(found.repair, HasSubstr("Reboot the node"));
}

TEST_F(ApplyStep, UnitsOfTheLayoutBeforeAreNotOfThisOne) {
  state("success", minutes(6));
  node_.advertised["nvidia.com/gpu"] = 4;
  EXPECT_THAT(stuck().sentence, HasSubstr("4 of 0 nvidia.com/gpu"));
  node_.advertised["nvidia.com/gpu"] = 0;
  node_.advertised["nvidia.com/hostdev"] = 4;  // no matter of cards
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));
}

TEST_F(ApplyStep, PausedProgramsAreCalledBack) {
  node_.labels["nvidia.com/gpu.deploy.device-plugin"] = kPausedForChange;
  no_units();
  state("pending", minutes(20));
  EXPECT_EQ(awaited(), kNow + minutes(10));
  state("pending", minutes(31));
  const auto found = stuck();
  EXPECT_EQ(found.state, Stuck::kClientsPaused);
  EXPECT_THAT(found.sentence, HasSubstr("paused since 2026-11-30T23:29:00Z"));
  auto labels = again();
  labels.insert(labels.begin(), {"nvidia.com/gpu.deploy.device-plugin", "true"});
  EXPECT_EQ(found.labels, labels);
  state("failed", minutes(31));  // the same whatever became of the change
  EXPECT_EQ(stuck().state, Stuck::kClientsPaused);
}

TEST_F(ApplyStep, PendingForEverIsGivenAnotherLayout) {
  no_units();
  state("pending", minutes(14));
  EXPECT_EQ(awaited(), kNow + minutes(1));
  state("pending", minutes(15));
  EXPECT_EQ(stuck().state, Stuck::kPending);
  EXPECT_EQ(stuck().labels, again());
}

TEST_F(ApplyStep, AFailureIsTriedOnceMoreWithAnotherValueInBetween) {
  state("failed", minutes(1));
  EXPECT_EQ(step(), LayoutStep(Relabel{again()}));
  node_.sessions = 1;
  EXPECT_EQ(step(), LayoutStep(DrainNode{1}));
  history_.tries = 2;
  EXPECT_EQ(stuck().state, Stuck::kFailed);
}

TEST_F(ApplyStep, ALayoutWithoutUnitsIsNotApplied) {
  label("whole");
  wanted_.units = {{kSlices, 0}};
  EXPECT_EQ(stuck().state, Stuck::kEnabledButEmpty);
}

TEST_F(ApplyStep, EnabledCardsWithoutSlicesAreTold) {
  state("success", minutes(6));
  no_units();
  node_.validator_failing = true;
  EXPECT_EQ(stuck().state, Stuck::kEnabledButEmpty);
  EXPECT_EQ(stuck().labels, again());
}

TEST_F(ApplyStep, AfterABootItIsLookedAtAgain) {
  node_.boot = "boot-2";
  history_.back = kNow - minutes(1);
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));  // it was made again
  no_units();
  EXPECT_EQ(awaited(), kNow + minutes(29));
  history_.back = kNow - minutes(30);
  const auto found = stuck();
  EXPECT_EQ(found.state, Stuck::kGoneAfterReboot);
  EXPECT_EQ(found.labels, again());
}

TEST_F(ApplyStep, AfterABootNobodyWaitsForAWordOnALabelOfBefore) {
  node_.boot = "boot-2";
  history_.labelled = kNow - hours(2);
  history_.state = kNow - hours(3);  // the cards were whole already, and nothing new was said
  history_.back = kNow - minutes(1);
  no_units();
  EXPECT_EQ(awaited(), kNow + minutes(29));
  node_.advertised[kSlices] = 8;
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{}));
}

TEST_F(ApplyStep, ARebootThatNeverComesIsTold) {
  state("rebooting", minutes(1));
  EXPECT_EQ(awaited(), kNow + minutes(29));
  state("rebooting", minutes(30));
  EXPECT_EQ(stuck().state, Stuck::kRebooting);
}

TEST_F(ApplyStep, ALabelThatNobodyReadsIsTold) {
  node_.labels.erase(std::string(kMigStateLabel));
  history_.state.reset();
  history_.labelled = kNow - minutes(1);
  EXPECT_EQ(awaited(), kNow + minutes(1));
  history_.labelled = kNow - minutes(2);
  EXPECT_EQ(stuck().state, Stuck::kNoManager);
  EXPECT_TRUE(stuck().labels.empty());
  node_.labels.erase(std::string(kMigManagerLabel));
  EXPECT_EQ(stuck().labels, (std::vector<LabelChange>{{std::string(kMigManagerLabel), "true"}}));
}

TEST_F(ApplyStep, ANodeThatIsNotBerthsToChangeOrHasNoManagerIsNotDrainedForIt) {
  label("whole");
  history_ = {};
  node_.sessions = 1;
  EXPECT_EQ(step(), LayoutStep(DrainNode{1}));
  node_.labels[std::string(kMigManagerLabel)] = "false";
  EXPECT_EQ(stuck().state, Stuck::kNotPrepared);
  EXPECT_EQ(stuck().labels, (std::vector<LabelChange>{{std::string(kMigManagerLabel), "true"}}));
  node_.labels.erase(std::string(kLayoutsLabel));
  EXPECT_THAT(stuck().labels, testing::SizeIs(2));
  EXPECT_THAT(stuck().sentence,
              testing::HasSubstr("has no berth.dev/layouts=true and no nvidia.com/gpu.deploy."));
  label("slices");
  EXPECT_EQ(step(), LayoutStep(LayoutInForce{})) << "what is there is in force, whoever made it";
}

TEST_F(ApplyStep, ALabelThatIsNotKeptIsTold) {
  label("whole");
  history_.given = "slices";
  history_.labelled = kNow - minutes(1);
  EXPECT_EQ(step().index(), LayoutStep(Relabel{}).index());
  history_.labelled = kNow - minutes(2);
  EXPECT_EQ(stuck().state, Stuck::kLabelNotKept);
  EXPECT_EQ(stuck().sentence,
            "Node n1 was given nvidia.com/mig.config=slices first at 2026-11-30T23:58:00Z, and has whole.");
  EXPECT_TRUE(stuck().labels.empty());
  node_.labels.erase(std::string(kLayoutsLabel));
  EXPECT_EQ(stuck().labels, (std::vector<LabelChange>{{std::string(kLayoutsLabel), "true"}}));
  node_.labels[std::string(kLayoutsLabel)] = "";
  EXPECT_TRUE(stuck().labels.empty());
  history_.back = kNow - minutes(1);
  EXPECT_EQ(step().index(), LayoutStep(Relabel{}).index()) << "it was given before the boot";
}

TEST_F(ApplyStep, WhatIsSaidDoesNotChangeWhileNothingDoes) {
  state("pending", minutes(20));
  const auto before = stuck();
  EXPECT_EQ(decide_layout_step(node_, wanted_, history_, kPatience, kNow + hours(1)), LayoutStep(before));
}

TEST_F(ApplyStep, EveryStateHasAWord) {
  EXPECT_EQ(to_string(Stuck::kClientsPaused), "clients_paused");
  EXPECT_EQ(to_string(Stuck::kNoManager), "no_manager");
}

}  // namespace
}  // namespace berth::layout
