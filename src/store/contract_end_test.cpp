// What ControlRows promises of ends: of sessions, of reservations, of claims and holds; and of what the sweep
// and the heartbeat write. On PostgreSQL and on the twin.
#include <gmock/gmock.h>

#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using model::ReservationState;
using model::SessionPhase;
using Outcome = planning::FinishSession::Outcome;
using storetwin::Claim;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ControlEnds : public ControlContract {
 protected:
  void finish(Outcome outcome, const std::string& reason = "Its time was over.", int n = 1) {
    must(control().finish_session(lead_, session(n), {outcome, reason}));
  }
  Window during(const model::ReservationId& id) { return claims(id).at(0).during; }
  static planning::KeepOutages begins(model::UnitId unit, const std::string& why) {
    planning::KeepOutages outages;
    outages.begin.push_back({unit, why});
    return outages;
  }
};

TEST_P(ControlEnds, AFinishedSessionCutsItsClaimsAndReleasesItsHoldsAndNobodyElses) {
  const auto id = running(1);
  const auto other = running(2);
  const auto start = reservation(id).window.start;
  must(control().add_hold(lead_, session(1), unit("gpu0-slice2").id, "lingers"));
  must(control().add_hold(lead_, session(2), unit("gpu0-slice3").id, "lingers"));
  world().advance(minutes(10));
  finish(Outcome::kCompleted);
  EXPECT_EQ(row_of().phase, SessionPhase::kGone);
  EXPECT_EQ(row_of().gone_at, world().now());
  EXPECT_EQ(reservation(id).state, ReservationState::kCompleted);
  EXPECT_EQ(reservation(id).reason, "Its time was over.");
  EXPECT_EQ(reservation(id).version, 3);
  EXPECT_EQ(during(id), (Window{start, world().now()}));
  EXPECT_TRUE(claims(id).at(0).live) << "it is history that usage is computed from";
  const auto holds = rows().tables.holds;
  EXPECT_EQ(holds.at(0).released_at, world().now());
  EXPECT_EQ(holds.at(1).released_at, std::nullopt);
  EXPECT_EQ(during(other).end, step(4));

  const auto before = rows();
  world().advance(minutes(1));
  finish(Outcome::kFailed, "again");
  EXPECT_EQ(rows(), before) << "done before, by a try that was cut off after its commit";
}

TEST_P(ControlEnds, AClaimThatIsOverIsNotLengthenedNorOneThatHasJustBegunEmptied) {
  const auto over = running(1, 1);
  go_to(step(3));
  finish(Outcome::kCompleted);
  EXPECT_EQ(during(over).end, step(1));
  const auto fresh = running(2, 8);
  finish(Outcome::kCompleted, "", 2);
  EXPECT_EQ(during(fresh), (Window{step(3), step(8)})) << "no time passed";
}

TEST_P(ControlEnds, AFailedSessionSaysWhyAndAnEndedOneKeepsItsReason) {
  const auto failed = running(1);
  must(world().end(failed));
  finish(Outcome::kFailed, "It could not start.");
  EXPECT_EQ(reservation(failed).state, ReservationState::kFailed);
  EXPECT_EQ(reservation(failed).reason, "It could not start.");
  const auto ended = running(2);
  must(world().end(ended));
  finish(Outcome::kCompleted, "Its time was over.", 2);
  EXPECT_EQ(reservation(ended).state, ReservationState::kCompleted);
  EXPECT_EQ(reservation(ended).reason, "Ended by its owner.");
}

TEST_P(ControlEnds, AReservationThatIsToHaveAnotherSessionKeepsItsClaims) {
  const auto id = running(1);
  must(control().add_hold(lead_, session(1), unit("gpu0-slice2").id, "lingers"));
  const auto held = claims(id);
  world().advance(minutes(10));
  finish(Outcome::kAgain);
  EXPECT_EQ(reservation(id).state, ReservationState::kActive);
  EXPECT_EQ(reservation(id).version, 2);
  EXPECT_EQ(claims(id), held);
  EXPECT_TRUE(rows().tables.holds.at(0).released_at);
}

