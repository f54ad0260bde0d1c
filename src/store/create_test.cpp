#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/check.hpp"
#include "store/events.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;

class Create : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");

  Refused refused(const model::UserId& owner, const booking::Request& wanted) {
    auto outcome = must(try_book(owner, wanted));
    if (!std::holds_alternative<Refused>(outcome)) throw std::runtime_error("booked");
    return std::get<Refused>(outcome);
  }
};

std::vector<std::byte> hash_of(std::string_view body) {
  std::vector<std::byte> bytes(32);
  for (std::size_t i = 0; i < body.size() && i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(body[i]);
  return bytes;
}

TEST_F(Create, WritesTheReservationItsClaimsAndItsAuditRow) {
  auto wanted = request("slice-24gb", 2, 2, 6);
  wanted.name = "fine-tuning";
  wanted.cpu = CpuMilli{12'500};
  const auto view = book(ana_, wanted);

  EXPECT_EQ(view.reservation.state, model::ReservationState::kApproved);
  EXPECT_EQ(view.reservation.window, (Window{step(2), step(6)}));
  EXPECT_EQ(view.reservation.load, (Load{{12'500}, {184}, {1116}}));
  EXPECT_EQ(view.reservation.rate.value, 800'000);
  EXPECT_EQ(view.reservation.currency, "EUR");
  EXPECT_EQ(view.owner_email, "ana@example.org");
  EXPECT_EQ(view.node_name, "gpu-node-1");
  EXPECT_EQ(view.unit_names.size(), 2U);
  EXPECT_EQ(units_of(view.reservation.id), view.unit_names);
  // What is answered from memory is what is in the database.
  const auto read = must(load_reservation(connection_, viewer(ana_), view.reservation.id));
  EXPECT_EQ(read.reservation, view.reservation);
  EXPECT_EQ(read.unit_names, view.unit_names);
  EXPECT_EQ(read.class_name, view.class_name);
  EXPECT_EQ(read.phase, std::nullopt);

  const auto audit =
      sql("SELECT actor, action, request_id, source_ip, after->>'state' AS state FROM berth.audit"
          " WHERE object_type = 'reservation'");
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].get<std::string>("actor"), "user:" + ana_.value);
  EXPECT_EQ(audit[0].get<std::string>("action"), "reservation.created");
  EXPECT_EQ(audit[0].get<std::string>("request_id"), "req-1");
  EXPECT_EQ(audit[0].get<std::string>("source_ip"), "192.0.2.1");
  EXPECT_EQ(audit[0].get<std::string>("state"), "APPROVED");

  const auto told = must(events_after(connection_, 0));
  ASSERT_FALSE(told.events.empty());
  EXPECT_EQ(told.events.back().kind, "reservation");
  EXPECT_EQ(told.events.back().reservation, view.reservation.id);
  EXPECT_EQ(told.events.back().owner, ana_);
}

TEST_F(Create, NowIsTheDatabasesAndTheEndIsRoundedUpToAStep) {
  auto wanted = request("slice-24gb", 1, 0, 0);
  wanted.start = booking::Now{};
  wanted.end.reset();
  wanted.duration = minutes(45);
  const auto before = must(database_now(connection_));
  const auto view = book(ana_, wanted);
  const auto after = must(database_now(connection_));
  EXPECT_GE(view.reservation.window.start, before);
  EXPECT_LE(view.reservation.window.start, after);
  EXPECT_EQ(view.reservation.window.end,
            ceil_to_step(view.reservation.window.start + minutes(45), minutes(30)));
}

TEST_F(Create, AFullClassIsRefusedWithNumbersAndAlternativesThatFit) {
  for (int i = 0; i < 4; ++i) slice(ana_, 2, 6);
  const auto no = refused(ben_, request("slice-24gb", 1, 4, 8));
  EXPECT_EQ(no.shortage, (booking::Shortage{booking::Shortage::Resource::kUnits, 1, 0, step(4)}));
  ASSERT_EQ(no.offers.size(), 2U);
  EXPECT_EQ(no.offers[0].kind, booking::Alternative::Kind::kLater);
  EXPECT_EQ(no.offers[0].request.start, booking::Start(step(6)));
  EXPECT_EQ(no.offers[0].request.end, step(10));
  EXPECT_EQ(no.offers[1].request.device_class, "whole-96gb");
  EXPECT_EQ(no.offers[1].request.start, booking::Start(step(4)));
  for (const auto& offer : no.offers) {
    const auto outcome = must(create(connection_, author(ben_), viewer(ben_), {offer.request, offer.team}));
    EXPECT_TRUE(std::holds_alternative<Created>(outcome)) << offer.request.device_class;
  }
}

TEST_F(Create, ARefusalLeavesNothingBehind) {
  for (int i = 0; i < 4; ++i) slice(ana_, 2, 6);
  const auto audit = number("SELECT count(*) AS x FROM berth.audit");
  const auto told = must(newest_event(connection_));
  refused(ben_, request("slice-24gb", 1, 4, 8));
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit"), audit);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), 4);
  EXPECT_EQ(must(newest_event(connection_)), told);
}

TEST_F(Create, AFreeSlotFarAheadIsFound) {
  // Every slice and the whole GPU for 20 days, in pieces of a week at most.
  for (int day = 0; day < 20; day += 5) {
    for (int i = 0; i < 4; ++i) slice(ana_, day * 48, (day + 5) * 48);
    book(ben_, request("whole-96gb", 1, day * 48, (day + 5) * 48));
  }
  sql("UPDATE berth.pool SET policy = jsonb_set(policy, '{max_live_per_user}', '1000')");
  const auto no = refused(ben_, request("slice-24gb", 1, 4, 8));
  ASSERT_EQ(no.offers.size(), 1U);
  EXPECT_EQ(no.offers[0].request.start, booking::Start(step(20 * 48)));
}

TEST_F(Create, CpuMemoryAndStorageCountAtTheirPeak) {
  // 122 cores are bookable. One after the other within the window of the third, two bookings do not add up.
  auto first = request("slice-24gb", 1, 0, 4);
  first.cpu = CpuMilli{60'000};
  auto second = request("slice-24gb", 1, 4, 8);
  second.cpu = CpuMilli{60'000};
  book(ana_, first);
  book(ana_, second);
  auto third = request("slice-24gb", 1, 0, 8);
  third.cpu = CpuMilli{62'001};
  const auto no = refused(ben_, third);
  EXPECT_EQ(no.shortage, (booking::Shortage{booking::Shortage::Resource::kCpu, 62'001, 62'000, step(0)}));
  third.cpu = CpuMilli{62'000};
  book(ben_, third);
}

TEST_F(Create, OthersThatHaveNotBegunMakeRoom) {
  // Slices a to d: [0,2) on each of two, [2,4) on the other two leaves no slice free for [0,4) but by moving.
  const auto a = slice(ana_, 0, 2).reservation.id;
  const auto b = slice(ana_, 0, 2).reservation.id;
  const auto c = slice(ana_, 2, 4).reservation.id;
  const auto d = slice(ana_, 2, 4).reservation.id;
  const auto set = [&](const model::ReservationId& id, const std::string& unit) {
    sql(
        fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT id FROM berth.unit WHERE name = '{}')"
                    " WHERE reservation = '{}'",
                    unit, id.value));
  };
  sql("UPDATE berth.reservation_unit SET live = false");
  set(a, "gpu0-slice0");
  set(b, "gpu0-slice1");
  set(c, "gpu0-slice2");
  set(d, "gpu0-slice3");
  sql("UPDATE berth.reservation_unit SET live = true");

  const auto view = book(ben_, request("slice-24gb", 2, 0, 4));
  EXPECT_EQ(view.unit_names.size(), 2U);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation_unit x JOIN berth.reservation_unit y"
                   " ON x.unit = y.unit AND x.during && y.during AND x.reservation < y.reservation"),
            0);
  EXPECT_GE(number("SELECT count(*) AS x FROM berth.audit WHERE object_type = 'claim' AND actor = 'user:" +
                   ben_.value + "'"),
            2);
}

TEST_F(Create, RoomIsMadeByMovingWhatReachesFarBeyondTheWindow) {
  // Slice 0 is booked for days after step 2; slices 1 to 3 before and far after. [1,3) fits only when the
  // long one moves.
  const auto set = [&](const model::ReservationId& id, const std::string& unit) {
    sql(
        fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT id FROM berth.unit WHERE name = '{}')"
                    " WHERE reservation = '{}'",
                    unit, id.value));
  };
  const auto early = slice(ana_, 0, 2).reservation.id;
  const auto long_one = slice(ana_, 2, 200).reservation.id;
  set(early, "gpu0-slice0");
  set(long_one, "gpu0-slice1");
  for (const auto* unit : {"gpu0-slice2", "gpu0-slice3"}) {
    set(slice(ana_, 0, 300).reservation.id, unit);
  }
  const auto view = book(ben_, request("slice-24gb", 1, 1, 3));
  EXPECT_EQ(view.unit_names.size(), 1U);
  EXPECT_EQ(units_of(long_one), units_of(early)) << "the long one went behind the early one";
}

TEST_F(Create, WhatHasBegunIsNeverMoved) {
  const auto set = [&](const model::ReservationId& id, const std::string& unit) {
    sql(
        fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT id FROM berth.unit WHERE name = '{}')"
                    " WHERE reservation = '{}'",
                    unit, id.value));
  };
  const auto early = slice(ana_, 0, 2).reservation.id;
  const auto late = slice(ana_, 2, 4).reservation.id;
  set(early, "gpu0-slice0");
  set(late, "gpu0-slice1");
  for (const auto* unit : {"gpu0-slice2", "gpu0-slice3"}) set(slice(ana_, 0, 8).reservation.id, unit);
  begin(early);
  begin(late);
  const auto no = refused(ben_, request("slice-24gb", 1, 1, 3));
  EXPECT_EQ(no.shortage.resource, booking::Shortage::Resource::kUnits);
  EXPECT_THAT(units_of(early), ElementsAre("gpu0-slice0"));
  EXPECT_THAT(units_of(late), ElementsAre("gpu0-slice1"));
}

TEST_F(Create, ALingeringHoldBlocksItsUnitForNow) {
  const auto old = slice(ana_, 1, 2);
  shift_back(old.reservation.id, minutes(120));
  begin(old.reservation.id);
  sql(fmt::format(
      "INSERT INTO berth.hold (unit, session, since, why) SELECT c.unit, s.id, upper(c.during), 'pod lingers'"
      " FROM berth.session s JOIN berth.reservation_unit c USING (reservation) WHERE reservation = '{}'",
      old.reservation.id.value));
  auto wanted = request("slice-24gb", 4, 0, 4);
  wanted.start = booking::Now{};
  EXPECT_EQ(refused(ben_, wanted).shortage.free, 3);
  book(ben_, request("slice-24gb", 4, 2, 4));  // further ahead it is hoped to be gone
}

TEST_F(Create, EachFieldAtFaultIsNamed) {
  const auto field = [&](const booking::Request& wanted) {
    const auto outcome = try_book(ana_, wanted);
    if (outcome || outcome.error().code != Code::kInvalid || outcome.error().fields.empty())
      return std::string("none");
    return outcome.error().fields[0].field;
  };
  auto wanted = request("slice-24gb", 1, 2, 4);
  wanted.pool = "nowhere";
  EXPECT_EQ(field(wanted), "pool");
  EXPECT_EQ(field(request("slice-12gb", 1, 2, 4)), "device_class");
  EXPECT_EQ(field(request("slice-24gb", 5, 2, 4)), "units");
  EXPECT_EQ(field(request("slice-24gb", 1, 4, 2)), "end");
  EXPECT_EQ(field(request("slice-24gb", 1, -4, 2)), "start");
  wanted = request("slice-24gb", 1, 2, 4);
  const auto team = create(connection_, author(ana_), viewer(ana_), {wanted, "strangers"});
  ASSERT_FALSE(team);
  EXPECT_EQ(team.error().fields.at(0).field, "team");
}

TEST_F(Create, ATeamOfTheOwnersIsWritten) {
  const auto team = add_team("vision");
  add_member(team, ana_);
  const auto outcome =
      must(create(connection_, author(ana_), viewer(ana_), {request("slice-24gb", 1, 2, 4), "vision"}));
  const auto& view = std::get<Created>(outcome).view;
  EXPECT_EQ(view.reservation.team, team);
  EXPECT_EQ(view.team_name, "vision");
}

TEST_F(Create, TheLimitPerUserCountsOverAllPools) {
  auto other = other_pool("other");
  other.policy.max_live_per_user = 2;
  must(apply_pool(connection_, admin_author(), other));
  slice(ana_, 0, 1);
  slice(ana_, 1, 2);
  auto wanted = request("slice-24gb", 1, 4, 5);
  wanted.pool = "other";
  const auto outcome = try_book(ana_, wanted);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kInvalid);
  const auto* sentence =
      "You hold 2 reservations in all pools together, and the limit of this pool is 2. Cancel or end one "
      "first.";
  EXPECT_EQ(outcome.error().message, sentence);
  const auto checked = must(check_create(connection_, viewer(ana_), {wanted, std::nullopt}));
  EXPECT_EQ(std::get<Error>(checked.verdict).message, sentence) << "the dry run counts as the booking does";
  wanted.pool = "lab";
  EXPECT_TRUE(try_book(ana_, wanted)) << "each pool has its own limit";
}

