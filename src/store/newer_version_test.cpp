// An older program beside rows and a schema of a newer one: it leaves alone what it cannot read, and goes on.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/calendar.hpp"
#include "store/control_rows.hpp"
#include "store/fixture.hpp"
#include "store/sessions.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kNewStep = "made by a newer version: step \"cache_warm\"";

class NewerVersion : public StoreTest {
 protected:
  NewerVersion()
      : user_(add_user("ana@example.org")), control_(open_control_rows(as_reconciler(), Log::silent())) {
    lead_ = must(control_->take_lead(lab_.cluster, "test"));
  }

  pg::Settings as_reconciler() const {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    return settings;
  }
  planning::Desired desired() { return must(control_->desired(lab_.cluster)); }
  ReservationList list() { return must(list_reservations(connection_, viewer(user_), {}, {})); }

  /// Booked, and its start has come.
  model::ReservationId due() {
    const auto id = slice(user_, 0, 4).reservation.id;
    shift_back(id, minutes(60));
    return id;
  }
  /// With a session in the namespace "berth-s-<number>".
  model::ReservationId running(int number) {
    const auto id = due();
    const model::SessionId session{fmt::format("6f1b4c1e-9a52-4d0c-8a3e-0b2f6c1d2e0{}", number)};
    EXPECT_TRUE(must(control_->begin_session(
        lead_, id, 1, {session, fmt::format("berth-s-{}", number), fmt::format("w{}.example", number)})));
    return id;
  }
  void add_step(int number) {
    sql(fmt::format(
        "INSERT INTO berth.step (session, ordinal, name, state)"
        " SELECT id, 11, 'cache_warm', 'done' FROM berth.session WHERE namespace_name = 'berth-s-{}'",
        number));
  }
  void set_state(const model::ReservationId& id, const std::string& state) {
    sql("ALTER TABLE berth.reservation DROP CONSTRAINT reservation_state_check");
    sql("ALTER TABLE berth.reservation DISABLE TRIGGER reservation_transition");
    sql(fmt::format("UPDATE berth.reservation SET state = '{}' WHERE id = '{}'", state, id.value));
  }

  model::UserId user_;
  std::unique_ptr<ControlRows> control_;
  Lead lead_;
};

TEST_F(NewerVersion, ASessionWithAnUnknownStepIsLeftAloneAndTheOthersAreNot) {
  const auto newer = running(1);
  const auto own = running(2);
  add_step(1);
  auto read = desired();
  ASSERT_EQ(read.sessions.size(), 1U);
  EXPECT_EQ(read.sessions[0].booked.reservation.id, own);
  EXPECT_THAT(read.due, IsEmpty());
  EXPECT_THAT(read.unreadable,
              ElementsAre(planning::Unreadable{"newer_version", "berth-s-1", std::string(kNewStep)}));
  EXPECT_EQ(must(control_->namespaces({})).live, (std::set<std::string>{"berth-s-1", "berth-s-2"}))
      << "so that no sweep takes it";

  const auto shown = must(load_session(connection_, viewer(user_), newer));
  EXPECT_EQ(shown.newer, kNewStep);
  EXPECT_EQ(shown.session.steps.size(), model::kSteps.size()) << "those that are known";
  EXPECT_EQ(must(load_session(connection_, viewer(user_), own)).newer, "");
  EXPECT_EQ(list().page.items.size(), 2U);

  sql("DELETE FROM berth.step WHERE name = 'cache_warm'");
  read = desired();
  EXPECT_EQ(read.sessions.size(), 2U);
  EXPECT_THAT(read.unreadable, IsEmpty());
}

TEST_F(NewerVersion, ASessionOfAnUnknownPhaseIsLeftAloneAndItsReservationIsShown) {
  const auto id = running(1);
  sql("ALTER TABLE berth.session DROP CONSTRAINT session_phase_check");
  sql("UPDATE berth.session SET phase = 'Suspended'");
  const auto read = desired();
  EXPECT_THAT(read.sessions, IsEmpty());
  EXPECT_THAT(read.due, IsEmpty());
  EXPECT_THAT(read.unreadable,
              ElementsAre(planning::Unreadable{"newer_version", "berth-s-1",
                                               "made by a newer version: phase \"Suspended\""}));
  EXPECT_EQ(must(control_->namespaces({})).live, (std::set<std::string>{"berth-s-1"}));
  const auto shown = list().page.items;
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].phase, std::nullopt);
  EXPECT_EQ(shown[0].newer, "made by a newer version: phase \"Suspended\"");
  const auto session = load_session(connection_, viewer(user_), id);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().slug, kNewerVersion);
  const auto lanes =
      must(load_calendar(connection_, viewer(user_), lab_, {now_ - hours(2), now_ + hours(2)}));
  EXPECT_EQ(
      std::count_if(lanes.begin(), lanes.end(), [](const UnitBars& lane) { return !lane.bars.empty(); }), 1);
}

