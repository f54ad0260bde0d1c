// What workspaces wish, as portals decide it.
#include "portal/workspace_wishes.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/clock.hpp"
#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using testing::HasSubstr;

class WishesOfWorkspaces : public PortalTest {
 protected:
  WishesOfWorkspaces() : ana_(site().client(site().ana)) {
    const auto booked = ana_.post("/api/v1/reservations", {{"pool", "lab"},
                                                           {"device_class", "slice-24gb"},
                                                           {"units", 1},
                                                           {"start", "now"},
                                                           {"duration_minutes", 60}});
    id_ = booked.id();
    end_ = time_at(booked.json, "end");
    site().begin_session(id_);
    session("phase = 'Ready'");
  }
  ~WishesOfWorkspaces() override {
    ana_.del("/api/v1/reservations/" + id_);
    session("phase = 'Gone', gone_at = now()");
    site().sql(fmt::format("UPDATE berth.reservation_unit SET live = false WHERE reservation = '{}'", id_));
  }

  void session(const std::string& change) const {
    site().sql(fmt::format("UPDATE berth.session SET {} WHERE reservation = '{}'", change, id_));
  }
  /// As the reconciler hears it; its id.
  std::string wish(Instant until) { return wish(until, id_); }
  static std::string wish(Instant until, const std::string& of) {
    SystemRandom random;
    auto wished = random_uuid(random);
    const auto heard = site()
                           .sql(fmt::format("SELECT berth.hear_wish(id, '{}', '{}') AS x FROM berth.session "
                                            "WHERE reservation = '{}'",
                                            wished, format_rfc3339(until), of))
                           .front()
                           .get<bool>("x");
    EXPECT_TRUE(heard);
    return wished;
  }
  said::Answer answer(const std::string& wished) const {
    std::string text;
    EXPECT_TRUE(eventually([&] {
      const auto rows = site().sql(
          fmt::format("SELECT answer FROM berth.wish WHERE id = '{}' AND answer IS NOT NULL", wished));
      if (!rows.empty()) text = rows.front().get<std::string>("answer");
      return !text.empty();
    })) << "no answer";
    return must(said::parse_answer(text));
  }
  Instant end_now() { return time_at(ana_.get("/api/v1/reservations/" + id_).json, "end"); }
  std::int64_t audited() const {
    return site().number(fmt::format(
        "SELECT count(*) AS x FROM berth.audit WHERE object_id = '{}' AND source_ip = 'workspace'", id_));
  }

  /// A pool's rounds wait for as long as this is held.
  class Locked {
   public:
    explicit Locked(const std::string& pool) : connection_(site().database.connect()) {
      must(connection_.run("BEGIN; SELECT pg_advisory_xact_lock(1, id::int) FROM berth.pool WHERE name = '" +
                           pool + "'"));
    }
    void release() { must(connection_.run("ROLLBACK")); }
    static std::int64_t waiting() {
      return site().number("SELECT count(*) AS x FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
    }

   private:
    pg::Connection connection_;
  };

  Client ana_;
  std::string id_;
  Instant end_;
};

TEST_F(WishesOfWorkspaces, AreTheOwnersExtensionAndAuditedAsThat) {
  const auto wished = wish(end_ + hours(1));
  const auto given = answer(wished);
  EXPECT_TRUE(given.granted) << given.message;
  EXPECT_EQ(given.end, end_ + hours(1));
  EXPECT_EQ(end_now(), end_ + hours(1));
  EXPECT_EQ(
      site().number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE object_id = '{}' AND actor = "
                                "'user:{}' AND request_id = '{}' AND source_ip = 'workspace'",
                                id_, site().ana.id.value, wished)),
      1);
}

TEST_F(WishesOfWorkspaces, EndOnAStepAsAllDo) {
  const auto given = answer(wish(end_ + minutes(20)));
  EXPECT_TRUE(given.granted) << given.message;
  EXPECT_EQ(given.end, end_ + minutes(30));
}

