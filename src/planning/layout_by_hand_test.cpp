// Layouts that somebody changed by hand, and bookings whose own card has another layout than they need.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "planning/layout_steps_for_test.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// By somebody's hand, or by another program.
class LaidByHand : public Layouts {
 protected:
  LaidByHand() {
    it_.in_force(kSlices);
    it_.running_session();
    EXPECT_FALSE(step());
    it_.later(1min).labelled(kWhole);
  }
  void nobody_is_there() {
    it_.desired.sessions.clear();
    it_.observed.pods.clear();
  }
};

TEST_F(LaidByHand, IsAFindingAndNobodyStartsUntilItIsPutRight) {
  ASSERT_TRUE(wait());
  EXPECT_THAT(wait()->why, HasSubstr("another layout by hand"));
  EXPECT_TRUE(wait()->is_coming);
  const auto found = written();
  EXPECT_EQ(found.label, std::nullopt) << "a session has a device";
  EXPECT_EQ(found.progress.step, "draining");
  ASSERT_EQ(found.report.size(), 1U);
  EXPECT_EQ(found.report.front().kind, "layout_differs");
  EXPECT_EQ(found.report.front().object, "nodes/" + it_.node() + "/layout/label");
  EXPECT_EQ(found.report.front().detail, "Node " + it_.node() +
                                             " has nvidia.com/mig.config=" + it_.name_of(kWhole) + ", and " +
                                             it_.name_of(kSlices) + " was ordered and is in force.");
  EXPECT_THAT(taken_out(), ElementsAre(it_.unit().id.value));
  EXPECT_FALSE(step()) << "and nothing is written while it is so";

  nobody_is_there();
  const auto given = written();
  EXPECT_EQ(given.label, it_.name_of(kSlices));
  EXPECT_EQ(given.resolve.size(), 1U);
  it_.later(1s).labelled(kSlices);
  written();
  EXPECT_TRUE(wait()) << "its cards may have been cut";
  it_.later(1s).mig_state("pending").offers({}).settle();
  it_.later(40s).mig_state("success").offers(it_.of(kSlices));
  EXPECT_TRUE(written().takes_force);
  EXPECT_EQ(it_.desired.layouts.back().in_force_since, it_.desired.now) << "start deadlines count from then";
  EXPECT_FALSE(wait());
  EXPECT_FALSE(step());
}

TEST_F(LaidByHand, OneThatTheHandPutsRightIsLookedAt) {
  written();
  it_.labelled(kSlices);
  ASSERT_TRUE(wait()) << "not before it was looked at";
  const auto there = written();
  EXPECT_TRUE(there.takes_force);
  EXPECT_EQ(there.label, std::nullopt);
  EXPECT_EQ(there.resolve.size(), 1U);
  EXPECT_FALSE(wait());
}

TEST_F(LaidByHand, WhatWasGivenLongAgoCountsForNothing) {
  nobody_is_there();
  auto& progress = it_.desired.layouts.back().progress;
  progress.label_given = it_.name_of(kSlices);
  progress.labelled = it_.desired.now - hours(24 * 7);
  EXPECT_EQ(written().label, it_.name_of(kSlices));
  it_.later(15s);
  EXPECT_EQ(written().label, it_.name_of(kSlices)) << "it may never have been given";
  it_.later(3min);
  EXPECT_EQ(written().progress.step, "label_not_kept");
}

TEST_F(LaidByHand, ALabelThatWasTakenAwayIsOneToo) {
  it_.labelled("");
  const auto found = written();
  ASSERT_EQ(found.report.size(), 1U);
  EXPECT_THAT(found.report.front().detail, HasSubstr("has no label nvidia.com/mig.config, and"));
}

TEST_F(LaidByHand, IsNoMatterWhereAnotherOneIsOrdered) {
  written();
  nobody_is_there();
  it_.order(kWhole);
  const auto made = written();
  EXPECT_EQ(made.label, std::nullopt) << "it has it";
  EXPECT_EQ(made.resolve.size(), 1U);
}

/// The booked slice's card is whole, and another card has such slices.
class OnAnotherCard : public Layouts {
 protected:
  OnAnotherCard() {
    other_.id.value += 100;
    other_.device.value += 1;
    other_.name = "gpu1-slice0";
    it_.in_force(kWhole);
    auto& order = it_.desired.layouts.back();
    order.units.push_back(other_.name);
    order.advertises = it_.both();
    it_.offers(it_.both());
    it_.desired.units.push_back({other_.id, other_.name, it_.node(), other_.resource_name, other_.replicas});
    it_.desired.units.back().device = other_.device;
  }
  bool begins() {
    const auto plan = planning::plan(it_.desired, it_.observed);
    return std::ranges::any_of(plan.actions,
                               [](const Action& one) { return std::holds_alternative<BeginSession>(one); });
  }

  model::Unit other_ = it_.unit();
};

TEST_F(OnAnotherCard, ABookingMovesThereWhereItsOwnHasAnotherLayout) {
  it_.due();
  ASSERT_TRUE(wait());
  EXPECT_TRUE(begins());
  it_.desired.due.clear();
  it_.session();
  it_.wanted().spare_units = {other_};
  const auto plan = planning::plan(it_.desired, it_.observed);
  const auto* work = std::get_if<SessionWork>(&plan.actions.back());
  ASSERT_NE(work, nullptr);
  const auto& move = std::get<MoveUnits>(work->effects.front().what);
  EXPECT_THAT(move.to, ElementsAre(other_.id));
  EXPECT_EQ(move.reason, "Moved from " + it_.unit().name + " to gpu1-slice0, since the card of " +
                             it_.unit().name + " has another layout.");
}

TEST_F(OnAnotherCard, NotWhereItsLayoutIsOnItsWay) {
  it_.due();
  it_.order(kSlices, 5min);
  EXPECT_FALSE(begins());
}

TEST_F(OnAnotherCard, NorOntoAUnitThatIsOutOfServiceOrNotLaidOutEither) {
  it_.due();
  it_.desired.units.back().out = true;
  EXPECT_FALSE(begins());
  it_.desired.units.back().out = false;
  it_.desired.layouts.back().units.pop_back();
  EXPECT_FALSE(begins());
}

TEST_F(OnAnotherCard, WhereNoneIsFreeItFailsInTimeWithTheReason) {
  it_.session();
  auto elsewhere = other_;
  elsewhere.name = "gpu2-slice0";  // of a card that is whole too; its slots are those of the other one
  it_.wanted().spare_units = {elsewhere};
  const auto plan = planning::plan(it_.desired, it_.observed);
  const auto* work = std::get_if<SessionWork>(&plan.actions.back());
  ASSERT_NE(work, nullptr);
  const auto& recorded = std::get<RecordStep>(work->effects.front().what);
  EXPECT_THAT(recorded.detail, HasSubstr("none with these units is ordered"));
  it_.at(it_.start() + 16min);
  const auto late = must_stop(it_.desired, it_.wanted(), it_.observed);
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->failed);
}

}  // namespace
}  // namespace berth::planning
