// The end of a session and of its reservation in one transaction, beside a portal that changes the same one.
#include <fmt/format.h>

#include <thread>

#include "store/control_rows.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using Outcome = planning::FinishSession::Outcome;

class FinishSession : public StoreTest {
 protected:
  FinishSession()
      : user_(add_user("ana@example.org")), control_(open_control_rows(as_reconciler(), Log::silent())) {
    lead_ = must(control_->take_lead(lab_.cluster, "test"));
  }

  pg::Settings as_reconciler() const {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    return settings;
  }

  /// A slice that began an hour ago and goes on for another.
  model::ReservationId running() {
    auto id = slice(user_, 0, 4).reservation.id;
    shift_back(id, minutes(60));
    EXPECT_TRUE(must(control_->begin_session(lead_, id, 1, {session_, "berth-s-abc", "wabc.example"})));
    return id;
  }
  std::string state_of(const model::ReservationId& id) {
    return text("SELECT state AS x FROM berth.reservation WHERE id = '" + id.value + "'");
  }
  std::int64_t claims(const model::ReservationId& id, const std::string& which) {
    return number("SELECT count(*) AS x FROM berth.reservation_unit WHERE reservation = '" + id.value +
                  "' AND " + which);
  }

  model::UserId user_;
  model::SessionId session_{"22222222-2222-4222-8222-222222222222"};
  std::unique_ptr<ControlRows> control_;
  Lead lead_;
};

TEST_F(FinishSession, CutsTheClaimsAndEndsTheReservationOnce) {
  const auto id = running();
  must(control_->finish_session(lead_, session_, {Outcome::kCompleted, "Its time was over."}));
  EXPECT_EQ(state_of(id), "COMPLETED");
  EXPECT_EQ(claims(id, "live AND upper(during) <= clock_timestamp()"), 1);
  const auto version = number("SELECT version AS x FROM berth.reservation");
  must(control_->finish_session(lead_, session_, {Outcome::kCompleted, "Its time was over."}));
  EXPECT_EQ(number("SELECT version AS x FROM berth.reservation"), version);
}

TEST_F(FinishSession, WaitsForTheReservationBeforeItHoldsAnyOfItsClaims) {
  // The portal locks a reservation and then changes its claims. Whoever waits for that one with the claims in
  // hand would never get it.
  const auto id = running();
  auto portal = portal_connection();
  must(portal.run("BEGIN; SELECT FROM berth.reservation WHERE id = '" + id.value + "' FOR NO KEY UPDATE"));
  std::optional<Status> finished;
  std::jthread finishing([&] {
    finished = control_->finish_session(lead_, session_, {Outcome::kCompleted, "Its time was over."});
  });
  const auto waits = [&] { return number("SELECT count(*) AS x FROM pg_locks WHERE NOT granted"); };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (waits() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(waits(), 1);
  const auto changed = portal.run("SELECT FROM berth.reservation_unit WHERE reservation = '" + id.value +
                                  "' FOR NO KEY UPDATE NOWAIT; COMMIT");
  EXPECT_TRUE(changed) << changed.error().message;
  if (!changed) must(portal.run("ROLLBACK"));
  finishing.join();
  ASSERT_TRUE(finished);
  EXPECT_TRUE(*finished) << finished->error().message;
  EXPECT_EQ(state_of(id), "COMPLETED");
}

TEST_F(FinishSession, AReservationIsClosedWithItsClaimsCutOrGivenUp) {
  const auto never_began = slice(user_, 0, 4).reservation.id;
  must(control_->close_reservation(lead_, {never_began, true, "It could not start."}));
  EXPECT_EQ(state_of(never_began), "FAILED");
  EXPECT_EQ(claims(never_began, "NOT live"), 1);

  const auto id = running();
  must(control_->close_reservation(lead_, {id, false, "Its time was over."}));
  EXPECT_EQ(state_of(id), "ACTIVE") << "its session is still there";
  must(control_->finish_session(lead_, session_, {Outcome::kAgain, ""}));
  EXPECT_EQ(claims(id, "live AND upper(during) > clock_timestamp()"), 1);
  must(control_->close_reservation(lead_, {id, false, "Its time was over."}));
  EXPECT_EQ(state_of(id), "COMPLETED");
  EXPECT_EQ(claims(id, "live AND upper(during) <= clock_timestamp()"), 1);
  const auto version = number("SELECT max(version) AS x FROM berth.reservation");
  must(control_->close_reservation(lead_, {id, false, "Its time was over."}));
  EXPECT_EQ(number("SELECT max(version) AS x FROM berth.reservation"), version) << "over already";
}

}  // namespace
}  // namespace berth::store