TEST_F(WishesOfWorkspaces, ThatTheRulesForbidAreRefusedWithHowFarItCouldGo) {
  const auto given = answer(wish(end_ + hours(24 * 30)));
  EXPECT_FALSE(given.granted);
  EXPECT_FALSE(given.message.empty());
  ASSERT_TRUE(given.furthest) << given.limit;
  EXPECT_GT(*given.furthest, end_);
  EXPECT_EQ(given.end, end_);
  EXPECT_EQ(end_now(), end_);
  EXPECT_EQ(audited(), 0);
}

TEST_F(WishesOfWorkspaces, ThatOthersBookedAreRefused) {
  auto ben = site().client(site().ben);
  auto all = booking_body(end_, 2, 3);  // of four slices; the fourth is ana's own
  const auto three = ben.post("/api/v1/reservations", all);
  ASSERT_EQ(three.status, 201) << three.body;
  auto tom = site().client(site().tom);
  const auto last = tom.post("/api/v1/reservations", booking_body(end_ + hours(1), 1, 1));
  ASSERT_EQ(last.status, 201) << last.body;
  const auto given = answer(wish(end_ + hours(2)));
  EXPECT_FALSE(given.granted);
  EXPECT_THAT(given.message, HasSubstr("free"));
  EXPECT_EQ(given.furthest, end_ + hours(1)) << given.limit;
  EXPECT_EQ(end_now(), end_);
  for (const auto& one : {three.id(), last.id()})
    site().client(site().admin).del("/api/v1/reservations/" + one);
}

TEST_F(WishesOfWorkspaces, OfAnotherPoolDoNotWaitForOneWhoseRoundsAreSlow) {
  auto ben = site().client(site().ben);
  const auto booked = ben.post("/api/v1/reservations", {{"pool", "pair"},
                                                        {"device_class", "slice-24gb"},
                                                        {"units", 1},
                                                        {"start", "now"},
                                                        {"duration_minutes", 60}});
  ASSERT_EQ(booked.status, 201) << booked.body;
  site().begin_session(booked.id());
  site().sql(fmt::format("UPDATE berth.session SET phase = 'Ready' WHERE reservation = '{}'", booked.id()));
  Locked lab("lab");
  const auto slow = wish(end_ + hours(1));
  ASSERT_TRUE(eventually([] { return Locked::waiting() == 1; }));
  const auto given = answer(wish(time_at(booked.json, "end") + hours(1), booked.id()));
  EXPECT_TRUE(given.granted) << given.message;
  EXPECT_EQ(Locked::waiting(), 1) << "the first one still waits";
  lab.release();
  EXPECT_TRUE(answer(slow).granted);
  ben.del("/api/v1/reservations/" + booked.id());
  site().sql(fmt::format("UPDATE berth.session SET phase = 'Gone', gone_at = now() WHERE reservation = '{}'",
                         booked.id()));
}

