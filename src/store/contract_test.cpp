// What ControlRows promises of who leads, of the beginning of a session and of what is written of it while it
// is there. On PostgreSQL and on the twin: whatever holds of one and not of the other is a fault of one of
// them.
#include <gmock/gmock.h>

#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using model::ReservationState;
using model::SessionPhase;
using planning::OnlyIf;
using storetwin::Audited;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(ControlContract, EachLeadHasAHigherEpochInItsClusterAlone) {
  EXPECT_EQ(lead_.epoch, 1);
  EXPECT_EQ(lead_.holder, "test");
  const auto other = must(control().take_lead("elsewhere", "other"));
  EXPECT_EQ(other.epoch, 1);
  world().advance(seconds(5));
  EXPECT_EQ(must(control().take_lead(lab_.cluster, "another")).epoch, 2);
  EXPECT_EQ(rows().leaders.at(lab_.cluster), (storetwin::Leader{2, "another", world().now()}));
  EXPECT_EQ(rows().leaders.at("elsewhere").epoch, 1);
}

TEST_P(ControlContract, NobodyLeadsAClusterThatIsNotDeclared) {
  const auto before = rows();
  const auto done = control().take_lead("nowhere", "test");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kConflict);
  EXPECT_EQ(done.error().slug, "unknown_cluster");
  EXPECT_EQ(rows(), before);
}

TEST_P(ControlContract, ALeadKnowsTheNewestSessionOfItsCluster) {
  EXPECT_EQ(lead_.newest_session, std::nullopt);
  running(1);
  world().advance(seconds(30));
  running(2);
  EXPECT_EQ(must(control().take_lead(lab_.cluster, "test")).newest_session, world().now());
  EXPECT_EQ(must(control().take_lead("elsewhere", "test")).newest_session, std::nullopt);
}

TEST_P(ControlContract, UnderAnEpochThatIsOverNothingIsWritten) {
  const auto id = running();
  const auto due = slice(-1, 2);
  must(control().add_hold(lead_, session(1), unit("gpu0-slice0").id, "lingers"));
  must(control().take_lead(lab_.cluster, "another"));
  const auto before = rows();
  const auto mine = lab_.units.front().id;
  const std::vector<Status> writes{
      control().close_reservation(lead_, {due, true, "late"}),
      control().record_steps(lead_, session(1), {a_step(model::StepName::kQuota)}),
      control().publish_endpoints(lead_, session(1), {{"workspace", "https://w1.example"}}),
      control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kCompleted, "over"}),
      control().move_units(lead_, session(1), {{mine}, {unit("gpu0-slice3").id}, "in use"}),
      control().add_hold(lead_, session(1), unit("gpu0-slice1").id, "lingers"),
      control().release_holds(lead_, session(1)),
      control().keep_outages(lead_, {}),
      control().answer_kubeconfig(lead_, "00000000-0000-4000-8000-000000000001", {}),
      control().drop_kubeconfig(lead_, "00000000-0000-4000-8000-000000000001"),
      control().report_finding(lead_, {"kind", "object", "detail", "none"}),
      control().resolve_finding(lead_, {"kind", "object"}),
      control().beat(lead_, {}),
      control().maintain(lead_)};
  for (const auto& done : writes) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kConflict);
    EXPECT_EQ(done.error().slug, kStaleEpoch);
  }
  const auto begun = control().begin_session(lead_, due, 1, names(2));
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().slug, kStaleEpoch);
  const auto set = control().set_phase(lead_, session(1), {.phase = SessionPhase::kReady});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().slug, kStaleEpoch);
  EXPECT_EQ(rows(), before);
  EXPECT_EQ(reservation(id).state, ReservationState::kActive);
}

