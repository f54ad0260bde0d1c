// A session that waits for a device in use is moved to a unit that is free for its whole window, or not at
// all.
#include <algorithm>

#include "store/control_rows.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class MoveUnits : public StoreTest {
 protected:
  MoveUnits()
      : user_(add_user("ana@example.org")), control_(open_control_rows(as_reconciler(), Log::silent())) {
    lead_ = must(control_->take_lead(lab_.cluster, "test"));
  }

  pg::Settings as_reconciler() const {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    return settings;
  }

  /// A slice until step 2, whose session waits for its device.
  planning::DesiredSession waiting() {
    const auto booked = slice(user_, 0, 4);
    shift_back(booked.reservation.id, minutes(60));
    const NewSession session{{"22222222-2222-4222-8222-222222222222"}, "berth-s-abc", "wabc.example"};
    EXPECT_TRUE(must(control_->begin_session(lead_, booked.reservation.id, 1, session)));
    return must(control_->desired(lab_.cluster)).sessions.front();
  }

  static planning::MoveUnits to_first_spare(const planning::DesiredSession& wanted) {
    return {{wanted.booked.units.front().id}, {wanted.spare_units.front().id}, "the device is in use"};
  }

  model::UserId user_;
  std::unique_ptr<ControlRows> control_;
  Lead lead_;
};

TEST_F(MoveUnits, SparesAreTheOtherUnitsOfTheClassThatNobodyClaimsInTheWindow) {
  slice(user_, 1, 6);  // takes one for a part of the window
  slice(user_, 2, 8);  // begins when the window ends
  const auto wanted = waiting();
  EXPECT_EQ(wanted.spare_units.size(), 2U);
  for (const auto& unit : wanted.spare_units) {
    EXPECT_EQ(unit.device_class, wanted.booked.units.front().device_class);
    EXPECT_NE(unit.id, wanted.booked.units.front().id);
  }
}

TEST_F(MoveUnits, TheClaimIsOnTheOtherUnitAndAuditSaysSo) {
  const auto wanted = waiting();
  const auto move = to_first_spare(wanted);
  must(control_->move_units(lead_, wanted.session.id, move));
  EXPECT_EQ(units_of(wanted.booked.reservation.id),
            std::vector<std::string>{wanted.spare_units.front().name});
  EXPECT_EQ(
      number(
          "SELECT count(*) AS x FROM berth.audit WHERE object_type = 'claim' AND actor LIKE 'reconciler:%'"),
      1);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.event WHERE kind = 'calendar'"), 1);
}

TEST_F(MoveUnits, AUnitThatWasTakenMeanwhileIsRefusedAndNothingChanges) {
  const auto wanted = waiting();
  const auto before = units_of(wanted.booked.reservation.id);
  book(user_, request("slice-24gb", 3, 1, 2));
  const auto done = control_->move_units(lead_, wanted.session.id, to_first_spare(wanted));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().slug, "units_taken");
  EXPECT_EQ(units_of(wanted.booked.reservation.id), before);
}

TEST_F(MoveUnits, AUnitThatSomethingStillHoldsIsNoSpare) {
  const auto wanted = waiting();
  sql("INSERT INTO berth.hold (unit, session, since, why) VALUES (" +
      std::to_string(wanted.spare_units.front().id.value) + ", '" + wanted.session.id.value +
      "', now(), 'lingers')");
  const auto spares = must(control_->desired(lab_.cluster)).sessions.front().spare_units;
  EXPECT_EQ(spares.size(), wanted.spare_units.size() - 1);
  const auto done = control_->move_units(lead_, wanted.session.id, to_first_spare(wanted));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().slug, "units_taken");
}

TEST_F(MoveUnits, SparesAreNotReadOnceTheDeviceIsFree) {
  const auto wanted = waiting();
  sql("UPDATE berth.step SET state = 'done' WHERE name = 'device_free'");
  EXPECT_TRUE(must(control_->desired(lab_.cluster)).sessions.front().spare_units.empty());
}

}  // namespace
}  // namespace berth::store
