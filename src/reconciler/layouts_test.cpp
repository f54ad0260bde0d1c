// Layouts in service: bookings, orders, a node and the GPU operator's part of it played by the test, with the
// reconciler killed after any of its effects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layout/apply_step.hpp"
#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const std::string kWhole = "berth-0000000000000001";
const std::string kSlices = "berth-0000000000000002";

/// The lab's first card alone, on offer as slices and whole.
model::Pool one_card() {
  auto pool = lab_pool();
  const auto first = pool.devices.front();
  for (auto& unit : pool.units) {
    if (unit.device == first.id) continue;
    unit.device = first.id;
    unit.placement = {0, first.slots};
  }
  pool.devices.resize(1);
  return pool;
}

class LayoutsTest : public testing::Test {
 protected:
  LayoutsTest() {
    world_.declare(one_card());
    for (const auto& unit : world_.pool().units) {
      auto& counts = of_[unit.placement.end - unit.placement.first > 1 ? kWhole : kSlices];
      counts[unit.resource_name] += unit.replicas;
      all_.insert(unit.resource_name);
    }
    operator_has(kSlices, "success");
    offer(kSlices);
  }

  kube::ObjectRef node() const {
    return {kube::resources::nodes(), "", world_.pool().nodes.front().kubernetes_name};
  }
  std::string label(std::string_view name) {
    return kube::label_of(must(world_.client().get(node())), name).value_or("");
  }
  void patch(const json::value& change, const std::string& part = "") {
    must(world_.client().merge_patch(node(), change, {.field_manager = "nvidia", .dry_run = false}, part));
  }
  void operator_has(const std::string& layout, const std::string& state) {
    patch({{"metadata",
            {{"labels",
              {{layout::kMigConfigLabel, layout},
               {layout::kMigStateLabel, state},
               {layout::kLayoutsLabel, "true"},
               {layout::kMigManagerLabel, "true"}}}}}});
    taken_up_ = layout;
  }
  /// Of an unknown layout: nothing.
  void offer(const std::string& layout) {
    json::object counts;
    for (const auto& name : all_) {
      const auto& has = of_[layout];
      counts[name] = has.contains(name) ? std::to_string(has.at(name)) : "0";
    }
    patch({{"status", {{"allocatable", counts}, {"capacity", counts}}}}, "status");
  }
  /// One look of the manager and the device plugin, by turns: takes up the label, cuts, advertises.
  void operate() {
    const auto wanted = label(layout::kMigConfigLabel);
    const auto state = label(layout::kMigStateLabel);
    if (wanted != taken_up_) {
      for (const auto& one : world_.tables().sessions) {
        EXPECT_TRUE(one.second.session.phase == model::SessionPhase::kGone || waits(one.second.session))
            << "a card was touched under session " << one.second.session.namespace_name;
      }
      operator_has(wanted, "pending");
      offer("");
    } else if (state == "pending") {
      operator_has(wanted, "success");
    } else if (state == "success") {
      offer(wanted);
    }
  }
  static bool waits(const model::Session& session) {
    return session.phase == model::SessionPhase::kStarting &&
           session.steps.front().state != model::StepState::kDone;
  }

  planning::LayoutOrder order(const std::string& layout, std::optional<Instant> at = {}) {
    planning::LayoutOrder order;
    order.layout = layout;
    order.advertises = of_.at(layout);
    for (const auto& unit : world_.pool().units) {
      if (of_.at(layout).contains(unit.resource_name)) order.units.push_back(unit.name);
    }
    order.not_before = at.value_or(world_.now());
    return order;
  }
  const planning::LayoutOrder& last() const { return world_.tables().layouts.back(); }
  bool in_force(const std::string& layout) const {
    return world_.tables().layouts.size() == 1 && last().in_force && last().layout == layout;
  }
  /// Half a minute each, the operator at work in between; until `done`, or for so long.
  template <typename Done>
  bool go(Done&& done, std::optional<int> effects = {}, int most = 80) {
    for (int i = 0; i < most; ++i) {
      world_.cycle(effects);
      if (done()) return true;
      operate();
      world_.cycle(effects);
      world_.advance(i % 4 == 3 ? Duration(30s) : Duration(1s));
    }
    return done();
  }
  bool is_ready(const model::ReservationId& id) const {
    const auto* session = storetwin::session_of(world_.tables(), id);
    return session != nullptr && session->phase == model::SessionPhase::kReady;
  }

  TestWorld world_{31};
  std::map<std::string, std::map<std::string, std::int64_t>> of_;
  std::set<std::string> all_;
  std::string taken_up_;
};

TEST_F(LayoutsTest, OneThatIsThereAlreadyIsInForceWithoutATouch) {
  world_.order_layouts({order(kSlices)});
  world_.cycle();
  EXPECT_TRUE(in_force(kSlices));
  ASSERT_TRUE(world_.settle());
  const auto before = world_.written();
  world_.cycle();
  EXPECT_EQ(world_.written(), before) << "a settled cycle writes nothing";
}

