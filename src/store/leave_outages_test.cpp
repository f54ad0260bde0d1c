// Bookings on a unit that its node does not offer: who leaves, who stays, who is told what.
#include "store/leave_outages.hpp"

#include <gmock/gmock.h>

#include <set>

#include "store/fixture.hpp"
#include "store/warnings.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LeaveOutages : public StoreTest {
 protected:
  /// As the reconciler writes it down.
  void is_away(const std::string& unit) {
    sql("INSERT INTO berth.hold (unit, session, since, why) SELECT id, NULL, now(), 'Node gpu-node-1 offers "
        "0 of 2.' "
        "FROM berth.unit WHERE name = '" +
        unit + "'");
  }
  void is_back() { sql("UPDATE berth.hold SET released_at = now()"); }
  LeftOutages leave() { return must(leave_outages(connection_, lab_.id)); }
  std::vector<std::string> warned(const model::ReservationId& id) {
    const auto all = must(load_warnings(connection_, {id}));
    const auto found = all.find(id);
    return found == all.end() ? std::vector<std::string>() : found->second;
  }
  std::string only_unit(const ReservationView& of) { return units_of(of.reservation.id).front(); }

  model::UserId ana_ = add_user("ana@example.org");
};

TEST_F(LeaveOutages, WhatBeginsSoonGetsAnotherUnitOfItsClass) {
  const auto booked = slice(ana_, 2, 4);
  const auto unit = only_unit(booked);
  EXPECT_THAT(must(pools_with_outages(connection_)), IsEmpty());
  is_away(unit);
  ASSERT_THAT(must(pools_with_outages(connection_)), SizeIs(1));
  EXPECT_THAT(warned(booked.reservation.id),
              ElementsAre(HasSubstr("Unit " + unit + " is out of service: Node gpu-node-1")));
  const auto left = leave();
  EXPECT_EQ(left.moved, 1);
  EXPECT_EQ(left.stay, 0);
  EXPECT_NE(only_unit(booked), unit);
  EXPECT_THAT(warned(booked.reservation.id), IsEmpty());
  EXPECT_THAT(must(pools_with_outages(connection_)), IsEmpty());
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE object_type = 'claim' AND actor = "
                   "'portal' AND request_id = 'outage'"),
            1);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.event WHERE kind = 'reservation' AND reservation = '" +
                   booked.reservation.id.value + "' AND id = (SELECT max(id) FROM berth.event)"),
            1);
}

class LeaveChanges : public LeaveOutages {
 protected:
  LeaveChanges() {
    is_away(unit_);
    order("gpu-node-1");
  }
  void order(const std::string& node) {
    sql("INSERT INTO berth.layout_order (node, layout, ways, advertises, units, not_before, ordered_by)"
        " SELECT id, 'berth-00000000000000aa', '{}', '{nvidia.com/gpu=1}', '{gpu1}', now() - interval '1 "
        "minute', '" +
        admin_.value + "' FROM berth.node WHERE name = '" + node + "'");
  }
  void is(const std::string& state, const std::string& step, const std::string& until) {
    sql("UPDATE berth.layout_order SET state = '" + state + "', step = '" + step +
        "', step_until = clock_timestamp() + interval '" + until + "'");
  }
  bool anybody_leaves() { return !must(pools_with_outages(connection_)).empty(); }

  ReservationView booked_ = slice(ana_, 2, 4);
  std::string unit_ = only_unit(booked_);
};

TEST_F(LeaveChanges, NobodyLeavesForOneThatIsOverInMinutes) {
  for (const auto* step : {"relabelling", "waiting"}) {
    is("ordered", step, "2 minutes");
    EXPECT_FALSE(anybody_leaves()) << step;
  }
  EXPECT_EQ(leave().moved, 0);
  is("in_force", "waiting", "20 minutes");
  EXPECT_FALSE(anybody_leaves()) << "it is looked at after a boot";
  is("in_force", "relabelling", "1 minute");
  EXPECT_FALSE(anybody_leaves()) << "somebody changed it by hand, and it is put right";
  EXPECT_EQ(leave().moved, 0);
}

TEST_F(LeaveChanges, TheyLeaveOneThatIsStuckOrLastsOrWaitsForSessions) {
  is("ordered", "draining", "3 days");
  EXPECT_TRUE(anybody_leaves());
  is("ordered", "waiting", "-1 second");
  EXPECT_TRUE(anybody_leaves()) << "its node may be dead";
  is("in_force", "waiting", "-1 second");
  EXPECT_TRUE(anybody_leaves());
  is("in_force", "in_force", "1 hour");
  EXPECT_TRUE(anybody_leaves()) << "its unit is away for another reason";
  is("ordered", "waiting", "2 minutes");
  sql("UPDATE berth.layout_order SET stuck = true");
  EXPECT_TRUE(anybody_leaves());
  EXPECT_EQ(leave().moved, 1);
}

