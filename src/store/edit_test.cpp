#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/check.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::SizeIs;

class Edit : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");
  model::UserId root_ = add_user("root@example.org", model::Role::kAdmin);

  Result<ChangeOutcome> try_edit(const model::UserId& who, const ReservationView& what,
                                 const booking::EditRequest& change) {
    return store::edit(connection_, author(who), viewer(who), what.reservation.id,
                       {what.reservation.version, change});
  }
  ReservationView edited(const ReservationView& what, const booking::EditRequest& change) {
    return std::get<Changed>(must(try_edit(ana_, what, change))).view;
  }
  Result<ChangeOutcome> try_extend(const model::ReservationId& id, ExtendRequest request) {
    return extend(connection_, author(ana_), viewer(ana_), id, request);
  }
};

TEST_F(Edit, MovesTheWindowAndItsClaims) {
  const auto before = slice(ana_, 2, 4);
  const auto after = edited(before, {.start = step(10), .end = step(14)});
  EXPECT_EQ(after.reservation.window, (Window{step(10), step(14)}));
  EXPECT_EQ(after.reservation.version, before.reservation.version + 1);
  EXPECT_EQ(after.unit_names, before.unit_names) << "units are kept where they can be";
  EXPECT_EQ(must(load_reservation(connection_, viewer(ana_), before.reservation.id)).reservation,
            after.reservation);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation_unit c JOIN berth.reservation r ON r.id = "
                   "c.reservation"
                   " WHERE c.during = tstzrange(r.start_at, r.end_at)"),
            1);
  EXPECT_EQ(
      number(
          "SELECT count(*) AS x FROM berth.audit WHERE action = 'reservation.edited' AND after ? 'start_at'"),
      1);
}

TEST_F(Edit, AnOverlapWithItselfIsNoObstacle) {
  book(ana_, request("slice-24gb", 3, 0, 8));
  const auto mine = slice(ana_, 2, 4);
  EXPECT_EQ(edited(mine, {.end = step(6)}).reservation.window, (Window{step(2), step(6)}));
}

