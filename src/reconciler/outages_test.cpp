// What the cluster says of its nodes reaches the calendar, people and owners.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "booking/booking.hpp"
#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class OutagesTest : public testing::Test {
 protected:
  std::string node() const { return world_.pool().nodes.front().kubernetes_name; }
  kube::ObjectRef ref() const { return {kube::resources::nodes(), "", node()}; }
  void offer(const std::string& resource, const std::string& count) {
    must(world_.client().merge_patch(
        ref(), {{"status", {{"allocatable", {{resource, count}}}, {"capacity", {{resource, count}}}}}},
        {.field_manager = "device-plugin", .dry_run = false}, "status"));
  }
  /// Of the class, at this instant.
  booking::Segment now_of(const std::string& name) {
    const Window range{world_.now(), world_.now() + 1h};
    const auto all = booking::availability(must(world_.database().snapshot(world_.pool().id, range)), range);
    for (const auto& one : all.classes) {
      if (one.device_class == world_.pool().find_class(name)->id) return one.series.segments.front();
    }
    return {};
  }
  std::string findings() {
    std::string all;
    for (const auto& one : world_.open_findings())
      all += one.kind + " " + one.object + ": " + one.detail + "\n";
    return all;
  }

  /// Some seconds: to settle would be to wait until outages begin.
  void look() {
    for (int i = 0; i < 5; ++i) {
      world_.cycle();
      world_.advance(seconds(1));
    }
  }

  TestWorld world_{23};
};

TEST_F(OutagesTest, DevicesThatANodeNoLongerOffersAreOutOfServiceAndAFinding) {
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(now_of("whole-96gb").out_of_service, 0);
  EXPECT_EQ(findings(), "");
  offer("nvidia.com/gpu", "0");
  look();
  EXPECT_EQ(now_of("whole-96gb").out_of_service, 0) << "it may be back in a moment";
  world_.advance(planning::kOutageGrace);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(now_of("whole-96gb").out_of_service, 1);
  EXPECT_EQ(now_of("whole-96gb").free, 0);
  EXPECT_EQ(now_of("slice-24gb").out_of_service, 0) << "the other card is there";
  EXPECT_EQ(findings(), "devices_missing nodes/" + node() + "/nvidia.com/gpu: Node " + node() +
                            " offers 0 of 4 nvidia.com/gpu.\n");
  const auto now = world_.try_book("whole-96gb", 1, std::nullopt, world_.step(2));
  EXPECT_TRUE(now && std::holds_alternative<booking::Shortage>(*now));
  const auto later = world_.try_book("whole-96gb", 1, world_.step(20), world_.step(22));
  EXPECT_TRUE(later && std::holds_alternative<model::Reservation>(*later)) << "it may be back by then";

  offer("nvidia.com/gpu", "1k");
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(now_of("whole-96gb").out_of_service, 0);
  EXPECT_EQ(findings(), "");
}

TEST_F(OutagesTest, ANodeThatFlapsIsToldEachTimeAndStaysInTheCalendar) {
  ASSERT_TRUE(world_.settle());
  const auto goes_away = [&] {
    simcluster::Fault fault;
    fault.kind = simcluster::FaultKind::kNodeNotReady;
    fault.name = node();
    must(world_.cluster().add_fault(fault));
    look();
  };
  for (int i = 0; i < 3; ++i) {
    goes_away();
    EXPECT_EQ(findings(), "node_away nodes/" + node() + ": Node " + node() + " is not ready.\n");
    world_.advance(planning::kOutageGrace / 2);
    look();
    EXPECT_EQ(now_of("whole-96gb").out_of_service, 0);
    world_.cluster().clear_faults();
    ASSERT_TRUE(world_.settle());
    EXPECT_EQ(findings(), "");
  }
  goes_away();
  world_.advance(planning::kOutageGrace);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(now_of("whole-96gb").out_of_service, 1);
}

TEST_F(OutagesTest, ANodeThatIsGoneIsToldToItsOwnersAndItsUnitsComeBackWithIt) {
  const auto id = world_.book("slice-24gb", 1, std::nullopt, world_.step(6));
  ASSERT_TRUE(world_.settle());
  auto object = must(world_.client().get(ref()));
  must(world_.client().remove(ref()));
  for (int i = 0; i < 5; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(world_.session(id).phase, model::SessionPhase::kDegraded);
  EXPECT_THAT(world_.session(id).reason, HasSubstr("Node " + node() + " is not in the cluster."));
  EXPECT_THAT(findings(), HasSubstr("node_away nodes/" + node()));
  world_.advance(planning::kOutageGrace);
  world_.cycle();
  EXPECT_EQ(now_of("whole-96gb").out_of_service, 1);

  for (const auto* field : {"uid", "resourceVersion", "creationTimestamp", "managedFields"})
    object.at("metadata").as_object().erase(field);
  must(world_.client().create(kube::resources::nodes(), "", object));
  must(world_.client().merge_patch(ref(), {{"status", object.at("status")}},
                                   {.field_manager = "kubelet", .dry_run = false}, "status"));
  world_.advance(1min);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(now_of("whole-96gb").out_of_service, 0);
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(world_.session(id).phase, model::SessionPhase::kReady);
}

}  // namespace
}  // namespace berth::reconciler
