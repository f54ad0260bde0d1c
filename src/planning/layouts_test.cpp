// Layouts that were ordered: what comes next on a node, who waits for it, and what people are told.
#include "planning/layouts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "planning/layout_steps_for_test.hpp"

namespace berth::planning {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Layouts, WithoutAnOrderNothingIsTouched) {
  EXPECT_FALSE(step());
  EXPECT_FALSE(wait());
}

TEST_F(Layouts, OneThatIsToComeWaitsForItsTime) {
  it_.order(kSlices, 10min);
  EXPECT_FALSE(step());
  EXPECT_EQ(next_layout(it_.desired), it_.desired.now + 10min);
  EXPECT_THAT(taken_out(), IsEmpty());
}

TEST_F(Layouts, AChangeIsMadeAndIsInForceWhenItsUnitsAreThereAndNotBefore) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  auto made = written();
  EXPECT_EQ(made.label, it_.name_of(kSlices));
  EXPECT_EQ(made.progress.step, "relabelling");
  EXPECT_EQ(made.progress.tries, 1);
  EXPECT_THAT(taken_out(), ElementsAre(it_.unit().id.value)) << "it is under maintenance meanwhile";

  EXPECT_EQ(written().progress.sentence, "Waits for the label to be seen.")
      << "the watch is late, and nothing is given twice";
  it_.later(1s).labelled(kSlices).mig_state("success");
  EXPECT_EQ(written().progress.sentence, "Waits for the label to be taken up.")
      << "that success is the one of the layout before";
  it_.later(1s).mig_state("pending").offers({});
  EXPECT_EQ(written().progress.sentence, "Waits for the cards to be cut.");
  it_.later(20s).mig_state("success");
  const auto waits = written();
  EXPECT_EQ(waits.progress.sentence, "Waits for the units to be advertised.")
      << "the label says so, and nothing is there";
  EXPECT_FALSE(waits.takes_force);
  EXPECT_TRUE(wait());
  EXPECT_FALSE(step()) << "a settled wait writes nothing";
  it_.later(20s).offers(it_.of(kSlices));
  const auto there = written();
  EXPECT_TRUE(there.takes_force);
  EXPECT_EQ(there.progress.boot, "boot-1");
  EXPECT_FALSE(step());
  EXPECT_FALSE(wait());
  EXPECT_THAT(taken_out(), IsEmpty());
}

TEST_F(Layouts, WhatTheOldLayoutStillAdvertisesIsNotTheNewOneYet) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  written();
  it_.later(40s).labelled(kSlices).mig_state("success").offers(it_.both());
  EXPECT_FALSE(written().takes_force);
}

TEST_F(Layouts, NoCardIsTouchedWhileASessionHasADevice) {
  it_.in_force(kSlices);
  it_.order(kWhole);
  it_.running_session();
  const auto waits = written();
  EXPECT_FALSE(waits.label);
  EXPECT_EQ(waits.progress.step, "draining");
  EXPECT_THAT(waits.progress.sentence,
              HasSubstr("Waits for 1 session with devices of node " + it_.node() + ", the last until "));
  EXPECT_EQ(waits.progress.until, it_.end());
  EXPECT_THAT(taken_out(), ElementsAre(it_.unit().id.value)) << "nobody new comes meanwhile";
  it_.desired.sessions.clear();
  EXPECT_EQ(written().label, std::nullopt) << "its pods are still there";
  it_.observed.pods.clear();
  EXPECT_EQ(written().label, it_.name_of(kWhole));
}

TEST_F(Layouts, NorWhileThereIsASessionThatCannotBeRead) {
  it_.in_force(kSlices);
  it_.order(kWhole);
  it_.desired.unreadable.push_back({"newer_version", "berth-s-strange", "step \"x\" is not known"});
  EXPECT_EQ(written().progress.step, "draining");
  EXPECT_THAT(it_.desired.layouts.back().progress.sentence, HasSubstr("not all say until when"));
}