TEST_F(NewerVersion, AReservationOfAnUnknownStateIsNamedInTheListAndNobodyChangesIt) {
  const auto newer = due();
  const auto own = due();
  set_state(newer, "SUSPENDED");
  const auto shown = list();
  ASSERT_EQ(shown.page.items.size(), 1U);
  EXPECT_EQ(shown.page.items[0].reservation.id, own);
  EXPECT_THAT(shown.unreadable,
              ElementsAre(Unreadable{newer.value, "made by a newer version: state \"SUSPENDED\""}));
  const auto one = load_reservation(connection_, viewer(user_), newer);
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().slug, kNewerVersion);
  EXPECT_FALSE(end(connection_, author(user_), viewer(user_), newer));
  const auto stranger = viewer(add_user("eve@example.org"));
  EXPECT_EQ(load_reservation(connection_, stranger, newer).error().slug, "reservation_not_found");
}

TEST_F(NewerVersion, APageEndsWhereItsRowsEndWhetherTheyCanBeReadOrNot) {
  const auto first = due();
  const auto second = due();
  set_state(second, "SUSPENDED");
  const auto newest = must(list_reservations(connection_, viewer(user_), {}, {1, ""}));
  EXPECT_THAT(newest.page.items, IsEmpty());
  EXPECT_EQ(newest.unreadable.size(), 1U);
  ASSERT_TRUE(newest.page.next);
  const auto rest = must(list_reservations(connection_, viewer(user_), {}, {1, *newest.page.next}));
  ASSERT_EQ(rest.page.items.size(), 1U);
  EXPECT_EQ(rest.page.items[0].reservation.id, first);
  EXPECT_EQ(rest.page.next, std::nullopt);
}

TEST_F(NewerVersion, WhatIsDueInAnUnknownModeIsNotBegunAndNotClosed) {
  const auto id = due();
  sql("ALTER TABLE berth.reservation DROP CONSTRAINT reservation_mode_check");
  sql("UPDATE berth.reservation SET mode = 'batch'");
  const auto read = desired();
  EXPECT_THAT(read.due, IsEmpty());
  EXPECT_THAT(read.unreadable, ElementsAre(planning::Unreadable{"newer_version", "reservations/" + id.value,
                                                                "made by a newer version: mode \"batch\""}));
}

TEST_F(NewerVersion, APoolInUnknownWordsIsNamedInTheListAndTheOthersGoOn) {
  const auto id = due();
  must(apply_pool(connection_, author(user_), other_pool("second")));
  sql("UPDATE berth.pool SET policy = policy || '{\"colour\": \"blue\"}' WHERE name = 'lab'");
  const auto pools = must(load_pools(connection_));
  ASSERT_EQ(pools.pools.size(), 1U);
  EXPECT_EQ(pools.pools[0].name, "second");
  ASSERT_EQ(pools.unreadable.size(), 1U);
  EXPECT_EQ(pools.unreadable[0].what, "lab");
  EXPECT_THAT(pools.unreadable[0].detail, HasSubstr("policy.colour"));
  EXPECT_EQ(load_pool(connection_, "lab").error().slug, kNewerVersion);
  const auto refused = try_book(user_, request("slice-24gb", 1, 8, 12));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, kNewerVersion);
  const auto read = desired();
  EXPECT_THAT(read.due, IsEmpty());
  ASSERT_EQ(read.unreadable.size(), 1U);
  EXPECT_EQ(read.unreadable[0].object, "reservations/" + id.value);
  EXPECT_EQ(list().page.items.size(), 1U) << "what is booked in it is shown";
}

TEST_F(NewerVersion, ColumnsThatWereAddedDisturbNobody) {
  const auto id = running(1);
  desired();
  list();  // the statements are prepared
  for (const auto* table : {"app_user", "device_class", "finding", "hold", "node", "pool", "reservation",
                            "reservation_unit", "session", "step", "team", "unit", "unit_history"}) {
    sql(fmt::format("ALTER TABLE berth.{} ADD COLUMN added_later text NOT NULL DEFAULT 'x'", table));
  }
  EXPECT_EQ(desired().sessions.size(), 1U);
  EXPECT_EQ(list().page.items.size(), 1U);
  EXPECT_EQ(must(load_session(connection_, viewer(user_), id)).session.namespace_name, "berth-s-1");
  EXPECT_EQ(must(load_pool(connection_, "lab")), lab_);
  must(control_->set_phase(lead_, desired().sessions[0].session.id,
                           {.phase = model::SessionPhase::kStopping, .reason = "It ended."}));
  slice(user_, 8, 12);
}

}  // namespace
}  // namespace berth::store