TEST_P(ControlEnds, WhatNeverBeganIsClosedAsFailedAndGivesItsClaimsUp) {
  const auto id = slice(0, 4);
  must(control().close_reservation(lead_, {id, false, "over"}));
  EXPECT_EQ(reservation(id).state, ReservationState::kApproved) << "it did not complete";
  must(control().close_reservation(lead_, {id, true, "It could not start."}));
  EXPECT_EQ(reservation(id).state, ReservationState::kFailed);
  EXPECT_EQ(reservation(id).reason, "It could not start.");
  EXPECT_FALSE(claims(id).at(0).live);
  EXPECT_EQ(during(id), (Window{step(0), step(4)}));
  EXPECT_EQ(rows().events.back().kind, "reservation");
}

TEST_P(ControlEnds, WhatBeganIsClosedAsCompletedOnceItHasNoSession) {
  const auto id = running(1);
  world().advance(minutes(5));
  auto before = rows();
  must(control().close_reservation(lead_, {id, false, "over"}));
  EXPECT_EQ(rows(), before) << "its session is still there";
  finish(Outcome::kAgain);
  before = rows();
  must(control().close_reservation(lead_, {id, true, "late"}));
  EXPECT_EQ(rows(), before) << "it did begin";
  must(control().close_reservation(lead_, {id, false, "over"}));
  EXPECT_EQ(reservation(id).state, ReservationState::kCompleted);
  EXPECT_EQ(reservation(id).reason, "over");
  EXPECT_TRUE(claims(id).at(0).live);
  EXPECT_EQ(during(id).end, world().now());
  before = rows();
  must(control().close_reservation(lead_, {id, false, "over"}));
  must(control().close_reservation(lead_, {{"33333333-3333-4333-8333-333333333333"}, false, "over"}));
  EXPECT_EQ(rows(), before);
}