TEST_F(WishesOfWorkspaces, ThatAreOverWhileTheirRoundWaitsDoNothing) {
  site().portal().stop(std::chrono::milliseconds(1'000));
  const auto wished = wish(end_ + hours(1));
  site().sql("UPDATE berth.wish SET asked_at = asked_at - interval '57 seconds'");
  Locked lab("lab");
  site().restart_portal();
  EXPECT_TRUE(eventually([] { return Locked::waiting() == 1; }));
  EXPECT_TRUE(eventually([] {
    return site().number(
               "SELECT count(*) AS x FROM berth.wish WHERE asked_at < now() - interval '60 seconds'") == 1;
  }));
  lab.release();
  const auto given = answer(wished);
  EXPECT_FALSE(given.granted);
  EXPECT_THAT(given.message, HasSubstr("in time"));
  EXPECT_EQ(end_now(), end_);
  EXPECT_EQ(audited(), 0);
}

TEST_F(WishesOfWorkspaces, ThatCannotBeReadAreRefusedAndHoldUpNoOther) {
  site().portal().stop(std::chrono::milliseconds(1'000));
  const auto wished = wish(end_ + hours(1));
  for (const std::string absurd : {"infinity", "-infinity", "294276-12-31", "9999-12-31", "4713-01-01 BC"}) {
    site().sql("UPDATE berth.wish SET answered_at = NULL, answer = NULL, taken_at = NULL, until = '" +
               absurd + "'");
    site().restart_portal();
    const auto given = answer(wished);
    EXPECT_FALSE(given.granted) << absurd;
    EXPECT_FALSE(given.message.empty()) << absurd;
    site().portal().stop(std::chrono::milliseconds(1'000));
  }
  site().restart_portal();
  site().sql("UPDATE berth.wish SET asked_at = asked_at - interval '6 seconds'");
  EXPECT_TRUE(answer(wish(end_ + hours(1))).granted);
  EXPECT_EQ(end_now(), end_ + hours(1));
}

TEST_F(WishesOfWorkspaces, AreDecidedOnceHoweverManyPortalsThereAre) {
  const auto other = site().start_portal();
  for (int n = 1; n <= 3; ++n) {
    const auto given = answer(wish(end_ + n * hours(1)));
    EXPECT_TRUE(given.granted) << given.message;
    site().sql("UPDATE berth.wish SET asked_at = asked_at - interval '6 seconds'");
  }
  EXPECT_EQ(end_now(), end_ + hours(3));
  EXPECT_EQ(audited(), 3);
}

TEST_F(WishesOfWorkspaces, ThatWereGrantedBeforeAPortalDiedAreGrantedAndNothingElse) {
  ASSERT_EQ(ana_.post("/api/v1/reservations/" + id_ + "/extend", json::object{{"minutes", 60}}).status, 200);
  const auto given = answer(wish(end_ + hours(1)));
  EXPECT_TRUE(given.granted);
  EXPECT_EQ(given.end, end_ + hours(1));
  EXPECT_EQ(audited(), 0);
}

TEST_F(WishesOfWorkspaces, OfWhatEndsDoNothing) {
  site().portal().stop(std::chrono::milliseconds(1'000));  // nobody decides it before it ends
  const auto wished = wish(end_ + hours(1));
  site().sql(fmt::format(
      "UPDATE berth.reservation SET end_requested_at = now(), version = version + 1 WHERE id = '{}'", id_));
  site().restart_portal();
  const auto given = answer(wished);
  EXPECT_FALSE(given.granted);
  EXPECT_THAT(given.message, HasSubstr("over"));
  EXPECT_EQ(end_now(), end_);
}

TEST_F(WishesOfWorkspaces, OfAnOwnerWhoWasDisabledDoNothing) {
  // Past what else disabling does, so that she can be asked for afterwards.
  const auto disabled_at = [&](const std::string& at) {
    site().sql(
        fmt::format("UPDATE berth.app_user SET disabled_at = {} WHERE id = '{}'", at, site().ana.id.value));
  };
  disabled_at("now()");
  const auto given = answer(wish(end_ + hours(1)));
  disabled_at("NULL");
  EXPECT_FALSE(given.granted);
  EXPECT_THAT(given.message, HasSubstr("disabled"));
  EXPECT_EQ(end_now(), end_);
}

TEST_F(WishesOfWorkspaces, ThatComeTooLateDoNothing) {
  site().portal().stop(std::chrono::milliseconds(1'000));
  const auto wished = wish(end_ + hours(1));
  site().sql("UPDATE berth.wish SET asked_at = asked_at - interval '61 seconds'");
  site().restart_portal();
  const auto given = answer(wished);
  EXPECT_FALSE(given.granted);
  EXPECT_EQ(end_now(), end_);
}

}  // namespace
}  // namespace berth::portal