TEST_F(Edit, ChangesClassUnitsAndLoad) {
  const auto before = slice(ana_, 2, 4);
  const auto more = edited(before, {.units = 3});
  EXPECT_THAT(more.unit_names, SizeIs(3));
  EXPECT_EQ(more.reservation.load, (Load{{45'000}, {276}, {1674}}));
  const auto whole =
      edited(more, {.device_class = "whole-96gb", .units = 1, .mode = model::Mode::kInferenceContainers});
  EXPECT_THAT(whole.unit_names, ElementsAre("gpu1"));
  EXPECT_EQ(whole.reservation.rate.value, 3'200'000) << "another class has another rate";
  EXPECT_EQ(whole.reservation.mode, model::Mode::kInferenceContainers);
  const auto less = edited(whole, {.cpu = CpuMilli{1'000}, .name = "small"});
  EXPECT_EQ(less.reservation.load.cpu.value, 1'000);
  EXPECT_EQ(less.reservation.load.memory.value, 372);
  EXPECT_EQ(less.reservation.name, "small");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation_unit"), 1);
}

TEST_F(Edit, TheRateIsTheOneOfWhenItWasBooked) {
  const auto before = slice(ana_, 2, 4);
  auto dearer = lab_pool();
  dearer.classes[1].rate.value = 9'000'000;
  must(apply_pool(connection_, admin_author(), dearer));
  EXPECT_EQ(edited(before, {.end = step(6)}).reservation.rate.value, 800'000);
}

TEST_F(Edit, AnOlderVersionIsToldWhatItIsNow) {
  const auto before = slice(ana_, 2, 4);
  edited(before, {.name = "second"});
  const auto outcome = must(try_edit(ana_, before, {.name = "third"}));
  ASSERT_TRUE(std::holds_alternative<Stale>(outcome));
  EXPECT_EQ(std::get<Stale>(outcome).current.reservation.name, "second");
  EXPECT_EQ(std::get<Stale>(outcome).current.reservation.version, 2);
}

TEST_F(Edit, ARefusalKeepsEverythingAndOffersBookings) {
  for (int i = 0; i < 4; ++i) slice(ben_, 6, 10);
  const auto before = slice(ana_, 2, 4);
  const auto outcome = must(try_edit(ana_, before, {.start = step(6), .end = step(8)}));
  ASSERT_TRUE(std::holds_alternative<Refused>(outcome));
  const auto& refused = std::get<Refused>(outcome);
  EXPECT_EQ(refused.shortage.resource, booking::Shortage::Resource::kUnits);
  ASSERT_FALSE(refused.offers.empty());
  EXPECT_EQ(refused.offers[0].request.start, booking::Start(step(10)));
  EXPECT_EQ(must(load_reservation(connection_, viewer(ana_), before.reservation.id)).reservation,
            before.reservation);
  EXPECT_EQ(units_of(before.reservation.id), before.unit_names);
  for (const auto& offer : refused.offers) book(ana_, offer.request);
}

TEST_F(Edit, WhoCanBookNoMoreIsOfferedNoBooking) {
  for (int i = 0; i < 4; ++i) slice(ben_, 6, 10);
  const auto before = slice(ana_, 2, 4);
  sql("UPDATE berth.pool SET policy = jsonb_set(policy, '{max_live_per_user}', '1')");
  const auto outcome = must(try_edit(ana_, before, {.start = step(6), .end = step(8)}));
  ASSERT_TRUE(std::holds_alternative<Refused>(outcome));
  EXPECT_THAT(std::get<Refused>(outcome).offers, SizeIs(0));
}

TEST_F(Edit, AnAdminIsOfferedNothingForATeamTheyAreNotIn) {
  add_member(add_team("vision"), ana_);
  for (int i = 0; i < 4; ++i) slice(ben_, 6, 10);
  const auto booked = must(create(connection_, author(ana_), viewer(ana_),
                                  {request("slice-24gb", 1, 2, 4), "vision"}, std::nullopt));
  const auto& before = std::get<Created>(booked).view;
  ASSERT_EQ(before.team_name, "vision");
  const auto outcome = must(try_edit(root_, before, {.start = step(6), .end = step(8)}));
  ASSERT_TRUE(std::holds_alternative<Refused>(outcome));
  const auto& refused = std::get<Refused>(outcome);
  ASSERT_FALSE(refused.offers.empty());
  for (const auto& offer : refused.offers) EXPECT_EQ(offer.team, std::nullopt);
}

TEST_F(Edit, OthersMakeRoomForAnEditToo) {
  book(ben_, request("slice-24gb", 2, 0, 8));
  const auto one = slice(ben_, 0, 4);
  const auto two = slice(ben_, 4, 8);  // takes the same unit, so that one slice is free throughout
  EXPECT_EQ(one.unit_names, two.unit_names);
  const auto mine = slice(ana_, 0, 4);
  EXPECT_THAT(edited(mine, {.end = step(8)}).unit_names, SizeIs(1));
}

TEST_F(Edit, ANameCanChangeWhereNothingElseFits) {
  const auto before = slice(ana_, 2, 4);
  auto smaller = lab_pool();
  smaller.policy.max_length = minutes(30);  // made under older rules
  must(apply_pool(connection_, admin_author(), smaller));
  EXPECT_EQ(edited(before, {.name = "kept"}).reservation.name, "kept");
}

TEST_F(Edit, OnlyTheOwnerAndAdminsEdit) {
  const auto team = add_team("vision");
  const auto lead = add_user("lead@example.org", model::Role::kLead);
  const auto mate = add_user("mate@example.org");
  add_member(team, ana_);
  add_member(team, lead, true);
  add_member(team, mate);
  const auto outcome =
      must(create(connection_, author(ana_), viewer(ana_), {request("slice-24gb", 1, 2, 4), "vision"}));
  const auto& mine = std::get<Created>(outcome).view;
  for (const auto& who : {lead, mate}) {
    const auto no = try_edit(who, mine, {.name = "theirs"});
    ASSERT_FALSE(no);
    EXPECT_EQ(no.error().code, Code::kForbidden);
  }
  const auto stranger = try_edit(ben_, mine, {.name = "theirs"});
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Code::kNotFound);
  EXPECT_TRUE(try_edit(root_, mine, {.name = "by an admin"}));
}

TEST_F(Edit, WhatHasBegunKeepsAllButItsEnd) {
  const auto mine = slice(ana_, 0, 4);
  begin(mine.reservation.id);
  const auto moved = try_edit(ana_, mine, {.start = step(6), .end = step(8)});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, Code::kInvalid);
  const auto longer = edited(mine, {.end = step(5)});
  EXPECT_EQ(longer.reservation.window.end, step(5));
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation_unit c JOIN berth.reservation r ON r.id = "
                   "c.reservation"
                   " WHERE c.during = tstzrange(r.start_at, r.end_at)"),
            1);
}

TEST_F(Edit, WhatIsOverCannotChange) {
  const auto mine = slice(ana_, 2, 4);
  must(store::end(connection_, author(ana_), viewer(ana_), mine.reservation.id));
  const auto outcome =
      store::edit(connection_, author(ana_), viewer(ana_), mine.reservation.id, {2, {.name = "late"}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().slug, "reservation_over");
}

TEST_F(Edit, ABookingThatShouldHaveBegunAndDidNotCanStillBeMoved) {
  const auto mine = slice(ana_, 1, 4);
  shift_back(mine.reservation.id, minutes(60));  // its start passed while the reconciler was down
  const auto later = edited(mine, {.start = step(8), .end = step(10)});
  EXPECT_EQ(later.reservation.window.start, step(8));
}

TEST_F(Edit, ExtendMovesTheEndOfWhatRuns) {
  const auto mine = slice(ana_, 1, 2);
  shift_back(mine.reservation.id, minutes(30));
  begin(mine.reservation.id);
  const auto outcome = must(try_extend(mine.reservation.id, {.version = {}, .end = {}, .by = minutes(45)}));
  const auto& after = std::get<Changed>(outcome).view.reservation;
  EXPECT_EQ(after.window, (Window{step(0), step(3)})) << "rounded up to a step";
  EXPECT_EQ(after.state, model::ReservationState::kActive);
  EXPECT_EQ(units_of(mine.reservation.id), mine.unit_names);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE action = 'reservation.extended'"), 1);
}

TEST_F(Edit, WhatRanOutIsOverWhileItsSessionIsTornDown) {
  const auto mine = slice(ana_, 0, 2);
  begin(mine.reservation.id);
  shift_back(mine.reservation.id, minutes(120));
  for (const auto& outcome : {try_extend(mine.reservation.id, {.version = {}, .end = {}, .by = minutes(240)}),
                              try_extend(mine.reservation.id, {.version = {}, .end = step(6), .by = {}}),
                              try_edit(ana_, mine, {.name = "late"})}) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::kConflict);
    EXPECT_EQ(outcome.error().slug, "reservation_over");
  }
}

TEST_F(Edit, WhoIsBehindARunningSessionMakesRoomForItsExtension) {
  const auto mine = slice(ana_, 1, 2);
  shift_back(mine.reservation.id, minutes(30));
  begin(mine.reservation.id);
  // Directly behind, on the same unit, and only movable elsewhere.
  const auto next = slice(ben_, 1, 3);
  sql(
      fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT unit FROM berth.reservation_unit WHERE "
                  "reservation = '{}')"
                  " WHERE reservation = '{}'",
                  mine.reservation.id.value, next.reservation.id.value));
  const auto outcome = must(try_extend(mine.reservation.id, {.version = {}, .end = step(2), .by = {}}));
  ASSERT_TRUE(std::holds_alternative<Changed>(outcome));
  EXPECT_EQ(units_of(mine.reservation.id), mine.unit_names);
  EXPECT_NE(units_of(next.reservation.id), mine.unit_names);
}

TEST_F(Edit, AnExtensionThatDoesNotFitOffersTheTimeElsewhere) {
  const auto mine = slice(ana_, 1, 2);
  shift_back(mine.reservation.id, minutes(30));
  begin(mine.reservation.id);
  const auto next = slice(ben_, 1, 3);
  sql(
      fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT unit FROM berth.reservation_unit WHERE "
                  "reservation = '{}')"
                  " WHERE reservation = '{}'",
                  mine.reservation.id.value, next.reservation.id.value));
  begin(next.reservation.id);  // it cannot move any more
  const auto outcome = must(try_extend(mine.reservation.id, {.version = {}, .end = step(3), .by = {}}));
  ASSERT_TRUE(std::holds_alternative<Refused>(outcome));
  const auto& refused = std::get<Refused>(outcome);
  EXPECT_EQ(refused.shortage.at, step(1));
  ASSERT_FALSE(refused.offers.empty());
  EXPECT_EQ(refused.offers[0].request.start, booking::Start(step(1))) << "the time on top, on another unit";
  EXPECT_EQ(refused.offers[0].request.end, step(3));
  book(ana_, refused.offers[0].request);
}

TEST_F(Edit, AnExtensionOffersNoTimeThatIsTooShortToBeBooked) {
  const auto mine = slice(ana_, 1, 2);
  shift_back(mine.reservation.id, minutes(30));
  begin(mine.reservation.id);
  for (int i = 0; i < 3; ++i) slice(ben_, 0, 1);
  const auto next = slice(ben_, 1, 2);
  sql(
      fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT unit FROM berth.reservation_unit WHERE "
                  "reservation = '{}')"
                  " WHERE reservation = '{}'",
                  mine.reservation.id.value, next.reservation.id.value));
  begin(next.reservation.id);
  const auto offered_lengths = [&] {
    const auto outcome = must(try_extend(mine.reservation.id, {.version = {}, .end = step(2), .by = {}}));
    std::vector<Duration> lengths;
    for (const auto& offer : std::get<Refused>(outcome).offers)
      lengths.push_back(offer.request.end.value() - std::get<Instant>(offer.request.start));
    return lengths;
  };
  EXPECT_THAT(offered_lengths(), Contains(minutes(30))) << "the time on top, on another unit";
  sql("UPDATE berth.pool SET policy = jsonb_set(policy, '{min_length_minutes}', '60')");
  EXPECT_THAT(offered_lengths(), Each(Ge(minutes(60))));
}

TEST_F(Edit, ExtendWantsOneEndAfterThePresentOne) {
  const auto mine = slice(ana_, 2, 4);
  const auto& id = mine.reservation.id;
  const auto field = [&](ExtendRequest request) {
    const auto outcome = try_extend(id, request);
    return outcome ? std::string("none") : outcome.error().fields.at(0).field;
  };
  EXPECT_EQ(field({}), "end");
  EXPECT_EQ(field({.version = {}, .end = step(6), .by = minutes(30)}), "end");
  EXPECT_EQ(field({.version = {}, .end = step(4), .by = {}}), "end");
  EXPECT_EQ(field({.version = {}, .end = {}, .by = minutes(0)}), "minutes");
  EXPECT_EQ(field({.version = {}, .end = {}, .by = minutes::max()}), "minutes");
  const auto stale = must(try_extend(id, {.version = 7, .end = step(6), .by = {}}));
  EXPECT_TRUE(std::holds_alternative<Stale>(stale));
}

class End : public Edit {};

TEST_F(End, BeforeTheStartItCancelsAndFreesAtOnce) {
  const auto mine = book(ana_, request("slice-24gb", 4, 2, 4));
  const auto view = must(store::end(connection_, author(ana_), viewer(ana_), mine.reservation.id));
  EXPECT_EQ(view.reservation.state, model::ReservationState::kCanceled);
  EXPECT_EQ(view.reservation.reason, "Canceled by its owner.");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE action = 'reservation.canceled'"), 1);
  book(ben_, request("slice-24gb", 4, 2, 4));
}

TEST_F(End, AfterTheStartItIsAskedFor) {
  const auto mine = book(ana_, request("slice-24gb", 4, 0, 4));
  begin(mine.reservation.id);
  const auto view = must(store::end(connection_, author(root_), viewer(root_), mine.reservation.id));
  EXPECT_EQ(view.reservation.state, model::ReservationState::kActive);
  EXPECT_TRUE(view.reservation.end_requested_at);
  EXPECT_EQ(view.reservation.reason, "Ended by an admin.");
  EXPECT_EQ(view.phase, model::SessionPhase::kStarting);
  const auto extended = try_extend(mine.reservation.id, {.version = {}, .end = step(6), .by = {}});
  ASSERT_FALSE(extended);
  EXPECT_EQ(extended.error().slug, "reservation_over");
}

TEST_F(End, WhatIsOverOrEndingIsAnsweredAsItIs) {
  const auto mine = slice(ana_, 2, 4);
  const auto first = must(store::end(connection_, author(ana_), viewer(ana_), mine.reservation.id));
  const auto again = must(store::end(connection_, author(ana_), viewer(ana_), mine.reservation.id));
  EXPECT_EQ(again.reservation, first.reservation);
}

TEST_F(End, WhatHasPassedItsEndIsNotEndedAgainAndCountsNoMore) {
  sql("UPDATE berth.pool SET policy = jsonb_set(policy, '{max_live_per_user}', '1')");
  const auto mine = slice(ana_, 0, 2);
  EXPECT_FALSE(try_book(ana_, request("slice-24gb", 1, 4, 6)));
  begin(mine.reservation.id);
  shift_back(mine.reservation.id, minutes(120));  // its time is over, and its namespace will not go away
  const auto ended = store::end(connection_, author(ana_), viewer(ana_), mine.reservation.id);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().slug, "reservation_over");
  EXPECT_EQ(text("SELECT reason AS x FROM berth.reservation WHERE id = '" + mine.reservation.id.value + "'"),
            "");

  const auto checked = must(check_create(connection_, viewer(ana_), {request("slice-24gb", 1, 4, 6), {}}));
  EXPECT_TRUE(std::holds_alternative<Fits>(checked.verdict));
  EXPECT_EQ(book(ana_, request("slice-24gb", 1, 4, 6)).reservation.state, model::ReservationState::kApproved);
  EXPECT_FALSE(try_book(ana_, request("slice-24gb", 1, 8, 10))) << "what is to come counts";
}

