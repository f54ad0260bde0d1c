// What the reconciler reads, how claims move, and what the portal does beside it. On PostgreSQL and on the
// twin.
#include <gmock/gmock.h>

#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using model::ReservationState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ControlReads : public ControlContract {
 protected:
  void lay(const model::Pool& pool) { lab_ = world().put_pool(pool); }
  std::vector<std::string> names_of(const std::vector<model::Unit>& units) {
    std::vector<std::string> names;
    for (const auto& one : units) names.push_back(one.name);
    return names;
  }
  std::string unit_of(const model::ReservationId& id) { return lab_.find_unit(claims(id).at(0).unit)->name; }
  Window during_of(const model::ReservationId& id) { return claims(id).at(0).during; }
  std::vector<std::string> spares() { return names_of(desired().sessions.at(0).spare_units); }
  void expect_taken(const Status& done) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kConflict);
    EXPECT_EQ(done.error().slug, "units_taken");
  }
  Status move(const std::string& from, const std::string& to, int n = 1) {
    return control().move_units(lead_, session(n), {{unit(from).id}, {unit(to).id}, "in use"});
  }
};

TEST_P(ControlReads, WhatHasBegunAndHasNoSessionIsDueByItsStart) {
  const auto later = slice(1, 6);
  const auto first = slice(0, 2);
  slice(3, 4);
  EXPECT_THAT(desired().due, IsEmpty());
  go_to(step(2));
  auto due = desired().due;
  ASSERT_THAT(due, SizeIs(2));
  EXPECT_EQ(due[0].booked.reservation, reservation(first)) << "over too: it is to be closed";
  EXPECT_EQ(due[1].booked.reservation, reservation(later));
  EXPECT_EQ(due[1].attempts, 0);
  EXPECT_TRUE(begin(later));
  must(control().close_reservation(lead_, {first, true, "late"}));
  EXPECT_THAT(desired().due, IsEmpty());
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kAgain, ""}));
  due = desired().due;
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].attempts, 1);
}

TEST_P(ControlReads, WhatIsBookedIsReadWithAllThatItsSessionIsMadeFrom) {
  const auto id = book("slice-24gb", 2, -1, 4);
  const auto check = [&](const planning::Booked& booked) {
    EXPECT_EQ(booked.reservation, reservation(id));
    EXPECT_EQ(booked.device_class, *lab_.find_class("slice-24gb"));
    EXPECT_EQ(booked.node, lab_.nodes.front());
    EXPECT_EQ(booked.cluster, lab_cluster());
    EXPECT_EQ(booked.time_zone, lab_.time_zone);
    EXPECT_EQ(booked.start_deadline, lab_.policy.start_deadline);
    EXPECT_EQ(booked.owner_email, "ana@example.org");
    EXPECT_THAT(names_of(booked.units), ElementsAre("gpu0-slice0", "gpu0-slice1"));
    for (const auto& one : booked.units) EXPECT_EQ(one, *lab_.find_unit(one.id));
  };
  ASSERT_THAT(desired().due, SizeIs(1));
  check(desired().due[0].booked);
  begin(id);
  ASSERT_THAT(desired().sessions, SizeIs(1));
  check(desired().sessions[0].booked);
  EXPECT_EQ(desired().sessions[0].session, row_of());
  EXPECT_EQ(desired().now, world().now());
  EXPECT_EQ(desired().installation, must(control().installation()));
}

TEST_P(ControlReads, SessionsAreThoseOfTheClusterThatAreNotGoneByWhenTheyWereMade) {
  const auto first = slice(-1, 4);
  const auto second = slice(-1, 4);
  begin(second, 2);
  world().advance(seconds(1));
  begin(first, 1);
  running(3);
  ASSERT_THAT(desired().sessions, SizeIs(3));
  EXPECT_EQ(desired().sessions[0].session.id, session(2));
  must(control().finish_session(lead_, session(2), {planning::FinishSession::Outcome::kCompleted, ""}));
  EXPECT_THAT(desired().sessions, SizeIs(2));
  EXPECT_THAT(must(control().desired("elsewhere")).sessions, IsEmpty());
}