TEST_F(Layouts, ASessionThatWaitsForItsDeviceHoldsNothingUpAndGetsNone) {
  it_.in_force(kWhole);
  it_.session();  // of a slice
  it_.order(kSlices);
  EXPECT_EQ(written().label, it_.name_of(kSlices));
  ASSERT_TRUE(wait());
  EXPECT_TRUE(wait()->is_coming);
  it_.offers(it_.both());
  const auto plan = planning::plan(it_.desired, it_.observed);
  const auto* work = std::get_if<SessionWork>(&plan.actions.back());
  ASSERT_NE(work, nullptr);
  const auto& recorded = std::get<RecordStep>(work->effects.front().what);
  EXPECT_EQ(recorded.state, model::StepState::kRunning) << "whatever the node offers";
  EXPECT_THAT(recorded.detail, HasSubstr("under maintenance"));
}

TEST_F(Layouts, ABookingIsLateByAChangeAndNotLost) {
  it_.in_force(kWhole);
  it_.order(kSlices, -30min);
  it_.due();
  it_.at(it_.start() + 40min);  // the start deadline is over
  auto plan = planning::plan(it_.desired, it_.observed);
  ASSERT_EQ(plan.idle.size(), 1U);
  EXPECT_THAT(plan.idle.front().why.reason, HasSubstr("under maintenance"));
  it_.desired.layouts.clear();
  it_.in_force(kSlices, it_.desired.now);
  plan = planning::plan(it_.desired, it_.observed);
  EXPECT_TRUE(std::ranges::any_of(plan.actions, [](const Action& one) {
    return std::holds_alternative<BeginSession>(one);
  })) << "its deadline counts from then on";
}

TEST_F(Layouts, NorByOneThatIsGivenUp) {
  it_.in_force(kWhole);
  it_.order(kSlices, -30min);
  it_.due();
  it_.at(it_.start() + 40min);
  it_.desired.layouts.back().over_at = it_.desired.now;
  EXPECT_FALSE(step()) << "nothing is to be done of it";
  EXPECT_THAT(taken_out(), IsEmpty());
  const auto closed = [&] {
    const auto plan = planning::plan(it_.desired, it_.observed);
    return std::ranges::any_of(
        plan.actions, [](const Action& one) { return std::holds_alternative<CloseReservation>(one); });
  };
  EXPECT_FALSE(closed()) << "there is time to order another one";
  it_.later(16min);
  EXPECT_TRUE(closed());
}

TEST_F(Layouts, WhatWasMadeForASessionCountsBeforeItIsWrittenDown) {
  it_.in_force(kSlices);
  it_.session();
  it_.pod();
  it_.order(kWhole);
  EXPECT_EQ(written().progress.step, "draining");
  EXPECT_THAT(it_.desired.layouts.back().progress.sentence, HasSubstr("the last until"))
      << "its end is known";
}

TEST_F(Layouts, ALabelThatIsNotKeptIsGivenAgainWithoutANewRowAndThenTold) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  written();
  it_.later(1h);  // it may never have been given: who wrote it down was away since
  EXPECT_EQ(written().label, it_.name_of(kSlices));
  const auto progress = it_.desired.layouts.back().progress;
  EXPECT_EQ(progress.labelled, it_.desired.now);
  it_.later(30s);
  EXPECT_EQ(written().label, it_.name_of(kSlices));
  EXPECT_EQ(it_.desired.layouts.back().progress, progress);
  it_.later(90s);
  const auto stuck = written();
  EXPECT_EQ(stuck.label, std::nullopt);
  EXPECT_EQ(stuck.progress.step, "label_not_kept");
  EXPECT_TRUE(stuck.progress.stuck);
  EXPECT_EQ(stuck.report.size(), 1U);
  EXPECT_THAT(stuck.progress.repair, HasSubstr("Read the reconciler's log"));
  it_.later(1h);
  EXPECT_FALSE(step()) << "and nothing is written meanwhile";
  it_.desired.layouts.back().retry_asked = true;
  EXPECT_EQ(written().label, it_.name_of(kSlices));
  EXPECT_FALSE(it_.desired.layouts.back().progress.stuck) << "it has its time anew";
  it_.labelled(kSlices).later(40s);
  EXPECT_EQ(written().progress.step, "waiting");
}