TEST_F(LeaveChanges, WhoLeavesAnotherNodeIsNotPutOnOneUnderChange) {
  auto more = lab_pool();  // a second node as the first one
  auto node = more.nodes.front();
  node.id.value += 1;
  node.name = "gpu-node-2";
  node.kubernetes_name += "-2";
  more.nodes.push_back(node);
  const auto devices = more.devices;
  for (auto device : devices) {
    const auto units = more.units;
    const auto was = device.id;
    device.id.value += 100;
    device.node = node.id;
    device.name += "-b";
    more.devices.push_back(device);
    for (auto unit : units) {
      if (unit.device != was) continue;
      unit.node = node.id;
      unit.device = device.id;
      unit.name += "-b";
      more.units.push_back(unit);
    }
  }
  lab_ = must(apply_pool(connection_, admin_author(), more)).pool;
  is("ordered", "waiting", "2 minutes");  // the first node's
  const auto filler = book(ana_, request("slice-24gb", 3, 2, 4));
  const auto other = slice(ana_, 2, 4);
  const auto unit = only_unit(other);
  ASSERT_TRUE(unit.ends_with("-b")) << unit;
  must(end(connection_, author(ana_), viewer(ana_), filler.reservation.id));
  sql("INSERT INTO berth.hold (unit, session, since, why) SELECT u.id, NULL, now(), 'x' FROM berth.unit u"
      " WHERE NOT EXISTS (SELECT FROM berth.hold h WHERE h.unit = u.id AND h.released_at IS NULL)");
  const auto left = leave();
  EXPECT_EQ(left.moved, 0) << "it would be on a node that is under change";
  EXPECT_EQ(left.stay, 1);
  EXPECT_EQ(only_unit(other), unit);
}

TEST_F(LeaveOutages, WhereNothingElseIsFreeItStaysAndItsOwnerIsWarnedUntilItHeals) {
  const auto all = book(ana_, request("slice-24gb", 4, 2, 4));
  is_away(units_of(all.reservation.id)[1]);
  const auto before = units_of(all.reservation.id);
  const auto left = leave();
  EXPECT_EQ(left.moved, 0);
  EXPECT_EQ(left.stay, 1);
  EXPECT_EQ(units_of(all.reservation.id), before);
  EXPECT_THAT(warned(all.reservation.id), ElementsAre(HasSubstr("the start waits")));
  const auto looked_at = must(pools_with_outages(connection_));
  EXPECT_EQ(must(pools_with_outages(connection_)), looked_at) << "so it is not tried again at once";
  is_back();
  EXPECT_THAT(warned(all.reservation.id), IsEmpty());
  EXPECT_THAT(must(pools_with_outages(connection_)), IsEmpty());
}

TEST_F(LeaveOutages, OthersThatHaveNotBegunMakeRoom) {
  // Whole GPUs and slices alike: the three other slices are taken in turns.
  const auto one = slice(ana_, 2, 4);
  const auto early = slice(ana_, 2, 3);
  const auto late = slice(ana_, 3, 4);
  const auto both = book(ana_, request("slice-24gb", 1, 2, 4));
  is_away(only_unit(one));
  EXPECT_EQ(leave().stay, 0);
  std::set<std::string> at_two{only_unit(one), only_unit(early), only_unit(both)};
  std::set<std::string> at_three{only_unit(one), only_unit(late), only_unit(both)};
  EXPECT_EQ(at_two.size(), 3U);
  EXPECT_EQ(at_three.size(), 3U);
}

TEST_F(LeaveOutages, WhatHasBegunStaysAndItsOwnerIsWarned) {
  const auto running = slice(ana_, 0, 4);
  shift_back(running.reservation.id, minutes(60));
  begin(running.reservation.id);
  const auto unit = only_unit(running);
  is_away(unit);
  const auto left = leave();
  EXPECT_EQ(left.moved, 0);
  EXPECT_EQ(left.stay, 0);
  EXPECT_EQ(only_unit(running), unit);
  EXPECT_THAT(warned(running.reservation.id),
              ElementsAre("Unit " + unit + " is out of service: Node gpu-node-1 offers 0 of 2."));
}

TEST_F(LeaveOutages, WhatBeginsLaterThanADayIsLeftAlone) {
  const auto booked = slice(ana_, 60, 62);
  is_away(only_unit(booked));
  EXPECT_THAT(must(pools_with_outages(connection_)), IsEmpty());
  EXPECT_EQ(leave().moved, 0);
  EXPECT_THAT(warned(booked.reservation.id), IsEmpty());
}

}  // namespace
}  // namespace berth::store