TEST_P(ControlReads, ClustersAreThoseThatAreDeclaredAndEachReadsItsOwn) {
  EXPECT_THAT(must(control().clusters()), ElementsAre(lab_.cluster, "elsewhere"));
  auto other = other_pool("other");
  other.cluster = "elsewhere";
  world().put_pool(other);
  running(1);
  EXPECT_THAT(must(control().desired("elsewhere")).sessions, IsEmpty());
  EXPECT_EQ(must(control().desired("elsewhere")).next_edge, std::nullopt);
  EXPECT_THAT(must(control().desired("nowhere")).due, IsEmpty());
}

TEST_P(ControlReads, WhatIsDeclaredOfAClusterAnewIsReadByTheNextLook) {
  running(1);
  auto cluster = lab_cluster();
  cluster.workspace_image = "berth/workspace:2";
  world().put_cluster(cluster);
  EXPECT_EQ(desired().sessions.at(0).booked.cluster, cluster);
}

TEST_P(ControlReads, TheNextEdgeIsAStartOfWhatWaitsOrAnEndOfWhatRuns) {
  EXPECT_EQ(desired().next_edge, std::nullopt);
  const auto id = running(1, 2);
  EXPECT_EQ(desired().next_edge, step(2));
  const auto next = slice(1, 6);
  EXPECT_EQ(desired().next_edge, step(1));
  go_to(step(1));
  EXPECT_EQ(desired().next_edge, step(2)) << "what is to begin now is due, and no edge ahead";
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kCompleted, ""}));
  EXPECT_EQ(desired().next_edge, std::nullopt);
  begin(next, 2);
  EXPECT_EQ(desired().next_edge, step(6));
  EXPECT_EQ(reservation(id).state, ReservationState::kCompleted);
}

TEST_P(ControlReads, SparesAreUnitsThatNobodyClaimsOrHoldsInTheWindowWhileTheDeviceIsWaitedFor) {
  const auto id = running(1, 4);
  EXPECT_EQ(unit_of(id), "gpu0-slice0");
  EXPECT_THAT(spares(), ElementsAre("gpu0-slice1", "gpu0-slice2", "gpu0-slice3"));
  slice(1, 6);  // takes one for a part of the window
  EXPECT_THAT(spares(), SizeIs(2));
  slice(4, 8);  // begins when the window ends
  EXPECT_THAT(spares(), SizeIs(2));
  must(control().add_hold(lead_, session(1), unit(spares().back()).id, "lingers"));
  EXPECT_THAT(spares(), SizeIs(1));
  must(control().release_holds(lead_, session(1)));
  EXPECT_THAT(spares(), SizeIs(2));
  const auto free = a_step(model::StepName::kDeviceFree, model::StepState::kDone);
  must(control().record_steps(lead_, session(1), {free}));
  EXPECT_THAT(spares(), IsEmpty());
}

TEST_P(ControlReads, AUnitOutOfServiceIsNoSpareAndNothingMovesThere) {
  running(1);
  auto pool = lab_;
  for (auto& one : pool.units) one.out_of_service = one.name == "gpu0-slice2";
  lay(pool);
  EXPECT_THAT(spares(), ElementsAre("gpu0-slice1", "gpu0-slice3"));
  const auto before = rows();
  expect_taken(move("gpu0-slice0", "gpu0-slice2"));
  EXPECT_EQ(rows(), before);
}