TEST_F(Layouts, OnANodeThatIsNotPreparedNothingIsBegunOnAnybodysWordEither) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  it_.label("nvidia.com/gpu.deploy.mig-manager", "false");
  const auto stuck = written();
  EXPECT_EQ(stuck.label, std::nullopt);
  EXPECT_EQ(stuck.progress.step, "not_prepared");
  EXPECT_THAT(stuck.progress.repair, HasSubstr("nvidia.com/gpu.deploy.mig-manager=true --overwrite"));
  EXPECT_THAT(stuck.progress.repair, testing::Not(HasSubstr("gpu retry"))) << "it goes on by itself";
  it_.desired.layouts.back().retry_asked = true;
  const auto asked = written();
  EXPECT_EQ(asked.label, std::nullopt);
  EXPECT_EQ(asked.progress.step, "not_prepared");
  EXPECT_EQ(asked.progress.labelled, std::nullopt) << "it can be dropped";
  it_.label("nvidia.com/gpu.deploy.mig-manager", "true");
  EXPECT_EQ(written().label, it_.name_of(kSlices));
}

TEST_F(Layouts, ALabelThatSomebodyElseKeepsTakingAwayIsToldToo) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  written();
  for (int i = 0; i < 9 && !it_.desired.layouts.back().progress.stuck; ++i) {
    it_.later(15s).labelled(kSlices).settle();
    it_.later(1s).labelled(kWhole);
    written();
  }
  EXPECT_EQ(it_.desired.layouts.back().progress.step, "label_not_kept");
}

TEST_F(Layouts, OneThatCannotBeReadIsLeftAloneAndTold) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  it_.desired.layouts.back().advertises.clear();
  const auto told = written();
  EXPECT_EQ(told.order, 0);
  EXPECT_EQ(told.label, std::nullopt);
  ASSERT_EQ(told.report.size(), 1U);
  EXPECT_EQ(told.report.front().object, "nodes/" + it_.node() + "/layout/unreadable");
  EXPECT_FALSE(step());
  EXPECT_THAT(taken_out(), ElementsAre(it_.unit().id.value));
  it_.desired.layouts.pop_back();
  EXPECT_EQ(written().resolve.size(), 1U);
}

TEST_F(Layouts, OneWhoseLayoutNobodyOrderedFailsInTimeWithTheReason) {
  it_.in_force(kWhole);
  it_.due();
  auto plan = planning::plan(it_.desired, it_.observed);
  ASSERT_EQ(plan.idle.size(), 1U) << "no session on a wrong layout";
  EXPECT_THAT(plan.idle.front().why.reason, HasSubstr("none with these units is ordered"));
  it_.at(it_.start() + 16min);
  plan = planning::plan(it_.desired, it_.observed);
  const auto closed = std::ranges::find_if(
      plan.actions, [](const Action& one) { return std::holds_alternative<CloseReservation>(one); });
  ASSERT_NE(closed, plan.actions.end());
  EXPECT_THAT(std::get<CloseReservation>(*closed).reason, HasSubstr("none with these units is ordered"));
  it_.order(kSlices, 5min);
  plan = planning::plan(it_.desired, it_.observed);
  ASSERT_EQ(plan.idle.size(), 1U);
  EXPECT_EQ(plan.idle.front().why.until, it_.desired.now + 5min) << "one that is to come is waited for";
}

TEST_F(Layouts, TheLatestOrderCountsAndEarlierOnesAreReplaced) {
  it_.in_force(kWhole);
  it_.order(kSlices, -20min);
  it_.order(kWhole, -10min);
  it_.labelled(kWhole).mig_state("success").offers(it_.of(kWhole));
  const auto kept = written();
  EXPECT_EQ(kept.order, 3);
  EXPECT_THAT(kept.replaced, ElementsAre(2));
  EXPECT_TRUE(kept.takes_force) << "it is there already";
}