TEST_P(ControlEnds, AUnitIsHeldOnceForASessionAndFromItsEndAtTheLatest) {
  running(1, 1);
  const auto held = unit("gpu0-slice2").id;
  must(control().add_hold(lead_, session(1), held, "lingers"));
  world().advance(minutes(1));
  must(control().add_hold(lead_, session(1), held, "still lingers"));
  ASSERT_THAT(rows().tables.holds, SizeIs(1));
  EXPECT_EQ(rows().tables.holds.at(0), (storetwin::Hold{held, session(1), begun_, "lingers", {}}));
  EXPECT_THAT(desired().holds, SizeIs(1));
  must(control().release_holds(lead_, session(1)));
  EXPECT_EQ(rows().tables.holds.at(0).released_at, world().now());
  EXPECT_THAT(desired().holds, IsEmpty());
  go_to(step(2));
  must(control().add_hold(lead_, session(1), held, "lingers"));
  ASSERT_THAT(rows().tables.holds, SizeIs(2));
  EXPECT_EQ(rows().tables.holds.at(1).since, step(1)) << "from the end on it keeps what is not its own";
  EXPECT_EQ(rows().events.back().kind, "calendar");
  const auto unknown = control().add_hold(lead_, session(1), {987'654}, "lingers");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kConflict);
}

TEST_P(ControlEnds, AHeldUnitIsNotBooked) {
  running(1);
  for (const auto* name : {"gpu0-slice1", "gpu0-slice2", "gpu0-slice3"})
    must(control().add_hold(lead_, session(1), unit(name).id, "lingers"));
  const auto refused = must(try_book("slice-24gb", 1, 0, 1));
  ASSERT_TRUE(std::holds_alternative<booking::Shortage>(refused));
  EXPECT_EQ(std::get<booking::Shortage>(refused).free, 0);
  must(control().release_holds(lead_, session(1)));
  EXPECT_TRUE(std::holds_alternative<model::Reservation>(must(try_book("slice-24gb", 1, 0, 1))));
}

TEST_P(ControlEnds, AHoldOfASessionThatIsGoneSaysItsNamespace) {
  running(1);
  const auto held = unit("gpu0-slice2").id;
  must(control().add_hold(lead_, session(1), held, "lingers"));
  EXPECT_THAT(desired().holds, ElementsAre(planning::OpenHold{held, session(1), ""}));
  finish(Outcome::kCompleted);
  must(control().add_hold(lead_, session(1), held, "lingers"));
  EXPECT_THAT(desired().holds, ElementsAre(planning::OpenHold{held, session(1), "berth-s-1"}));
}

TEST_P(ControlEnds, AnOutageTakesAUnitOutOfServiceOnceAndGivesItBack) {
  const auto out = unit("gpu0-slice2").id;
  const auto is_out = [&] {
    for (const auto& one : desired().units) {
      if (one.unit == out) return one.out;
    }
    throw std::out_of_range("the unit is not among those of the cluster");
  };
  EXPECT_FALSE(is_out());
  must(control().keep_outages(lead_, begins(out, "Node gpu-node-1 is not ready.")));
  const auto begun = world().now();
  world().advance(minutes(1));
  must(control().keep_outages(lead_, begins(out, "again")));
  ASSERT_THAT(rows().tables.holds, SizeIs(1));
  EXPECT_EQ(rows().tables.holds.at(0),
            (storetwin::Hold{out, {}, begun, "Node gpu-node-1 is not ready.", {}}));
  EXPECT_TRUE(is_out());
  EXPECT_THAT(desired().holds, IsEmpty()) << "it is no session's";
  for (const auto* name : {"gpu0-slice0", "gpu0-slice1", "gpu0-slice3"})
    must(control().keep_outages(lead_, begins(unit(name).id, "away")));
  EXPECT_TRUE(std::holds_alternative<booking::Shortage>(must(try_book("slice-24gb", 1, 0, 1))));
  planning::KeepOutages over;
  over.end = {out, unit("gpu0-slice0").id};
  must(control().keep_outages(lead_, over));
  EXPECT_FALSE(is_out());
  EXPECT_EQ(rows().tables.holds.at(0).released_at, world().now());
  EXPECT_TRUE(std::holds_alternative<model::Reservation>(must(try_book("slice-24gb", 1, 0, 1))));
}

TEST_P(ControlEnds, NamespacesAreThoseOfSessionsOfAnyCluster) {
  running(1);
  running(2);
  finish(Outcome::kCompleted);
  const auto all = must(control().namespaces({}));
  EXPECT_THAT(all.live, ElementsAre("berth-s-2"));
  EXPECT_THAT(all.gone, IsEmpty());
  const auto asked = must(control().namespaces({"berth-s-1", "berth-s-2", "berth-s-7"}));
  EXPECT_THAT(asked.live, ElementsAre("berth-s-2"));
  EXPECT_THAT(asked.gone, ElementsAre("berth-s-1"));
}

TEST_P(ControlEnds, AFindingIsOpenOnceUntilItIsResolved) {
  const auto first_seen = world().now();
  must(control().report_finding(lead_, {"orphan", "berth-s-7", "no row", "none"}));
  world().advance(minutes(5));
  must(control().report_finding(lead_, {"orphan", "berth-s-7", "other words", "none"}));
  must(control().report_finding(lead_, {"orphan", "berth-s-8", "no row", "none"}));
  ASSERT_THAT(rows().tables.findings, SizeIs(2));
  EXPECT_EQ(rows().tables.findings.at(0),
            (storetwin::Finding{lab_.cluster, "orphan", "berth-s-7", "no row", "none", first_seen, {}}));
  EXPECT_THAT(desired().findings, SizeIs(2));
  must(control().resolve_finding(lead_, {"orphan", "berth-s-7"}));
  must(control().resolve_finding(lead_, {"other", "berth-s-8"}));
  EXPECT_EQ(rows().tables.findings.at(0).resolved_at, world().now());
  EXPECT_THAT(desired().findings, SizeIs(1));
  world().advance(minutes(5));
  must(control().report_finding(lead_, {"orphan", "berth-s-7", "no row", "none"}));
  EXPECT_THAT(rows().tables.findings, SizeIs(3)) << "it is seen anew";
}

TEST_P(ControlEnds, TheHeartbeatIsOneRow) {
  must(control().beat(lead_, {std::chrono::microseconds(1'234'567), 3, "slow", world().now(), "a fence"}));
  world().advance(seconds(30));
  must(control().beat(lead_, {std::chrono::microseconds(999), 2, "", {}}));
  EXPECT_THAT(rows().beats, SizeIs(1));
  EXPECT_EQ(rows().beats.at(lab_.cluster), (storetwin::Beat{1, "test", world().now(), {}, 2, "", {}, ""}));
}

TEST_P(ControlEnds, OldEventsGoAndTheNewestStays) {
  slice(0, 1);
  world().advance(hours(40));
  must(try_book("slice-24gb", 1, 100, 101));
  must(control().maintain(lead_));
  EXPECT_THAT(rows().events, SizeIs(2));
  world().advance(hours(9));
  must(control().maintain(lead_));
  EXPECT_THAT(rows().events, SizeIs(1));
  world().advance(hours(100));
  must(control().maintain(lead_));
  EXPECT_THAT(rows().events, SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Of, ControlEnds, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