TEST_P(ControlReads, SparesAndClaimsKnowTheirSiblings) {
  lay(two_layouts_pool());
  const auto id = running(1);
  EXPECT_EQ(unit_of(id), "gpu0-slice0");
  EXPECT_THAT(spares(), ElementsAre("gpu0-slice1", "gpu0-slice2", "gpu0-slice3"));
  const auto before = rows();
  expect_taken(move("gpu0-slice1", "gpu0-slice2"));  // it does not hold what is moved from
  EXPECT_EQ(rows(), before);
  EXPECT_TRUE(std::holds_alternative<booking::Shortage>(must(try_book("whole-96gb", 1, 0, 1))));
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kCompleted, ""}));
  EXPECT_THAT(desired().sessions, IsEmpty());
}

TEST_P(ControlReads, AMoveChangesTheClaimsUnitAndNothingElse) {
  const auto id = running(1);
  auto moved = claims(id);
  moved.at(0).unit = unit("gpu0-slice3").id;
  must(move("gpu0-slice0", "gpu0-slice3"));
  EXPECT_EQ(claims(id), moved);
  EXPECT_EQ(rows().events.back().kind, "calendar");
  EXPECT_EQ(rows().audited.front(),
            (storetwin::Audited{"reconciler:" + lab_.cluster, "claim.changed", "claim", id.value, {}}));
  EXPECT_EQ(desired().sessions.at(0).booked.units.at(0), unit("gpu0-slice3"));
}

TEST_P(ControlReads, AMoveToWhatIsTakenOrHeldOrOfWhatEndsChangesNothing) {
  const auto id = running(1);
  const auto other = slice(1, 3);
  const auto taken = unit_of(other);
  must(control().add_hold(lead_, session(1), unit("gpu0-slice3").id, "lingers"));
  auto before = rows();
  expect_taken(move("gpu0-slice0", taken));
  expect_taken(move("gpu0-slice0", "gpu0-slice3"));
  EXPECT_EQ(rows(), before);
  must(world().end(id));
  before = rows();
  expect_taken(move("gpu0-slice0", "gpu0-slice2"));
  EXPECT_EQ(rows(), before) << "what ends is not moved";
}

TEST_P(ControlReads, TwoClaimsOfOneReservationNeverComeToOneUnit) {
  const auto id = book("slice-24gb", 2, -1, 4);
  begin(id);
  const auto before = rows();
  const auto done = control().move_units(lead_, session(1),
                                         {{unit("gpu0-slice0").id, unit("gpu0-slice1").id},
                                          {unit("gpu0-slice2").id, unit("gpu0-slice2").id},
                                          ""});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kConflict);
  EXPECT_EQ(rows(), before);
}

TEST_P(ControlReads, ABookingMovesWhatHasNotBegunAndAuditSaysSo) {
  // Two of the four slices are taken for half of the time each: three are free throughout once the two share
  // one.
  const auto early = slice(0, 2);
  const auto beside = slice(2, 4);
  const auto late = slice(2, 4);
  ASSERT_EQ(unit_of(beside), unit_of(early));
  must(world().end(beside));
  ASSERT_NE(unit_of(late), unit_of(early));
  EXPECT_THAT(claims(book("slice-24gb", 3, 0, 4)), SizeIs(3));
  EXPECT_EQ(unit_of(late), unit_of(early));
  EXPECT_EQ(during_of(early), (Window{step(0), step(2)}));
  EXPECT_EQ(rows().audited.front().action, "claim.changed");
  EXPECT_EQ(rows().audited.front().actor, "user:" + ana_.value);
}