TEST_F(Layouts, AfterABootNoSessionStartsBeforeItsLayoutWasLookedAt) {
  it_.in_force(kSlices);
  it_.due();
  EXPECT_FALSE(wait());
  it_.boot("boot-2").offers({});
  ASSERT_TRUE(wait());
  EXPECT_THAT(wait()->why, HasSubstr("was booted"));
  EXPECT_TRUE(wait()->is_coming);
  EXPECT_EQ(written().progress.sentence, "Waits for the layout to be made again after the boot.");
  it_.offers(it_.of(kSlices));
  EXPECT_TRUE(wait()) << "not even then, until it is written down";
  const auto there = written();
  EXPECT_TRUE(there.takes_force);
  EXPECT_EQ(there.progress.boot, "boot-2");
  EXPECT_FALSE(wait());
}

TEST_F(Layouts, OneThatABootHasUndoneIsMadeAgainOnAWord) {
  it_.in_force(kSlices);
  it_.boot("boot-2").offers({});
  written();
  it_.later(31min);
  const auto stuck = written();
  EXPECT_EQ(stuck.progress.step, "gone_after_reboot");
  EXPECT_EQ(stuck.report.size(), 1U);
  it_.desired.layouts.front().retry_asked = true;
  EXPECT_EQ(written().label, "all-disabled");
  it_.labelled("all-disabled").later(40s);
  EXPECT_EQ(written().label, it_.name_of(kSlices));
  it_.labelled(kSlices).later(40s).mig_state("pending").settle();
  it_.later(1s).mig_state("success").offers(it_.of(kSlices));
  EXPECT_TRUE(written().takes_force);
  EXPECT_FALSE(wait());
}

TEST_F(Layouts, WhatIsThereIsNotTriedAgain) {
  it_.in_force(kSlices);
  it_.desired.layouts.front().retry_asked = true;
  const auto asked = written();
  EXPECT_TRUE(asked.retries);
  EXPECT_FALSE(asked.label);
  EXPECT_FALSE(step());
}

TEST_F(Layouts, AValidatorThatIsMadeAnewTakesBackNothing) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  it_.settle();
  it_.labelled(kSlices).later(40s).mig_state("pending").offers({}).settle();
  it_.later(40s).mig_state("success").settle();
  PodSeen validator;
  validator.name = std::string(kGpuValidator) + "-x1";
  validator.node = it_.node();
  validator.trouble = "The pod stops right after its start.";
  it_.observed.pods.push_back(validator);
  it_.later(6min).settle();
  EXPECT_EQ(it_.desired.layouts.back().progress.step, "enabled_but_empty");
  it_.observed.pods.clear();
  EXPECT_FALSE(step());
  it_.later(1s).offers(it_.of(kSlices));
  EXPECT_TRUE(written().takes_force);
}

TEST_F(Layouts, OneThatOvertakesAnotherWaitsUntilTheLabelOfThatOneWasTakenUp) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  it_.settle();
  it_.later(5s).labelled(kSlices);
  it_.order(kWhole);
  const auto waits = written();
  EXPECT_EQ(waits.label, std::nullopt)
      << "what is said and cut for the first would be taken for the second's";
  EXPECT_EQ(waits.progress.sentence, "Waits for the label before to be taken up.");
  EXPECT_FALSE(step());
  it_.later(26s).mig_state("pending").offers({});
  EXPECT_EQ(written().progress.sentence, "Waits for the cards to be cut.");
  it_.later(20s).mig_state("success").offers(it_.of(kSlices));
  EXPECT_EQ(written().label, it_.name_of(kWhole));
}

TEST_F(Layouts, NothingIsDoneOnAPictureThatMayBePast) {
  it_.in_force(kWhole);
  it_.order(kSlices);
  it_.unheard();
  EXPECT_FALSE(step());
  EXPECT_TRUE(wait());
}

/// Each known way to be stuck, as a node looks then, and what an admin reads.
struct Hang {
  std::string state;
  std::function<void(LayoutSituation&)> happens;
  std::string repair;
};

