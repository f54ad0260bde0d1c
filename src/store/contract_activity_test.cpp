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

class ControlDeviceUse : public ControlActivity {
 protected:
  void measure(int busy, Duration age = Duration(0), std::string namespace_name = "") {
    if (namespace_name.empty()) namespace_name = rows().tables.sessions.at(session(1)).session.namespace_name;
    must(control().hear_device_use(lead_, {{std::move(namespace_name), busy, age}}));
  }
  std::optional<said::DeviceUse> known() {
    const auto all = rows().tables.device_use;
    const auto found = all.find(session(1));
    return found == all.end() ? std::nullopt : std::optional(found->second);
  }
  void up() {
    running(1);
    set(model::SessionPhase::kReady);
    world().advance(minutes(1));
  }
};

TEST_P(ControlDeviceUse, IsTheLastAndWhenItWasInUse) {
  up();
  const auto before = rows();
  const auto first = world().now() - seconds(4);
  measure(9, seconds(4));
  EXPECT_EQ(known(), (said::DeviceUse{first, first, 9, std::nullopt})) << "it is held, not used";
  world().advance(minutes(1));
  const auto second = world().now();
  measure(10);
  EXPECT_EQ(known(), (said::DeviceUse{first, second, 10, second}));
  world().advance(minutes(1));
  measure(0);
  EXPECT_EQ(known(), (said::DeviceUse{first, world().now(), 0, second}));
  EXPECT_EQ(rows().events, before.events);
  EXPECT_EQ(rows().audited, before.audited);
}

TEST_P(ControlDeviceUse, IsWrittenDownSeldomAndOnlyWhatMayBe) {
  up();
  for (const int busy : {-1, 1001}) measure(busy);
  for (const Duration age : {Duration(seconds(-1)), Duration(minutes(11)), Duration(hours(24))})
    measure(500, age);
  measure(500, minutes(2));  // when there was no such session yet
  measure(500, Duration(0), "kube-system");
  EXPECT_EQ(known(), std::nullopt);
  measure(500);
  const auto first = known();
  world().advance(seconds(29));
  measure(0);
  EXPECT_EQ(known(), first);
  world().advance(seconds(1));
  measure(0);
  EXPECT_EQ(known()->busy_permille, 0);
}

TEST_P(ControlDeviceUse, IsOfWhatIsUpAndGoesWithItsSession) {
  running(1);
  world().advance(minutes(1));
  measure(500);
  EXPECT_EQ(known(), std::nullopt) << "it is on its way up";
  set(model::SessionPhase::kReady);
  measure(500);
  EXPECT_TRUE(known());
  set(model::SessionPhase::kStopping);
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kCompleted, "over"}));
  EXPECT_EQ(known(), std::nullopt);
}

TEST_P(ControlDeviceUse, IsHeardByTheLeaderAlone) {
  up();
  must(control().take_lead(lab_.cluster, "another"));
  const auto late = control().hear_device_use(lead_, {{"berth-s-1", 500, Duration(0)}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().slug, kStaleEpoch);
}

INSTANTIATE_TEST_SUITE_P(Of, ControlActivity, both_forms(), name_of_form);
INSTANTIATE_TEST_SUITE_P(Of, ControlDeviceUse, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
