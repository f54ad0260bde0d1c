// What ControlRows promises of when workspaces were last used: of what runs alone, not too often, and no news
// for anybody.
#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class ControlActivity : public ControlContract {
 protected:
  void set(model::SessionPhase phase, int n = 1) {
    must(control().set_phase(lead_, session(n), {.phase = phase}));
  }
  said::Activity used(Duration ago = Duration(0)) const {
    const auto now = world().now();
    return {.looked_at = now - ago,
            .editor = said::EditorUse{now - minutes(4)},
            .lab = said::LabUse{now - hours(1), 3, 1}};
  }
  void hear(const said::Activity& what, int n = 1) {
    must(control().hear_activity(lead_, {{session(n), what}}));
  }
  std::optional<said::Activity> heard() {
    const auto all = rows().tables.activity;
    const auto found = all.find(session(1));
    return found == all.end() ? std::nullopt : std::optional(found->second.what);
  }
};

TEST_P(ControlActivity, IsTheLastThatWasSaidAndIsReadWithTheSession) {
  running(1);
  set(model::SessionPhase::kReady);
  const auto before = rows();
  const auto first = used(seconds(20));
  hear(first);
  EXPECT_EQ(heard(), first);
  EXPECT_EQ(desired().sessions.front().activity, (planning::HeardActivity{first.looked_at, world().now()}));
  world().advance(seconds(60));
  const said::Activity next{.looked_at = world().now(), .editor = said::EditorUse{}};
  hear(next);
  EXPECT_EQ(heard(), next) << "what is not measured any more is not what it was";
  EXPECT_EQ(rows().events, before.events);
  EXPECT_EQ(rows().audited, before.audited);
}

TEST_P(ControlActivity, IsHeardSeldomAndNotAgain) {
  running(1);
  set(model::SessionPhase::kReady);
  const auto first = used();
  hear(first);
  world().advance(seconds(29));
  hear(used());
  EXPECT_EQ(heard(), first);
  world().advance(seconds(1));
  hear(first);
  EXPECT_EQ(rows().tables.activity.at(session(1)).heard_at, first.looked_at) << "it is as old as it is";
  hear(used(seconds(31)));
  EXPECT_EQ(heard(), first) << "of before";
  const auto next = used();
  hear(next);
  EXPECT_EQ(heard(), next);
}

TEST_P(ControlActivity, OfAClockAheadIsOfNow) {
  running(1);
  set(model::SessionPhase::kReady);
  hear(used(seconds(-40)));
  EXPECT_EQ(heard()->looked_at, world().now());
}

TEST_P(ControlActivity, OfWhatDoesNotRunIsNotHeardAndItGoesWithItsSession) {
  hear(used());
  EXPECT_TRUE(rows().tables.activity.empty()) << "there is no such session";
  running(1);
  hear(used());
  EXPECT_TRUE(rows().tables.activity.empty()) << "it is on its way up";
  set(model::SessionPhase::kDegraded);
  hear(used());
  EXPECT_EQ(rows().tables.activity.size(), 1U);
  set(model::SessionPhase::kStopping);
  world().advance(minutes(1));
  const auto before = rows().tables.activity;
  hear(used());
  EXPECT_EQ(rows().tables.activity, before);
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kCompleted, "over"}));
  EXPECT_TRUE(rows().tables.activity.empty());
}

TEST_P(ControlActivity, OfOneThatMayNotBeHeardHoldsUpNoOther) {
  running(1);
  set(model::SessionPhase::kReady);
  must(control().hear_activity(lead_, {{session(7), used()}, {session(1), used()}}));
  EXPECT_TRUE(heard());
}

TEST_P(ControlActivity, IsHeardByTheLeaderAlone) {
  running(1);
  set(model::SessionPhase::kReady);
  must(control().take_lead(lab_.cluster, "another"));
  const auto late = control().hear_activity(lead_, {{session(1), used()}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().slug, kStaleEpoch);
  EXPECT_TRUE(rows().tables.activity.empty());
}

INSTANTIATE_TEST_SUITE_P(Of, ControlActivity, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