class StuckLayout : public testing::TestWithParam<Hang> {};

TEST_P(StuckLayout, IsNamedWithItsRepairAndGoesOnByAnAdminsWord) {
  LayoutSituation it;
  it.in_force(kWhole);
  it.order(kSlices);
  const auto go = [&] {
    std::optional<KeepLayout> last;
    for (auto all = plan_layouts(it.desired, it.observed); !all.empty();
         all = plan_layouts(it.desired, it.observed)) {
      it.write(all.front());
      if (all.front().label) it.labelled(*all.front().label);
      last = std::move(all.front());
    }
    return last;
  };
  go();
  it.later(15s).labelled(kSlices);
  GetParam().happens(it);
  go();
  it.later(45min);
  for (int i = 0; i < 3; ++i) {  // where it is tried again by itself, the same happens again
    go();
    it.later(45min);
    GetParam().happens(it);
    go();
    it.later(45min);
  }
  go();
  const auto& progress = it.desired.layouts.back().progress;
  EXPECT_EQ(progress.step, GetParam().state);
  EXPECT_TRUE(progress.stuck);
  EXPECT_THAT(progress.repair, HasSubstr(GetParam().repair));
  EXPECT_THAT(progress.repair, HasSubstr("berth gpu retry " + it.node()));
  ASSERT_EQ(it.desired.findings.size(), 1U);
  EXPECT_EQ(it.desired.findings.front().object, "nodes/" + it.node() + "/layout/" + GetParam().state);
  EXPECT_TRUE(plan_layouts(it.desired, it.observed).empty()) << "and nothing is done without a word";
  EXPECT_TRUE(layout_wait(it.booking(), it.desired, it.observed)) << "nobody starts on it";

  it.desired.layouts.back().retry_asked = true;
  auto again = plan_layouts(it.desired, it.observed);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again.front().retries);
  EXPECT_EQ(again.front().label, "all-disabled") << "the manager takes up another value alone";
  EXPECT_EQ(again.front().resolve.size(), 1U);
  it.write(again.front());
  it.labelled("all-disabled").mig_state("success").offers({{"nvidia.com/gpu", 1}}).unpaused().later(40s);
  go();
  EXPECT_EQ(it.desired.layouts.back().progress.label_given, it.name_of(kSlices));
  it.later(40s).mig_state("pending");
  go();
  it.later(40s).mig_state("success").offers(it.of(kSlices));
  go();
  EXPECT_TRUE(it.desired.layouts.back().in_force);
  EXPECT_TRUE(it.desired.findings.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, StuckLayout,
    testing::Values(
        Hang{"clients_paused", [](LayoutSituation& it) { it.mig_state("pending").offers({}).paused(); },
             "nvidia.com/gpu.deploy.device-plugin=true --overwrite"},
        Hang{"pending", [](LayoutSituation& it) { it.mig_state("pending").offers({}); }, "another layout"},
        Hang{"failed", [](LayoutSituation& it) { it.mig_state("failed").offers({}); },
             "log of the mig-manager"},
        Hang{"rebooting", [](LayoutSituation& it) { it.mig_state("rebooting").offers({}); },
             "reboot it by hand"},
        Hang{"success_without_capacity",
             [](LayoutSituation& it) {
               it.later(1s).mig_state("pending").settle();
               it.later(1s).mig_state("success").offers({});
             },
             "Reboot the node"},
        Hang{"enabled_but_empty",
             [](LayoutSituation& it) {
               auto& validator = it.pod("");
               validator.name = "nvidia-cuda-validator-x1";
               validator.gpus.clear();
               validator.trouble = "It crashes.";
               it.later(1s).mig_state("pending").settle();
               it.later(1s).mig_state("success").offers({});
             },
             "another layout"},
        Hang{"no_manager", [](LayoutSituation&) {}, "its manager onto the node"}),
    [](const testing::TestParamInfo<Hang>& of) { return of.param.state; });

}  // namespace
}  // namespace berth::planning