TEST_F(End, ALeadEndsWhatWasBookedForTheirTeam) {
  const auto team = add_team("vision");
  const auto lead = add_user("lead@example.org", model::Role::kLead);
  add_member(team, ana_);
  add_member(team, lead, true);
  const auto outcome =
      must(create(connection_, author(ana_), viewer(ana_), {request("slice-24gb", 1, 2, 4), "vision"}));
  const auto alone = slice(ana_, 2, 4);
  const auto view = must(
      store::end(connection_, author(lead), viewer(lead), std::get<Created>(outcome).view.reservation.id));
  EXPECT_EQ(view.reservation.reason, "Canceled by a lead of its team.");
  const auto not_the_teams = store::end(connection_, author(lead), viewer(lead), alone.reservation.id);
  ASSERT_FALSE(not_the_teams);
  EXPECT_EQ(not_the_teams.error().code, Code::kForbidden);
}

TEST_F(End, WhoMayNotSeeItIsToldThatItIsNotThere) {
  const auto mine = slice(ana_, 2, 4);
  for (const auto& id : {mine.reservation.id, model::ReservationId{"00000000-0000-4000-8000-000000000000"},
                         model::ReservationId{"no uuid"}}) {
    const auto outcome = store::end(connection_, author(ben_), viewer(ben_), id);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().slug, "reservation_not_found");
  }
}

}  // namespace
}  // namespace berth::store
