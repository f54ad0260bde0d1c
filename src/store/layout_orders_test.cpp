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
  Status order(const std::vector<NewLayoutOrder>& changes) {
    return order_layouts(connection_, author(admin_), admin_, lab_.id, lab_.nodes.front().id, changes);
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
  must(order({change(step(2) - minutes(5))}));
  ASSERT_THAT(warnings(), SizeIs(1));
  EXPECT_THAT(warnings().front(), testing::HasSubstr("it begins some minutes late"));
  must(order({change(step(3))}));
  EXPECT_THAT(warnings(), SizeIs(0)) << "that change waits for it, and brings it nothing";
  auto its = change(step(3));
  its.chosen.units = units_of(id);
  must(order({its}));
  EXPECT_THAT(warnings(), SizeIs(1));
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
