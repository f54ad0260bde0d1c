// The edges of a session: it came up while no reconciler was there, and its pods are gone before its
// namespace.
#include <gtest/gtest.h>

#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using simcluster::Fault;
using simcluster::FaultKind;
using namespace std::chrono_literals;

class EdgesTest : public testing::Test {
 protected:
  model::ReservationId book_now() { return world_.book("slice-24gb", 1, std::nullopt, world_.step(2)); }
  std::string state() { return world_.text("SELECT state AS x FROM berth.reservation"); }
  std::string phase() { return world_.text("SELECT phase AS x FROM berth.session"); }
  std::int64_t holds(const std::string& which) {
    return world_.number("SELECT count(*) AS x FROM berth.hold WHERE " + which);
  }
  std::uint64_t put_in(FaultKind kind) {
    Fault fault;
    fault.kind = kind;
    return must(world_.cluster().add_fault(fault));
  }
  void cycles(int count) {
    for (int i = 0; i < count; ++i) {
      world_.cycle();
      world_.advance(1s);
    }
  }

  TestWorld world_{5};
};

TEST_F(EdgesTest, ASessionThatCameUpWhileTheReconcilerWasAwayIsReady) {
  book_now();
  const auto workspaces = [&] {
    return must(world_.client().list(kube::resources::deployments(), {})).items.size();
  };
  for (int i = 0; i < 100 && workspaces() == 0; ++i) {
    world_.cycle();
    world_.advance(100ms);
  }
  ASSERT_EQ(workspaces(), 1U);
  ASSERT_EQ(phase(), "Starting");
  world_.restart();
  world_.advance(10s);
  world_.advance(20min);
  world_.cycle();
  EXPECT_EQ(phase(), "Ready");
  EXPECT_EQ(state(), "ACTIVE");
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(), "Ready");
}

TEST_F(EdgesTest, ASessionThatIsNotQuiteUpAtItsDeadlineFails) {
  put_in(FaultKind::kPodNeverReady);
  book_now();
  ASSERT_TRUE(world_.settle());
  ASSERT_EQ(phase(), "Starting");
  world_.advance(20min);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(), "Gone");
  EXPECT_EQ(state(), "FAILED");
}

TEST_F(EdgesTest, ADeviceIsFreeAsSoonAsItsPodsAreGoneHoweverLongTheNamespaceTakes) {
  book_now();
  ASSERT_TRUE(world_.settle());
  const auto pods = put_in(FaultKind::kPodStuck);
  put_in(FaultKind::kNamespaceStuck);
  world_.advance(2h);
  cycles(5);
  EXPECT_EQ(phase(), "Stopping");
  EXPECT_EQ(holds("released_at IS NULL"), 1);

  ASSERT_TRUE(world_.cluster().remove_fault(pods));
  world_.advance(1min);
  cycles(5);
  EXPECT_EQ(phase(), "Stopping") << "its namespace is stuck";
  EXPECT_EQ(holds("released_at IS NULL"), 0);
  const auto rows = world_.fingerprint();
  cycles(5);
  EXPECT_EQ(world_.fingerprint(), rows);
  EXPECT_EQ(holds("true"), 1) << "held and released once";

  world_.cluster().clear_faults();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(state(), "COMPLETED");
}

}  // namespace
}  // namespace berth::reconciler