TEST_P(ControlReads, WhatIsCanceledIsFreeAtOnceAndWhatIsEndedWaitsForItsSession) {
  const auto canceled = slice(0, 4);
  const auto answered = must(world().end(canceled));
  EXPECT_EQ(answered, reservation(canceled));
  EXPECT_EQ(reservation(canceled).state, ReservationState::kCanceled);
  EXPECT_EQ(reservation(canceled).reason, "Canceled by its owner.");
  EXPECT_FALSE(claims(canceled).at(0).live);
  const auto id = running(1);
  EXPECT_EQ(must(world().end(id)).end_requested_at, world().now());
  EXPECT_EQ(reservation(id).state, ReservationState::kActive);
  EXPECT_TRUE(claims(id).at(0).live);
  EXPECT_EQ(claims(id).at(0).during.end, world().now() + minutes(10)) << "by then it is expected to be free";
  const auto before = rows();
  must(world().end(id));
  must(world().end(canceled));
  EXPECT_EQ(rows(), before) << "it ends already";
  const auto extended = world().extend(id, minutes(30));
  ASSERT_FALSE(extended);
  EXPECT_EQ(extended.error().slug, "reservation_over");
}

TEST_P(ControlReads, AnExtensionKeepsTheUnitsOfWhatRunsAndIsRefusedWhereTheyAreTaken) {
  const auto id = running(1, 2);
  const auto at = unit_of(id);
  auto after = must(world().extend(id, minutes(30)));
  ASSERT_TRUE(std::holds_alternative<model::Reservation>(after));
  EXPECT_EQ(std::get<model::Reservation>(after), reservation(id));
  EXPECT_EQ(reservation(id).window.end, step(3));
  EXPECT_EQ(claims(id).at(0).during, (Window{begun_, step(3)}));
  EXPECT_EQ(unit_of(id), at);
  book("slice-24gb", 3, -1, 8);
  const auto next = slice(3, 8);
  begin(next, 2);
  const auto before = rows();
  after = must(world().extend(id, step(5)));
  ASSERT_TRUE(std::holds_alternative<booking::Shortage>(after));
  EXPECT_EQ(rows(), before);
  EXPECT_FALSE(world().extend(id, step(2))) << "that is no extension";
}

TEST_P(ControlReads, ABookingIsHeldToTheRulesOfThePool) {
  const auto before = rows();
  EXPECT_EQ(try_book("slice-24gb", 1, 4, 4).error().code, Code::kInvalid);
  EXPECT_EQ(try_book("no-such-class", 1, 0, 4).error().code, Code::kInvalid);
  EXPECT_EQ(try_book("slice-24gb", 5, 0, 4).error().code, Code::kInvalid) << "no node has five";
  EXPECT_EQ(rows(), before);
}

TEST_P(ControlReads, KubeconfigsThatAreAskedForAreReadUntilTheyAreDropped) {
  const auto id = running();
  EXPECT_THAT(desired().kubeconfigs, IsEmpty());
  SystemRandom random;
  const entry::SealKeys keys(random);
  const std::string first = "00000000-0000-4000-8000-000000000001";
  const std::string second = "00000000-0000-4000-8000-000000000002";
  world().ask_kubeconfig(first, id, keys.public_half());
  const auto asked_at = world().now();
  world().advance(seconds(1));
  world().ask_kubeconfig(second, id, keys.public_half());
  const planning::KubeconfigRequest one{first, id, ana_, keys.public_half(), asked_at, false};
  auto two = one;
  two.id = second;
  two.asked_at = world().now();
  EXPECT_THAT(desired().kubeconfigs, ElementsAre(one, two));
  EXPECT_THAT(must(control().desired("elsewhere")).kubeconfigs, IsEmpty());

  must(control().answer_kubeconfig(lead_, second, *entry::seal(keys.public_half(), "a token")));
  two.answered = true;
  EXPECT_THAT(desired().kubeconfigs, ElementsAre(one, two));
  must(control().drop_kubeconfig(lead_, first));
  EXPECT_THAT(desired().kubeconfigs, ElementsAre(two));
  must(control().drop_kubeconfig(lead_, first)) /* and what is not there any more is nothing to drop */;
  must(control().answer_kubeconfig(lead_, first, *entry::seal(keys.public_half(), "late")));
  EXPECT_THAT(desired().kubeconfigs, ElementsAre(two));
}

INSTANTIATE_TEST_SUITE_P(Of, ControlReads, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
