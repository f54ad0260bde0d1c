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
  model::ReservationState state() { return world_.tables().reservations.begin()->second.state; }
  model::SessionPhase phase() { return world_.tables().sessions.begin()->second.session.phase; }
  /// That are not released; ever made.
  std::size_t holds() { return world_.desired().holds.size(); }
  std::size_t holds_ever() { return world_.tables().holds.size(); }
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
  ASSERT_EQ(phase(), model::SessionPhase::kStarting);
  world_.restart();
  world_.advance(10s);
  world_.advance(20min);
  world_.cycle();
  EXPECT_EQ(phase(), model::SessionPhase::kReady);
  EXPECT_EQ(state(), model::ReservationState::kActive);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(), model::SessionPhase::kReady);
}

TEST_F(EdgesTest, ASessionThatIsNotQuiteUpAtItsDeadlineFails) {
  put_in(FaultKind::kPodNeverReady);
  book_now();
  ASSERT_TRUE(world_.settle());
  ASSERT_EQ(phase(), model::SessionPhase::kStarting);
  world_.advance(20min);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(), model::SessionPhase::kGone);
  EXPECT_EQ(state(), model::ReservationState::kFailed);
}

TEST_F(EdgesTest, ADeviceIsFreeAsSoonAsItsPodsAreGoneHoweverLongTheNamespaceTakes) {
  book_now();
  ASSERT_TRUE(world_.settle());
  const auto pods = put_in(FaultKind::kPodStuck);
  put_in(FaultKind::kNamespaceStuck);
  world_.advance(2h);
  cycles(5);
  EXPECT_EQ(phase(), model::SessionPhase::kStopping);
  EXPECT_EQ(holds(), 1U);

  ASSERT_TRUE(world_.cluster().remove_fault(pods));
  world_.advance(1min);
  cycles(5);
  EXPECT_EQ(phase(), model::SessionPhase::kStopping) << "its namespace is stuck";
  EXPECT_EQ(holds(), 0U);
  const auto rows = world_.written();
  cycles(5);
  EXPECT_EQ(world_.written(), rows);
  EXPECT_EQ(holds_ever(), 1U) << "held and released once";

  world_.cluster().clear_faults();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(state(), model::ReservationState::kCompleted);
}

}  // namespace
}  // namespace berth::reconciler