TEST_F(Create, ADisabledAccountCannotBook) {
  const auto who = viewer(ana_);
  sql("UPDATE berth.app_user SET disabled_at = now() WHERE email = 'ana@example.org'");
  const auto outcome = create(connection_, author(ana_), who, {request("slice-24gb", 1, 2, 4), std::nullopt});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().slug, "account_disabled");
}

TEST_F(Create, TheSameKeyGivesTheSameReservation) {
  const CreateRequest wanted{request("slice-24gb", 1, 2, 4), std::nullopt};
  const Idempotency key{"key-1", hash_of("body")};
  const auto first = std::get<Created>(must(create(connection_, author(ana_), viewer(ana_), wanted, key)));
  const auto again = std::get<Created>(must(create(connection_, author(ana_), viewer(ana_), wanted, key)));
  EXPECT_FALSE(first.replayed);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.view.reservation, first.view.reservation);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), 1);

  const auto other_body =
      create(connection_, author(ana_), viewer(ana_), wanted, Idempotency{"key-1", hash_of("other")});
  ASSERT_FALSE(other_body);
  EXPECT_EQ(other_body.error().code, Code::kConflict);
  EXPECT_EQ(other_body.error().slug, "idempotency_key_reused");

  const auto bens = std::get<Created>(must(create(connection_, author(ben_), viewer(ben_), wanted, key)));
  EXPECT_FALSE(bens.replayed) << "keys are each owner's own";
}

