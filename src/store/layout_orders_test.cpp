#include "store/layout_orders.hpp"

#include <gmock/gmock.h>

#include "store/fixture.hpp"
#include "store/warnings.hpp"

namespace berth::store {
namespace {

using testing::SizeIs;

class LayoutOrdersTest : public StoreTest {
 protected:
  static NewLayoutOrder change(std::optional<Instant> at = {}) {
    return {{"berth-00000000000000aa", {{"gpu0", 1}}, {{"nvidia.com/gpu", 4}}, {"gpu1"}}, at};
  }
  Result<LayoutsOrdered> order(const std::vector<NewLayoutOrder>& changes, OrderMode mode = OrderMode::kDo) {
    return order_layouts(connection_, author(admin_), admin_, lab_, lab_.nodes.front().id, changes, mode);
  }
  std::vector<LayoutOrderRow> rows(const std::string& pool = "lab") {
    return must(list_layout_orders(connection_, pool));
  }
  std::vector<std::string> audited() {
    std::vector<std::string> all;
    for (const auto& row : sql("SELECT actor || ' ' || action AS what FROM berth.audit"
                               " WHERE object_type = 'layout_order' ORDER BY id"))
      all.push_back(row.get<std::string>("what"));
    return all;
  }
};

TEST_F(LayoutOrdersTest, AreShownWithWhoGaveThemAndAudited) {
  must(order({change()}));
  ASSERT_THAT(rows(), SizeIs(1));
  const auto row = rows().front();
  EXPECT_EQ(row.ordered_by, "admin@example.org");
  EXPECT_EQ(row.state, "ordered");
  EXPECT_EQ(row.ways, (json::value{{"gpu0", 1}}));
  EXPECT_FALSE(row.begun);
  EXPECT_THAT(rows(""), SizeIs(1));
  EXPECT_THAT(rows("other"), SizeIs(0));
  must(order({}));
  EXPECT_THAT(rows(), SizeIs(0));
  const auto who = "user:" + admin_.value;
  EXPECT_THAT(audited(), testing::ElementsAre(who + " layout_order.created", who + " layout_order.changed"));
}

TEST_F(LayoutOrdersTest, MoreThanAreKeptAreRefused) {
  const auto refused = order(std::vector<NewLayoutOrder>(kMostLayoutOrders + 1, change()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fields.front().field, "changes");
}

TEST_F(LayoutOrdersTest, WithoutAChangeThatHasBegunThereIsNothingToTryAgain) {
  const auto refused = retry_layout(connection_, author(admin_), lab_.nodes.front().id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "no_layout_change");
}

TEST_F(LayoutOrdersTest, WhoBeginsWithAChangeIsToldThatItIsLate) {
  const auto ana = add_user("ana@example.org");
  const auto id = slice(ana, 2, 4).reservation.id;
  const auto warnings = [&] { return must(load_warnings(connection_, {id}))[id]; };
  EXPECT_THAT(warnings(), SizeIs(0));
  auto its = change(step(2) - minutes(5));
  its.chosen.units = units_of(id);
  must(order({its}));
  ASSERT_THAT(warnings(), SizeIs(1));
  EXPECT_THAT(warnings().front(), testing::HasSubstr("it begins some minutes late"));
  must(order({change(step(3))}));
  EXPECT_THAT(warnings(), SizeIs(0)) << "that change waits for it, and brings it nothing";
  its.not_before = step(3);
  must(order({its}));
  EXPECT_THAT(warnings(), SizeIs(1));
}

/// Of two bookings of slices one begins before a change to the whole card, and one after it.
class WithoutTheirLayout : public LayoutOrdersTest {
 protected:
  WithoutTheirLayout() { must(order({change(step(4))})); }
  std::vector<std::string> warnings(const model::ReservationId& id) {
    return must(load_warnings(connection_, {id}))[id];
  }
  std::int64_t events_of(const model::ReservationId& id) {
    return number("SELECT count(*) AS x FROM berth.event WHERE kind = 'reservation' AND reservation = '" +
                  id.value + "'");
  }
  void in_force() { sql("UPDATE berth.layout_order SET state = 'in_force', in_force_since = not_before"); }

  model::UserId ana_ = add_user("ana@example.org");
  model::ReservationId before_ = slice(ana_, 2, 4).reservation.id;
  model::ReservationId after_ = slice(ana_, 5, 7).reservation.id;
};

TEST_F(WithoutTheirLayout, ItsOwnerIsToldWhatHappensWhenAndByWhoseOrder) {
  EXPECT_THAT(warnings(before_), SizeIs(0)) << "the change waits for it";
  ASSERT_THAT(warnings(after_), SizeIs(1));
  EXPECT_THAT(warnings(after_).front(),
              testing::StartsWith("Unit " + units_of(after_).front() +
                                  " is not in the layout that the cards of node gpu-node-1 have from " +
                                  format_rfc3339(std::chrono::floor<seconds>(step(4))) +
                                  ", by an admin's order of "));
  EXPECT_THAT(warnings(after_).front(), testing::HasSubstr("fails at its start deadline"));
}

TEST_F(WithoutTheirLayout, TheyLookAnewWhenItIsOrderedAndWhenItIsDropped) {
  const auto earlier = events_of(after_);
  must(order({change(step(4))}));
  EXPECT_EQ(events_of(after_), earlier + 1);
  must(order({}));
  EXPECT_EQ(events_of(after_), earlier + 2);
  EXPECT_THAT(warnings(after_), SizeIs(0));
}

TEST_F(WithoutTheirLayout, TheOneWhoOrdersIsToldAndATryLeavesEverythingAsItWas) {
  const auto rows_before = rows();
  const auto events = events_of(after_);
  const auto tried = must(order({change()}, OrderMode::kTry));
  std::vector<model::ReservationId> concerned;
  for (const auto& one : tried.concerned) concerned.push_back(one.id);
  EXPECT_THAT(concerned, testing::ElementsAre(before_, after_)) << "from now on neither has its slice";
  EXPECT_EQ(tried.concerned.front().owner, "ana@example.org");
  EXPECT_THAT(tried.concerned.front().warnings, SizeIs(1));
  EXPECT_EQ(tried.concerned.front().start, step(2));
  EXPECT_EQ(rows().front().id, rows_before.front().id);
  EXPECT_EQ(events_of(after_), events);
  EXPECT_THAT(must(order({})).concerned, SizeIs(0)) << "who drops an order asks for nothing";
}

TEST_F(LayoutOrdersTest, WhatTheNodeHasAlreadyIsNotOrderedAgainSinceThatWouldDrainIt) {
  must(order({change()}));
  sql("UPDATE berth.layout_order SET state = 'in_force', in_force_since = now()");
  must(order({change()}));
  ASSERT_THAT(rows(), SizeIs(1));
  EXPECT_EQ(rows().front().state, "in_force");
  auto other = change(step(4));
  other.chosen.units = {"gpu0-slice0"};
  must(order({change(step(2)), other, other, change(step(6))}));
  EXPECT_THAT(rows(), SizeIs(3)) << "in force; another one and back";
  sql("UPDATE berth.layout_order SET stuck = true WHERE state = 'in_force'");
  must(order({change()}));
  EXPECT_THAT(rows(), SizeIs(2)) << "what is stuck is tried again";
}

TEST_F(WithoutTheirLayout, NobodyIsToldWhereItComesBackInTimeOrItsUnitsAreInIt) {
  auto back = change(step(5));
  back.chosen.units = units_of(after_);
  must(order({change(step(4)), back}));
  for (const auto& one : warnings(after_)) EXPECT_THAT(one, testing::HasSubstr("some minutes late"));
  back.not_before = step(6);
  must(order({change(step(4)), back}));
  for (const auto& one : warnings(after_)) EXPECT_THAT(one, testing::HasSubstr("some minutes late"));
  back.not_before = step(7);
  must(order({change(step(4)), back}));
  EXPECT_THAT(warnings(after_), SizeIs(1)) << "it comes when the window is over";
  EXPECT_THAT(warnings(after_).front(), testing::HasSubstr("is not in the layout"));
}

TEST_F(WithoutTheirLayout, OfWhatIsInForceThoseWhoBeginWithinADay) {
  const auto later = slice(ana_, 60, 62).reservation.id;
  EXPECT_THAT(warnings(later), SizeIs(1)) << "it was ordered for then too, as far as anybody said";
  in_force();
  EXPECT_THAT(warnings(later), SizeIs(0)) << "until then somebody may order another one";
  ASSERT_THAT(warnings(after_), SizeIs(1));
  EXPECT_THAT(warnings(after_).front(), testing::HasSubstr("have had since"));
}

TEST_F(LayoutOrdersTest, OneThatNoReconcilerCouldReadIsRefused) {
  auto owner = database_.connect();
  must(owner.run("SET berth.actor = 'owner'"));
  must(order({change()}));
  for (const auto* what : {"{nvidia.com/gpu}", "{nvidia.com/gpu=}", "{nvidia.com/gpu=x}", "{=1}", "{NULL}",
                           "{nvidia.com/gpu=1,NULL}", "{nvidia.com/gpu=99999999999999999999}"})
    EXPECT_FALSE(owner.run(std::string("UPDATE berth.layout_order SET advertises = '") + what + "'")) << what;
  must(owner.run(
      "UPDATE berth.layout_order SET advertises = '{nvidia.com/gpu=4,nvidia.com/mig-1g.24gb.me=2}'"));
}

TEST_F(LayoutOrdersTest, AChangeOfNothingIsNotAudited) {
  must(order({change()}));
  auto owner = database_.connect();
  must(owner.run("SET berth.actor = 'owner'"));
  must(owner.run("UPDATE berth.layout_order SET step = step"));
  EXPECT_THAT(audited(), SizeIs(1));
}

TEST_F(LayoutOrdersTest, APortalSaysNothingOfWhatIsDone) {
  must(order({change()}));
  EXPECT_FALSE(connection_.run("UPDATE berth.layout_order SET step = 'in_force'"))
      << "that is the reconciler's";
  EXPECT_FALSE(
      connection_.run("BEGIN; SELECT set_config('berth.actor', 'portal', true);"
                      "UPDATE berth.layout_order SET state = 'in_force'; COMMIT"));
  must(connection_.run("ROLLBACK"));
  EXPECT_EQ(rows().front().state, "ordered");
}

}  // namespace
}  // namespace berth::store
