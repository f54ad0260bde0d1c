// The edges of a session: it came up while no reconciler was there, and its pods are gone before its
// namespace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using simcluster::Fault;
using simcluster::FaultKind;
using testing::HasSubstr;
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

  /// Something of the tenant's that is not let go of until a stranger does.
  kube::ObjectRef hold_up(const std::string& space) {
    const kube::ObjectRef ref{kube::resources::config_maps(), space, "kept"};
    must(world_.client().create(
        ref.resource, space,
        {{"apiVersion", "v1"},
         {"kind", "ConfigMap"},
         {"metadata", {{"name", "kept"}, {"finalizers", json::array{"example.com/hold"}}}}}));
    return ref;
  }
  void let_go(const kube::ObjectRef& ref) {
    must(world_.client().merge_patch(ref, {{"metadata", {{"finalizers", nullptr}}}},
                                     {.field_manager = "stranger", .dry_run = false}));
  }
  std::string finding(const std::string& kind) {
    for (const auto& one : world_.open_findings()) {
      if (one.kind == kind) return one.object + ": " + one.detail;
    }
    return "";
  }

  TestWorld world_{5};
};

TEST_F(EdgesTest, ANamespaceThatOthersHoldUpIsAFindingAndItsReservationIsOver) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  const auto space = world_.session(id).namespace_name;
  const auto kept = hold_up(space);
  world_.advance(2h);
  cycles(60);
  EXPECT_EQ(phase(), model::SessionPhase::kGone);
  EXPECT_EQ(state(), model::ReservationState::kCompleted);
  EXPECT_TRUE(must(world_.client().find({kube::resources::namespaces(), "", space})));
  world_.sweep();
  const auto told = finding("stuck_namespace");
  EXPECT_THAT(told, HasSubstr(space));
  EXPECT_THAT(told, HasSubstr("configmaps kept (finalizer example.com/hold)"));
  const auto rows = world_.written();
  cycles(3);
  world_.sweep();
  EXPECT_EQ(world_.written(), rows) << "it is said once";

  let_go(kept);
  world_.advance(1min);
  world_.sweep();
  EXPECT_FALSE(must(world_.client().find({kube::resources::namespaces(), "", space})));
  EXPECT_EQ(finding("stuck_namespace"), "");
}

TEST_F(EdgesTest, ASessionWhosePodsStillRunIsNotOverHoweverLongItsNamespaceTakes) {
  book_now();
  ASSERT_TRUE(world_.settle());
  put_in(FaultKind::kPodStuck);
  world_.advance(2h);
  cycles(5);
  world_.advance(10min);
  cycles(5);
  EXPECT_EQ(phase(), model::SessionPhase::kStopping);
  EXPECT_EQ(holds(), 1U);
}

TEST_F(EdgesTest, ALostSessionIsMadeAnewElsewhereWhileOthersHoldUpItsNamespace) {
  const auto id = world_.book("slice-24gb", 1, std::nullopt, world_.step(6));
  ASSERT_TRUE(world_.settle());
  const auto first = world_.session(id).namespace_name;
  hold_up(first);
  must(world_.client().remove({kube::resources::namespaces(), "", first}));
  for (int i = 0; i < 90 && world_.session(id).namespace_name == first; ++i) cycles(1);
  cycles(30);
  EXPECT_NE(world_.session(id).namespace_name, first);
  EXPECT_EQ(world_.session(id).attempt, 2);
  EXPECT_EQ(world_.session(id).phase, model::SessionPhase::kReady);
  EXPECT_EQ(state(), model::ReservationState::kActive);
}

TEST_F(EdgesTest, AUnitThatIsBeingFreedIsOfferedFromWhenItIsExpectedToBeFree) {
  std::vector<model::ReservationId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(world_.book("slice-24gb", 1, std::nullopt, world_.step(8)));
  ASSERT_TRUE(world_.settle());
  const auto pods = put_in(FaultKind::kPodStuck);
  must(world_.end(ids.front()));
  const auto books = [&](std::optional<Instant> start, Instant end) {
    const auto outcome = world_.try_book("slice-24gb", 1, start, end);
    return outcome && std::holds_alternative<model::Reservation>(*outcome);
  };
  EXPECT_FALSE(books(std::nullopt, world_.step(1))) << "it is being cleaned";
  EXPECT_TRUE(books(world_.step(1), world_.step(3)));
  cycles(2);
  EXPECT_EQ(holds(), 0U) << "it is still its own";
  world_.advance(11min);
  cycles(2);
  EXPECT_EQ(holds(), 1U) << "its pods are on it for longer than that";
  ASSERT_TRUE(world_.cluster().remove_fault(pods));
  world_.advance(1min);
  cycles(10);
  EXPECT_EQ(holds(), 0U);
}

TEST_F(EdgesTest, AHoldOfASessionThatIsGoneIsReleased) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  world_.advance(2h);
  ASSERT_TRUE(world_.settle());
  ASSERT_EQ(phase(), model::SessionPhase::kGone);
  const auto unit = storetwin::claims_of(world_.tables(), id).front().unit;
  must(world_.control().add_hold(world_.lead(), world_.session(id).id, unit, "Pods are on it."));
  ASSERT_EQ(holds(), 1U);
  cycles(1);
  EXPECT_EQ(holds(), 0U);
}

TEST_F(EdgesTest, LabelsThatSomebodyTookOffANamespaceArePutBackAndItsSessionGoesOn) {
  const auto id = book_now();
  for (const auto& off :
       {json::array{"berth.dev/installation"}, json::array{"berth.dev/installation", "berth.dev/session"}}) {
    ASSERT_TRUE(world_.settle());
    json::object labels;
    for (const auto& one : off) labels[one.get_string()] = nullptr;
    const kube::ObjectRef space{kube::resources::namespaces(), "", world_.session(id).namespace_name};
    must(world_.client().merge_patch(space, {{"metadata", {{"labels", labels}}}},
                                     {.field_manager = "stranger", .dry_run = false}));
    ASSERT_TRUE(world_.settle());
    EXPECT_EQ(kube::label_of(must(world_.client().get(space)), "berth.dev/installation"),
              world_.installation());
    EXPECT_EQ(world_.tables().sessions.size(), 1U) << "no second attempt";
    EXPECT_EQ(phase(), model::SessionPhase::kReady);
  }
}

TEST_F(EdgesTest, WhatWasJustMadeIsNotTakenForDeletedByASilentWatch) {
  world_.restart_with({.written_stands_in = 0ms});
  const auto id = book_now();
  world_.cycle();
  world_.lag(true);
  for (int i = 0; i < 5; ++i) world_.cycle();
  const auto& space = world_.session(id).namespace_name;
  ASSERT_TRUE(must(world_.client().find({kube::resources::namespaces(), "", space})));
  EXPECT_NE(world_.observe().find({"namespaces", "", space}), nullptr);
}

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