TEST_F(Create, TheLongestBookingFromNowIsOfferedInAnotherClassToo) {
  auto wanted = request("slice-24gb", 1, 0, 1);
  wanted.start = booking::Now{};
  wanted.end.reset();
  wanted.duration = std::chrono::floor<minutes>(lab_.policy.max_length);
  book(ana_, request("slice-24gb", 4, 0, 2));
  const auto outcome = must(try_book(ben_, wanted));
  ASSERT_TRUE(std::holds_alternative<Refused>(outcome));
  const auto& offers = std::get<Refused>(outcome).offers;
  const auto other = std::find_if(offers.begin(), offers.end(), [](const Offer& offer) {
    return offer.request.device_class == "whole-96gb";
  });
  ASSERT_NE(other, offers.end());
  EXPECT_EQ(other->request.start, booking::Start(booking::Now{}));
  const auto view = book(ben_, other->request);
  EXPECT_GE(view.reservation.window.length(), lab_.policy.max_length);
}

TEST_F(Create, OffersAreAsLongAsWasAskedForFromNow) {
  book(ana_, request("slice-24gb", 4, 0, 4));
  auto wanted = request("slice-24gb", 1, 0, 2);
  wanted.start = booking::Now{};
  wanted.end.reset();
  wanted.duration = minutes(60);
  const auto no = refused(ben_, wanted);
  ASSERT_EQ(no.offers.size(), 2U);
  const auto& later = no.offers[0].request;
  EXPECT_EQ(later.start, booking::Start(step(4)));
  EXPECT_EQ(later.end, step(6)) << "60 min, not those that a now between two steps is rounded up to";
  const auto& other = no.offers[1].request;
  EXPECT_EQ(other.start, booking::Start(booking::Now{}));
  EXPECT_EQ(other.duration, minutes(60));
  EXPECT_EQ(other.end, std::nullopt);
}

