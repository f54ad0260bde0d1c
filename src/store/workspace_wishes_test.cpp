#include "store/workspace_wishes.hpp"

#include <gtest/gtest.h>

#include "store/fixture.hpp"

namespace berth::store {
namespace {

const std::string kId = "44444444-4444-4444-8444-444444444444";

class WorkspaceWishes : public StoreTest {
 protected:
  WorkspaceWishes() {
    begin(booked_);
    sql("UPDATE berth.session SET phase = 'Ready'");
    session_ = {text("SELECT id::text AS x FROM berth.session")};
  }
  bool hear(const std::string& id = kId) {
    return hear_until("date_trunc('day', now()) + interval '3 days'", id);
  }
  bool hear_until(const std::string& until, const std::string& id = kId) {
    return sql("SELECT berth.hear_wish('" + session_.value + "', '" + id + "', " + until + ") AS x")
        .front()
        .get<bool>("x");
  }
  said::Answer answer(const std::string& id = kId) const { return {.id = id, .granted = true, .end = now_}; }

  model::UserId ana_ = add_user("ana@example.org");
  model::ReservationId booked_ = slice(ana_, 0, 4).reservation.id;
  model::SessionId session_;
};

TEST_F(WorkspaceWishes, AreTakenByOnePortalWithAllThatIsDecidedBy) {
  auto other = portal_connection();
  EXPECT_FALSE(must(take_wish(other)));
  ASSERT_TRUE(hear());
  const auto taken = must(take_wish(connection_));
  ASSERT_TRUE(taken);
  EXPECT_FALSE(must(take_wish(other))) << "the other one has it";
  EXPECT_EQ(taken->id, kId);
  ASSERT_TRUE(taken->until);
  EXPECT_EQ(format_rfc3339(*taken->until),
            text("SELECT to_char((date_trunc('day', now()) + interval '3 days') AT "
                 "TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS x"));
  EXPECT_EQ(taken->pool, lab_.id);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.wish WHERE asked_at + interval '60 seconds' = '" +
                   format_rfc3339(taken->good_until) + "'"),
            1);
  EXPECT_EQ(taken->session, session_);
  EXPECT_EQ(taken->reservation, booked_);
  EXPECT_EQ(taken->owner, ana_);
  EXPECT_EQ(
      format_rfc3339(taken->end),
      format_rfc3339(must(load_reservation(connection_, viewer(ana_), booked_)).reservation.window.end));
  EXPECT_TRUE(taken->runs);
  EXPECT_TRUE(taken->in_time);
}

TEST_F(WorkspaceWishes, OfAPortalThatIsGoneAreTakenByAnother) {
  auto other = portal_connection();
  hear();
  must(take_wish(connection_));
  sql("UPDATE berth.wish SET taken_at = taken_at - interval '21 seconds'");
  ASSERT_TRUE(must(take_wish(other)));
  EXPECT_FALSE(must(take_wish(connection_)));
}

TEST_F(WorkspaceWishes, AreAnsweredOnceAndTheReconcilerIsWoken) {
  pg::Listener listener(database_.settings(), {std::string(kWorkChannel)});
  while (!listener.wait(std::chrono::seconds(20)).may_have_missed) {
  }
  hear();
  must(take_wish(connection_));
  must(answer_wish(connection_, session_, answer("55555555-5555-4555-8555-555555555555")));
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.wish WHERE answer IS NOT NULL"), 0) << "another's answer";
  must(answer_wish(connection_, session_, answer()));
  EXPECT_EQ(listener.wait(std::chrono::seconds(20)).notifications.size(), 1U);
  auto second = answer();
  second.message = "no";
  must(answer_wish(connection_, session_, second));
  EXPECT_EQ(text("SELECT answer AS x FROM berth.wish"), said::to_text(answer()));
  EXPECT_FALSE(must(take_wish(connection_)));
}

TEST_F(WorkspaceWishes, OfWhatIsOverOrEndingAndThoseThatAreLateSaySo) {
  hear();
  const auto again = [&](const std::string& change) {
    sql("UPDATE berth.wish SET taken_at = NULL");
    sql(change);
    return *must(take_wish(connection_));
  };
  EXPECT_FALSE(again("UPDATE berth.wish SET asked_at = asked_at - interval '61 seconds'").in_time);
  EXPECT_FALSE(again("UPDATE berth.reservation SET end_requested_at = now(), version = version + 1").runs);
}

TEST_F(WorkspaceWishes, OfPoolsThatAreBusyWait) {
  hear();
  EXPECT_FALSE(must(take_wish(connection_, {lab_.id})));
  EXPECT_TRUE(must(take_wish(connection_, {model::PoolId{lab_.id.value + 1}})));
}

TEST_F(WorkspaceWishes, ThatNobodyCouldReadAreNotHeard) {
  for (const std::string absurd : {"'infinity'", "'-infinity'", "'294276-12-31'", "'4713-01-01 BC'", "NULL",
                                   "now() - interval '1 second'", "now() + interval '8785 hours'"}) {
    EXPECT_FALSE(hear_until(absurd)) << absurd;
  }
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.wish"), 0);
  EXPECT_TRUE(hear_until("now() + interval '8783 hours'"));
}

TEST_F(WorkspaceWishes, WhereOneStandsThatNobodyCanReadItIsTakenAsNone) {
  hear();
  for (const std::string absurd : {"infinity", "-infinity", "294276-12-31", "9999-12-31", "4713-01-01 BC"}) {
    sql("UPDATE berth.wish SET taken_at = NULL, until = '" + absurd + "'");
    const auto taken = must(take_wish(connection_));
    ASSERT_TRUE(taken) << absurd;
    EXPECT_EQ(taken->until, std::nullopt) << absurd;
  }
}

TEST_F(WorkspaceWishes, PortalsHearOfThem) {
  pg::Listener listener(database_.settings(), {std::string(kWishChannel)});
  while (!listener.wait(std::chrono::seconds(20)).may_have_missed) {
  }
  ASSERT_TRUE(hear());
  EXPECT_EQ(listener.wait(std::chrono::seconds(20)).notifications.size(), 1U);
  EXPECT_FALSE(hear()) << "once";
}

}  // namespace
}  // namespace berth::store
