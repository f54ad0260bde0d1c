// What ControlRows promises of orders for layouts: they are read as they were given, a step is written down
// or nothing is, and a node has one layout in force.
#include <gmock/gmock.h>

#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;

class ControlLayouts : public ControlContract {
 protected:
  std::string node() const { return lab_.nodes.front().kubernetes_name; }
  planning::LayoutOrder order(char last, Duration from_now = {}) const {
    planning::LayoutOrder order;
    order.node = node();
    order.layout = std::string("berth-000000000000000") + last;
    order.advertises = {{"nvidia.com/gpu", 4}, {"nvidia.com/mig-1g.24gb+me", 2}};
    order.units = {"gpu1", "gpu0-slice3"};
    order.not_before = world().now() + from_now;
    return order;
  }
  std::vector<planning::LayoutOrder> orders() {
    auto all = desired().layouts;
    std::erase_if(all, [](const planning::LayoutOrder& one) { return one.over_at.has_value(); });
    return all;
  }
  std::set<char> over() {
    std::set<char> found;
    for (const auto& one : desired().layouts) {
      if (one.over_at) found.insert(one.layout.back());
    }
    return found;
  }
  planning::KeepLayout step_of(std::size_t index) {
    planning::KeepLayout keep;
    keep.order = orders().at(index).id;
    keep.node = node();
    keep.progress = {.label_given = "berth-0000000000000001",
                     .labelled = world().now(),
                     .had_others = true,
                     .mig_state = "pending",
                     .mig_state_since = world().now(),
                     .boot = "boot-1",
                     .back = world().now(),
                     .tries = 2,
                     .step = "failed",
                     .stuck = true,
                     .sentence = "It failed.",
                     .repair = "Read the log.",
                     .until = world().now() + minutes(3)};
    return keep;
  }
};

TEST_P(ControlLayouts, AreReadAsTheyWereGivenAndTheStepsAsTheyWereWritten) {
  world().order_layouts(node(), {order('1'), order('2', hours(1))});
  auto read = orders();
  ASSERT_EQ(read.size(), 2U);
  auto first = order('1');
  first.id = read[0].id;
  EXPECT_EQ(read[0], first);
  EXPECT_EQ(read[1].not_before, world().now() + hours(1));
  const auto keep = step_of(0);
  must(control().keep_layout(lead_, keep));
  EXPECT_EQ(orders()[0].progress, keep.progress);
  EXPECT_FALSE(orders()[0].in_force);
  EXPECT_EQ(orders()[1], read[1]);
}

TEST_P(ControlLayouts, OneTakesForceInThePlaceOfAnother) {
  world().order_layouts(node(), {order('1')});
  auto keep = step_of(0);
  keep.takes_force = true;
  must(control().keep_layout(lead_, keep));
  EXPECT_TRUE(orders()[0].in_force);
  EXPECT_EQ(orders()[0].in_force_since, world().now());
  world().advance(minutes(1));
  world().order_layouts(node(), {order('2'), order('3')});
  ASSERT_EQ(orders().size(), 3U);
  keep = step_of(2);
  keep.replaced = {orders()[1].id};
  keep.takes_force = true;
  must(control().keep_layout(lead_, keep));
  ASSERT_EQ(orders().size(), 1U);
  EXPECT_EQ(orders()[0].layout, order('3').layout);
  EXPECT_TRUE(orders()[0].in_force);
}

TEST_P(ControlLayouts, WhatHasNotBegunGivesWayAndWhatHasStays) {
  world().order_layouts(node(), {order('1'), order('2', hours(1))});
  must(control().keep_layout(lead_, step_of(0)));
  const auto late = step_of(1);
  world().order_layouts(node(), {order('3', hours(2))});
  const auto read = orders();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].layout, order('1').layout);
  EXPECT_EQ(read[1].layout, order('3').layout);
  const auto over = control().keep_layout(lead_, late);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().slug, "layout_order_over");
  EXPECT_EQ(orders(), read) << "nothing is written, and nothing may be done";
}

TEST_P(ControlLayouts, WhatIsOverAfterItsTimeHadComeIsStillKnown) {
  world().order_layouts(node(), {order('1'), order('2')});
  world().advance(minutes(1));
  EXPECT_THAT(over(), testing::IsEmpty());
  world().order_layouts(node(), {order('3'), order('4')});
  EXPECT_THAT(over(), ElementsAre('1', '2'));
  auto keep = step_of(1);
  keep.replaced = {orders()[0].id};
  must(control().keep_layout(lead_, keep));
  EXPECT_THAT(over(), ElementsAre('1', '2', '3'));
}

TEST_P(ControlLayouts, AnotherTryIsAskedForOnceAndOfWhatHasBegun) {
  world().order_layouts(node(), {order('1'), order('2', hours(1))});
  world().retry_layout(node());
  EXPECT_TRUE(orders()[0].retry_asked);
  EXPECT_FALSE(orders()[1].retry_asked);
  auto keep = step_of(0);
  keep.retries = true;
  must(control().keep_layout(lead_, keep));
  EXPECT_FALSE(orders()[0].retry_asked);
}

TEST_P(ControlLayouts, AreWrittenByTheLeaderAlone) {
  world().order_layouts(node(), {order('1')});
  const auto keep = step_of(0);
  const auto before = orders();
  must(control().take_lead(lab_.cluster, "another"));
  const auto late = control().keep_layout(lead_, keep);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().slug, kStaleEpoch);
  EXPECT_EQ(orders(), before);
}

INSTANTIATE_TEST_SUITE_P(Of, ControlLayouts, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