TEST_F(LayoutsTest, ABookingOfTheOtherLayoutStartsOnceItIsThere) {
  const auto slice = world_.book("slice-24gb", 1, std::nullopt, world_.step(1));
  world_.order_layouts({order(kSlices)});
  ASSERT_TRUE(go([&] { return is_ready(slice); }));
  const auto whole = world_.book("whole-96gb", 1, world_.step(1), world_.step(4));
  world_.order_layouts({order(kWhole)});
  world_.cycle();
  EXPECT_EQ(last().progress.step, "draining");
  EXPECT_EQ(label(layout::kMigConfigLabel), kSlices) << "not while a session has a slice";
  ASSERT_TRUE(go([&] { return is_ready(whole); }, {}, 400));
  EXPECT_TRUE(in_force(kWhole));
  EXPECT_EQ(world_.reservation(slice).state, model::ReservationState::kCompleted);
  EXPECT_EQ(world_.open_findings().size(), 0U);
  EXPECT_TRUE(std::ranges::none_of(world_.tables().holds, [](const storetwin::Hold& one) {
    return one.session.value.empty() && !one.released_at;
  })) << "its maintenance is over";
}

TEST_F(LayoutsTest, AReconcilerThatIsKilledAfterAnyEffectGoesOnFromWhatItReads) {
  const auto whole = world_.book("whole-96gb", 1, std::nullopt, world_.step(6));
  world_.order_layouts({order(kSlices)});
  world_.cycle();
  world_.order_layouts({order(kWhole)});
  EXPECT_TRUE(go([&] { return is_ready(whole); }, 1, 400)) << "every life makes one effect";
  EXPECT_TRUE(in_force(kWhole));
}

TEST_F(LayoutsTest, WhatIsStuckIsTriedAgainOnAWordAndNoBookingIsLost) {
  const auto whole = world_.book("whole-96gb", 1, std::nullopt, world_.step(8));
  world_.order_layouts({order(kSlices)});
  world_.cycle();
  world_.order_layouts({order(kWhole)});
  for (int i = 0; i < 8; ++i) {  // nobody takes up the label
    world_.cycle();
    world_.advance(20s);
  }
  EXPECT_EQ(last().progress.step, "no_manager");
  ASSERT_EQ(world_.open_findings().size(), 1U);
  EXPECT_EQ(world_.open_findings().front().kind, "layout_stuck");
  EXPECT_THAT(world_.open_findings().front().planned_action, HasSubstr("berth gpu retry"));
  world_.advance(30min);  // past its start deadline
  world_.cycle();
  EXPECT_EQ(world_.reservation(whole).state, model::ReservationState::kApproved);
  world_.retry_layout();
  EXPECT_TRUE(go([&] { return is_ready(whole); }, {}, 200));
  EXPECT_EQ(world_.open_findings().size(), 0U);
}

TEST_F(LayoutsTest, AfterABootItIsLookedAtBeforeASessionStarts) {
  world_.order_layouts({order(kSlices)});
  ASSERT_TRUE(world_.settle());
  patch({{"status", {{"nodeInfo", {{"bootID", "another"}}}}}}, "status");
  offer("");
  const auto slice = world_.book("slice-24gb", 1, std::nullopt, world_.step(4));
  for (int i = 0; i < 5; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(storetwin::session_of(world_.tables(), slice), nullptr);
  EXPECT_EQ(last().progress.step, "waiting");
  EXPECT_TRUE(go([&] { return is_ready(slice); }));
  EXPECT_EQ(last().progress.boot, "another");
}

TEST_F(LayoutsTest, ALabelThatWasChangedByHandStopsStartsAndIsPutRightOnceNobodyHasADevice) {
  const auto slice = world_.book("slice-24gb", 1, std::nullopt, world_.step(1));
  world_.order_layouts({order(kSlices)});
  ASSERT_TRUE(go([&] { return is_ready(slice); }));
  operator_has(kWhole, "failed");  // as the manager says while somebody has a device
  const auto next = world_.book("slice-24gb", 1, std::nullopt, world_.step(4));
  for (int i = 0; i < 5; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(storetwin::session_of(world_.tables(), next), nullptr);
  EXPECT_EQ(label(layout::kMigConfigLabel), kWhole) << "not under a session";
  ASSERT_EQ(world_.open_findings().size(), 1U);
  EXPECT_EQ(world_.open_findings().front().kind, "layout_differs");
  EXPECT_TRUE(go([&] { return is_ready(next); }, 1, 800)) << "every life makes one effect";
  EXPECT_TRUE(in_force(kSlices));
  EXPECT_EQ(world_.open_findings().size(), 0U);
  EXPECT_EQ(world_.reservation(slice).state, model::ReservationState::kCompleted);
}

}  // namespace
}  // namespace berth::reconciler
