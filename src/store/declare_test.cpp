// Units that are taken out of service or out of a pool under bookings.
#include <gmock/gmock.h>

#include "store/apply.hpp"
#include "store/events.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Declare : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  model::Pool wanted_ = lab_pool();

  DeclareOutcome declare_it(MoveBookings move = MoveBookings::kNo, Keep keep = Keep::kYes) {
    return must(declare(connection_, admin_author(), {{}, {wanted_}}, {.move = move, .keep = keep}));
  }
  Applied applied(MoveBookings move = MoveBookings::kNo, Keep keep = Keep::kYes) {
    auto outcome = declare_it(move, keep);
    EXPECT_TRUE(std::holds_alternative<AppliedAll>(outcome));
    return std::get<AppliedAll>(std::move(outcome)).pools.at(0);
  }
  PoolInUse refused(MoveBookings move = MoveBookings::kNo) {
    auto outcome = declare_it(move);
    EXPECT_TRUE(std::holds_alternative<PoolInUse>(outcome));
    return std::get<PoolInUse>(std::move(outcome));
  }
  void close(const std::string& name) {
    for (auto& unit : wanted_.units) unit.out_of_service = unit.out_of_service || unit.name == name;
  }
  void drop(const std::string& name) {
    std::erase_if(wanted_.units, [&](const model::Unit& unit) { return unit.name == name; });
  }
  std::int64_t claims_moved() {
    return number("SELECT count(*) AS x FROM berth.audit WHERE object_type = 'claim' AND actor = '" +
                  admin_author().actor + "'");
  }
};

TEST_F(Declare, TakingAUnitOutOfServiceNamesItsBookings) {
  const auto held = slice(ana_, 2, 4);
  const auto other = slice(ana_, 2, 4);
  close(held.unit_names[0]);
  const auto done = applied();
  ASSERT_THAT(done.affected, SizeIs(1));
  const auto& it = done.affected[0];
  EXPECT_EQ(it.reservation, held.reservation.id);
  EXPECT_EQ(it.owner, "ana@example.org");
  EXPECT_EQ(it.device_class, "slice-24gb");
  EXPECT_EQ(it.units, held.unit_names);
  EXPECT_EQ(it.during, held.reservation.window);
  EXPECT_FALSE(it.in_the_way);
  EXPECT_EQ(it.fate, Fate::kMovable);
  ASSERT_THAT(it.to_units, SizeIs(1));
  EXPECT_NE(it.to_units, held.unit_names);
  EXPECT_NE(it.to_units, other.unit_names);
  EXPECT_EQ(units_of(held.reservation.id), held.unit_names) << "nobody was asked to move it";
  EXPECT_EQ(claims_moved(), 0);
}

TEST_F(Declare, TheyAreMovedWhereThatIsAskedForAuditedAndTold) {
  const auto held = slice(ana_, 2, 4);
  const auto told = must(newest_event(connection_));
  close(held.unit_names[0]);
  const auto done = applied(MoveBookings::kYes);
  ASSERT_THAT(done.affected, SizeIs(1));
  EXPECT_EQ(done.affected[0].fate, Fate::kMoved);
  EXPECT_EQ(units_of(held.reservation.id), done.affected[0].to_units);
  EXPECT_EQ(claims_moved(), 1);
  const auto events = must(events_after(connection_, told)).events;
  const auto is_its_own = [&](const Event& one) {
    return one.kind == event_kind::kReservation && one.reservation == held.reservation.id &&
           one.owner == ana_;
  };
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), is_its_own));

  EXPECT_THAT(applied(MoveBookings::kYes).affected, IsEmpty()) << "nobody is on it any more";
  EXPECT_EQ(claims_moved(), 1);
}

TEST_F(Declare, WhatWasOutOfServiceBeforeCanStillBeCleared) {
  const auto held = slice(ana_, 2, 4);
  close(held.unit_names[0]);
  applied();
  const auto again = applied();
  EXPECT_THAT(again.changes, IsEmpty());
  EXPECT_THAT(again.affected, SizeIs(1)) << "it is told each time";
  const auto audited = number("SELECT count(*) AS x FROM berth.audit");
  EXPECT_EQ(applied(MoveBookings::kYes).affected.at(0).fate, Fate::kMoved);
  EXPECT_NE(units_of(held.reservation.id), held.unit_names);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit"), audited + 1) << "the claim and nothing else";
}