TEST_F(Create, ARefusalIsNotRememberedUnderItsKey) {
  for (int i = 0; i < 4; ++i) slice(ana_, 2, 6);
  const CreateRequest wanted{request("slice-24gb", 1, 2, 4), std::nullopt};
  const Idempotency key{"key-1", hash_of("body")};
  EXPECT_TRUE(
      std::holds_alternative<Refused>(must(create(connection_, author(ben_), viewer(ben_), wanted, key))));
  sql("UPDATE berth.reservation_unit SET live = false");
  EXPECT_TRUE(
      std::holds_alternative<Created>(must(create(connection_, author(ben_), viewer(ben_), wanted, key))));
}

TEST_F(Create, TheReconcilerIsToldOfWhatStartsSoonAndOfNothingElse) {
  pg::Listener listener(database_.settings(), {std::string(kWorkChannel)});
  EXPECT_TRUE(listener.wait(std::chrono::seconds(5)).may_have_missed);
  slice(ana_, 4, 6);
  auto now = request("slice-24gb", 1, 0, 4);
  now.start = booking::Now{};
  book(ana_, now);
  const auto heard = listener.wait(std::chrono::seconds(5));
  ASSERT_EQ(heard.notifications.size(), 1U);
  EXPECT_EQ(heard.notifications[0].payload, "default");
}

}  // namespace
}  // namespace berth::store
