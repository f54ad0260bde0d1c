// A session is to end at its end, and somebody extends it at that very moment: who commits first is right,
// and the other one sees it.
#include <fmt/format.h>

#include <future>
#include <thread>

#include "store/control_rows.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class Expiry : public StoreTest {
 protected:
  Expiry() : user_(add_user("ana@example.org")), control_(open_control_rows(as_reconciler(), Log::silent())) {
    lead_ = must(control_->take_lead(lab_.cluster, "test"));
    reservation_ = slice(user_, 0, 4).reservation.id;
    shift_back(reservation_, minutes(60));
    EXPECT_TRUE(
        must(control_->begin_session(lead_, reservation_, 1, {session_, "berth-s-abc", "wabc.example"})));
  }

  pg::Settings as_reconciler() const {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    return settings;
  }

  static planning::SetPhase stopping(bool if_over = true) {
    return {.phase = model::SessionPhase::kStopping,
            .reason = "The reservation ended.",
            .failed = false,
            .only_if = if_over ? planning::OnlyIf::kReservationOver : planning::OnlyIf::kAnyway};
  }
  bool stop(bool if_over = true) { return must(control_->set_phase(lead_, session_, stopping(if_over))); }
  std::string phase() {
    return text("SELECT phase AS x FROM berth.session WHERE id = '" + session_.value + "'");
  }
  std::string written() {
    return text(
        "SELECT (SELECT count(*) FROM berth.audit) || ' ' || (SELECT count(*) FROM berth.event) AS x");
  }

  /// An extension by six hours that has not been committed, on a connection of its own.
  pg::Connection extending() {
    auto connection = portal_connection();
    must(connection.run(
        fmt::format("BEGIN; SELECT set_config('berth.actor', 'user:{}', true);"
                    "UPDATE berth.reservation SET end_at = end_at + interval '6 h' WHERE id = '{}'",
                    user_.value, reservation_.value)));
    return connection;
  }
  /// Begins to stop the session and comes back when that waits for a lock.
  std::future<bool> stop_that_waits() {
    auto stopped = std::async(std::launch::async, [this] { return stop(); });
    const auto waits = [this] {
      return number(
          "SELECT count(*) AS x FROM pg_stat_activity WHERE datname = current_database()"
          " AND wait_event_type = 'Lock'");
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(8);
    while (waits() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(waits(), 1);
    return stopped;
  }

  model::UserId user_;
  std::unique_ptr<ControlRows> control_;
  Lead lead_;
  model::ReservationId reservation_;
  model::SessionId session_{"22222222-2222-4222-8222-222222222222"};
};

TEST_F(Expiry, AnExtensionThatWasCommittedBeforeStands) {
  const auto planned_on =
      must(control_->desired(lab_.cluster)).sessions.front().booked.reservation.window.end;
  const auto extended = must(extend(connection_, author(user_), viewer(user_), reservation_,
                                    {.version = {}, .end = step(12), .by = {}}));
  ASSERT_TRUE(std::holds_alternative<Changed>(extended));
  shift_back(reservation_, minutes(180));  // the end that was read has passed, the new one lies ahead
  ASSERT_LT(planned_on - minutes(180), now_);
  const auto before = written();
  EXPECT_FALSE(stop());
  EXPECT_EQ(phase(), "Starting");
  EXPECT_EQ(written(), before);

  shift_back(reservation_, minutes(600));
  EXPECT_TRUE(stop());
  EXPECT_EQ(phase(), "Stopping");
}

TEST_F(Expiry, AnExtensionThatIsBeingCommittedIsWaitedFor) {
  shift_back(reservation_, minutes(120));
  auto portal = extending();
  auto stopped = stop_that_waits();
  must(portal.run("COMMIT"));
  EXPECT_FALSE(stopped.get());
  EXPECT_EQ(phase(), "Starting");
}

TEST_F(Expiry, OneThatCameToNothingChangesNothing) {
  shift_back(reservation_, minutes(120));
  auto portal = extending();
  auto stopped = stop_that_waits();
  must(portal.run("ROLLBACK"));
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(phase(), "Stopping");
}

TEST_F(Expiry, WhoComesAfterIsToldThatItIsOver) {
  shift_back(reservation_, minutes(120));
  EXPECT_TRUE(stop());
  const auto extended = extend(connection_, author(user_), viewer(user_), reservation_,
                               {.version = {}, .end = step(12), .by = {}});
  ASSERT_FALSE(extended);
  EXPECT_EQ(extended.error().slug, "reservation_over");
}

TEST_F(Expiry, ForAnotherReasonItStopsBeforeItsEnd) {
  EXPECT_TRUE(stop(false));
  EXPECT_EQ(phase(), "Stopping");
}

}  // namespace
}  // namespace berth::store