TEST_P(ControlContract, ASessionBeginsWhenItsReservationHasBegun) {
  const auto id = slice(0, 4);
  go_to(step(0) - std::chrono::microseconds(1));
  const auto before = rows();
  EXPECT_FALSE(begin(id));
  EXPECT_EQ(rows(), before);

  go_to(step(0));
  EXPECT_TRUE(begin(id));
  EXPECT_EQ(reservation(id).state, ReservationState::kActive);
  EXPECT_EQ(reservation(id).version, 2);
  model::Session made;
  made.id = session(1);
  made.reservation = id;
  made.namespace_name = "berth-s-1";
  made.host = "w1.example";
  made.created_at = step(0);
  for (const auto name : model::kSteps) made.steps.push_back(a_step(name));
  EXPECT_EQ(row_of(), made);
  EXPECT_EQ(rows().tables.sessions.at(session(1)).cluster, lab_.cluster);
  const auto by = "reconciler:" + lab_.cluster;
  EXPECT_THAT(rows().audited, ElementsAre(Audited{by, "reservation.changed", "reservation", id.value,
                                                  ReservationState::kActive},
                                          Audited{"user:" + ana_.value, "reservation.created", "reservation",
                                                  id.value, ReservationState::kApproved},
                                          Audited{by, "session.created", "session", session(1).value, {}}));
  EXPECT_EQ(rows().events.back(), (storetwin::Event{step(0), "reservation", lab_.id, id, ana_}));
}

TEST_P(ControlContract, NoSessionBeginsOnceItsReservationIsOver) {
  const auto id = slice(0, 1);
  go_to(step(1));
  const auto before = rows();
  EXPECT_FALSE(begin(id)) << "the end is not of the window any more";
  EXPECT_EQ(rows(), before);
}

TEST_P(ControlContract, NoSessionBeginsForWhatWasCanceledOrIsEndedOrIsNotThere) {
  const auto canceled = slice(-1, 4);
  must(world().end(canceled));
  EXPECT_FALSE(begin(canceled));
  const auto ended = running(1);
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kAgain, ""}));
  must(world().end(ended));
  EXPECT_FALSE(begin(ended, 2, 2));
  EXPECT_FALSE(begin({"33333333-3333-4333-8333-333333333333"}, 3));
  EXPECT_THAT(rows().tables.sessions, SizeIs(1));
}

TEST_P(ControlContract, AReservationHasOneSessionAtATimeAndAttemptsGoUp) {
  const auto id = running(1);
  EXPECT_FALSE(begin(id, 2, 2)) << "the first is still there";
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kAgain, ""}));
  EXPECT_FALSE(begin(id, 2, 1)) << "that attempt was made";
  EXPECT_TRUE(begin(id, 2, 2));
  EXPECT_EQ(row_of(2).attempt, 2);
  EXPECT_EQ(reservation(id).version, 2) << "ACTIVE before and after";
}

TEST_P(ControlContract, NoTwoSessionsShareAnIdANamespaceOrAHost) {
  running(1);
  const auto id = slice(-1, 4);
  const auto before = rows();
  auto same_id = names(2);
  same_id.id = session(1);
  auto same_namespace = names(2);
  same_namespace.namespace_name = names(1).namespace_name;
  auto same_host = names(2);
  same_host.host = names(1).host;
  for (const auto& taken : {same_id, same_namespace, same_host}) {
    const auto done = control().begin_session(lead_, id, 1, taken);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kConflict);
  }
  EXPECT_EQ(rows(), before) << "the reservation is not ACTIVE either";
}

TEST_P(ControlContract, StepsAreWrittenAsTheyAreGiven) {
  running();
  const model::Step failed{.name = model::StepName::kQuota,
                           .state = model::StepState::kFailed,
                           .started_at = world().now(),
                           .finished_at = {},
                           .tries = 3,
                           .next_try_at = world().now() + seconds(4),
                           .detail = "The quota was refused."};
  must(control().record_steps(lead_, session(1), {failed}));
  const auto steps = row_of().steps;
  ASSERT_THAT(steps, SizeIs(model::kSteps.size()));
  for (const auto& step : steps) {
    EXPECT_EQ(step, step.name == failed.name ? failed : a_step(step.name));
  }
  EXPECT_EQ(rows().events.back().kind, "session");
}