TEST_F(Declare, WhatHasBegunStaysAndIsNamed) {
  const auto held = slice(ana_, 0, 4);
  begin(held.reservation.id);
  close(held.unit_names[0]);
  const auto done = applied(MoveBookings::kYes);
  ASSERT_THAT(done.affected, SizeIs(1));
  EXPECT_EQ(done.affected[0].fate, Fate::kStays);
  EXPECT_EQ(done.affected[0].why, "It has begun.");
  EXPECT_EQ(units_of(held.reservation.id), held.unit_names);
}

TEST_F(Declare, WhatFindsNoRoomStaysAndIsNamed) {
  const auto held = book(ana_, request("slice-24gb", 4, 2, 4));
  close("gpu0-slice0");
  const auto done = applied(MoveBookings::kYes);
  ASSERT_THAT(done.affected, SizeIs(1));
  EXPECT_EQ(done.affected[0].fate, Fate::kStays);
  EXPECT_THAT(done.affected[0].why, HasSubstr("No other units of slice-24gb are free"));
  EXPECT_THAT(units_of(held.reservation.id), SizeIs(4));
}

TEST_F(Declare, AUnitMayGoOnceItsBookingsAreMoved) {
  const auto held = slice(ana_, 2, 4);
  drop(held.unit_names[0]);
  const auto in_use = refused();
  EXPECT_EQ(in_use.pool, "lab");
  ASSERT_THAT(in_use.affected, SizeIs(1));
  EXPECT_TRUE(in_use.affected[0].in_the_way);
  EXPECT_EQ(in_use.affected[0].fate, Fate::kMovable);
  EXPECT_THAT(in_use.conflicts, SizeIs(1));
  EXPECT_THAT(in_use.others, IsEmpty()) << "the booking is named, there is nothing else";
  EXPECT_EQ(must(load_pool(connection_, "lab")), lab_);

  const auto done = applied(MoveBookings::kYes);
  EXPECT_EQ(done.affected.at(0).fate, Fate::kMoved);
  EXPECT_EQ(units_of(held.reservation.id), done.affected.at(0).to_units);
  EXPECT_THAT(done.changes,
              testing::Contains(HasSubstr(held.unit_names[0] + " of node gpu-node-1 is retired")));
}

TEST_F(Declare, NobodyIsMovedWhenOneStandsInTheWay) {
  const auto movable = slice(ana_, 2, 4);
  const auto runs = slice(ana_, 0, 6);
  ASSERT_NE(movable.unit_names, runs.unit_names);
  begin(runs.reservation.id);
  drop(movable.unit_names[0]);
  drop(runs.unit_names[0]);
  const auto in_use = refused(MoveBookings::kYes);
  ASSERT_THAT(in_use.affected, SizeIs(2));
  EXPECT_EQ(in_use.affected[0].why, "It has begun.");
  EXPECT_EQ(in_use.affected[1].fate, Fate::kMovable);
  EXPECT_EQ(units_of(movable.reservation.id), movable.unit_names);
  EXPECT_EQ(must(load_pool(connection_, "lab")), lab_);
  EXPECT_EQ(claims_moved(), 0);
}

TEST_F(Declare, WhatIsOnlyTriedAnswersTheSameAndChangesNothing) {
  const auto held = slice(ana_, 2, 4);
  const auto told = must(newest_event(connection_));
  const auto audited = number("SELECT count(*) AS x FROM berth.audit");
  close(held.unit_names[0]);
  const auto tried = applied(MoveBookings::kYes, Keep::kNo);
  EXPECT_EQ(units_of(held.reservation.id), held.unit_names);
  EXPECT_EQ(must(load_pool(connection_, "lab")), lab_);
  EXPECT_EQ(must(newest_event(connection_)), told);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit"), audited);
  const auto done = applied(MoveBookings::kYes);
  EXPECT_EQ(done.changes, tried.changes);
  EXPECT_EQ(done.affected.at(0).fate, tried.affected.at(0).fate);
  EXPECT_EQ(done.affected.at(0).to_units, tried.affected.at(0).to_units);
}

TEST_F(Declare, WhatElseStandsAgainstItIsToldBeside) {
  const auto held = book(ana_, request("slice-24gb", 2, 2, 4));  // 30 cores
  wanted_.nodes[0].capacity.cpu.value = 34'999;
  const auto in_use = refused(MoveBookings::kYes);
  EXPECT_THAT(in_use.affected, IsEmpty());
  ASSERT_THAT(in_use.others, SizeIs(1));
  EXPECT_THAT(in_use.others[0], HasSubstr("29999 thousandths of a core"));
}

}  // namespace
}  // namespace berth::store