TEST_P(ControlContract, EndpointsAreWrittenAsTheyAreGiven) {
  running();
  must(control().publish_endpoints(lead_, session(1), {{"workspace", "https://w1.example"}, {"api", "x"}}));
  EXPECT_THAT(row_of().endpoints,
              ElementsAre(model::Endpoint{"workspace", "https://w1.example"}, model::Endpoint{"api", "x"}));
  must(control().publish_endpoints(lead_, session(1), {}));
  EXPECT_THAT(row_of().endpoints, IsEmpty());
}

TEST_P(ControlContract, OfASessionThatThereIsNotNothingIsWritten) {
  const auto before = rows();
  must(control().record_steps(lead_, session(1), {a_step(model::StepName::kQuota)}));
  must(control().publish_endpoints(lead_, session(1), {{"workspace", "https://w1.example"}}));
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), {.phase = SessionPhase::kReady})));
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kFailed, "gone"}));
  must(control().add_hold(lead_, session(1), unit("gpu0-slice0").id, "lingers"));
  must(control().release_holds(lead_, session(1)));
  const auto moved = control().move_units(lead_, session(1), {{}, {}, ""});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, Code::kNotFound);
  EXPECT_EQ(rows(), before);
}

TEST_P(ControlContract, APhaseKeepsWhenItWasReachedFirst) {
  running();
  const auto ready_at = world().now();
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), {.phase = SessionPhase::kReady})));
  world().advance(minutes(1));
  const planning::SetPhase degraded{
      .phase = SessionPhase::kDegraded, .reason = "A pod crashed.", .failed = true};
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), degraded)));
  EXPECT_EQ(row_of().reason, "A pod crashed.");
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), {.phase = SessionPhase::kReady})));
  EXPECT_EQ(row_of().ready_at, ready_at);
  EXPECT_EQ(row_of().reason, "");
  EXPECT_TRUE(row_of().failed) << "once it is, it stays so";
  const auto stopping_at = world().now();
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), {.phase = SessionPhase::kStopping})));
  world().advance(minutes(1));
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), {.phase = SessionPhase::kStopping})));
  EXPECT_EQ(row_of().stopping_at, stopping_at);
}

TEST_P(ControlContract, APhaseThatDependsOnTheEndIsSetFromTheEndOn) {
  const auto id = running(1, 1);
  const planning::SetPhase stop{.phase = SessionPhase::kStopping,
                                .reason = "Over.",
                                .failed = false,
                                .only_if = OnlyIf::kReservationOver};
  go_to(step(1) - std::chrono::microseconds(1));
  const auto before = rows();
  EXPECT_FALSE(must(control().set_phase(lead_, session(1), stop)));
  EXPECT_EQ(rows(), before);
  must(world().extend(id, minutes(30)));
  go_to(step(1));
  EXPECT_FALSE(must(control().set_phase(lead_, session(1), stop))) << "it was extended meanwhile";
  go_to(step(2));
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), stop)));
  EXPECT_EQ(row_of().phase, SessionPhase::kStopping);
  EXPECT_FALSE(must(control().set_phase(lead_, session(7), stop))) << "there is no such session";
}

TEST_P(ControlContract, NoSessionIsGoneButByItsFinishAndThenItStaysSo) {
  running();
  const auto before = rows();
  const auto gone = control().set_phase(lead_, session(1), {.phase = SessionPhase::kGone});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kInternal);
  EXPECT_EQ(rows(), before);
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kAgain, ""}));
  const auto finished = row_of();
  EXPECT_TRUE(must(control().set_phase(lead_, session(1), {.phase = SessionPhase::kReady, .reason = "no"})));
  EXPECT_EQ(row_of(), finished);
}

INSTANTIATE_TEST_SUITE_P(Of, ControlContract, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
