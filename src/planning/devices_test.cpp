#include "planning/devices.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace berth::planning {
namespace {

constexpr const char* kNode = "gpu-node-1";

model::Unit slice(std::int64_t id) {
  model::Unit out;
  out.id = {id};
  out.name = "slice-" + std::to_string(id);
  out.device = {id};
  out.resource_name = "nvidia.com/mig-" + std::to_string(id);
  out.replicas = 2;
  return out;
}

DesiredSession waiting(std::vector<model::Unit> units, std::vector<model::Unit> spare) {
  DesiredSession out;
  out.booked.node.kubernetes_name = kNode;
  out.booked.units = std::move(units);
  out.session.namespace_name = "berth-s-mine";
  out.session.attempt = 1;
  out.spare_units = std::move(spare);
  return out;
}

Observed node_with(const std::vector<model::Unit>& units) {
  Observed out;
  for (const auto& unit : units) out.node_gpus[kNode][unit.resource_name] = unit.replicas;
  return out;
}

void occupy(Observed& observed, const model::Unit& unit, const std::string& by) {
  PodSeen pod;
  pod.namespace_name = by;
  pod.name = "lingering";
  pod.node = kNode;
  pod.gpus = {{unit.resource_name, 1}};
  observed.pods.push_back(pod);
}

TEST(DeviceTrouble, CountsThatWouldOverflowDoNotFreeTheDevice) {
  auto observed = node_with({slice(1)});
  for (int i = 0; i < 2; ++i) {
    occupy(observed, slice(1), "berth-s-before");
    observed.pods.back().gpus[slice(1).resource_name] = std::numeric_limits<std::int64_t>::max();
  }
  const auto wanted = waiting({slice(1)}, {});
  const auto trouble = device_trouble(wanted.booked, wanted.session.namespace_name, observed);
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->find("berth-s-before"), std::string::npos) << "whose pods they are is nobody's business";
  EXPECT_EQ(trouble->find("lingering"), std::string::npos);
}

TEST(DeviceTrouble, PodsOnASiblingKeepTheDeviceUnderAnotherResourceName) {
  auto whole = slice(9);
  whole.resource_name = "nvidia.com/gpu";
  whole.device = slice(1).device;
  auto before = waiting({whole}, {});
  before.session.namespace_name = "berth-s-before";
  auto elsewhere = waiting({slice(2)}, {});
  elsewhere.session.namespace_name = "berth-s-elsewhere";
  std::vector<DesiredSession> sessions{waiting({slice(1)}, {}), before, elsewhere};
  find_siblings(sessions);
  EXPECT_EQ(sessions[0].booked.sibling_namespaces, std::vector<std::string>{"berth-s-before"});
  EXPECT_EQ(sessions[1].booked.sibling_namespaces, std::vector<std::string>{"berth-s-mine"});
  EXPECT_TRUE(sessions[2].booked.sibling_namespaces.empty());

  auto observed = node_with({slice(1), slice(2), whole});
  EXPECT_FALSE(device_trouble(sessions[0].booked, "berth-s-mine", observed));
  occupy(observed, whole, "berth-s-before");
  EXPECT_EQ(device_trouble(sessions[0].booked, "berth-s-mine", observed),
            "The device is still in use: pods of another session hold it in another layout.");
  EXPECT_FALSE(device_trouble(sessions[2].booked, "berth-s-elsewhere", observed));
}

/// Waits for its device since `since`.
Desired waiting_since(Duration since) {
  Desired desired;
  desired.now = Instant{} + std::chrono::hours(1);
  auto wanted = waiting({slice(1)}, {});
  wanted.session.phase = model::SessionPhase::kStarting;
  wanted.session.created_at = desired.now - since;
  model::Step step;
  step.name = model::StepName::kDeviceFree;
  wanted.session.steps.push_back(step);
  desired.sessions.push_back(std::move(wanted));
  return desired;
}
std::vector<std::string> told(const Desired& desired, const Observed& observed) {
  KeepOutages keep;
  tell_of_held_devices(desired, observed, keep);
  std::vector<std::string> lines;
  for (const auto& one : keep.report) lines.push_back(one.kind + " " + one.object + ": " + one.detail);
  for (const auto& one : keep.resolve) lines.push_back("over: " + one.kind + " " + one.object);
  return lines;
}
using Lines = std::vector<std::string>;

TEST(HeldDevices, NameThePodToAdminsOnceTheSessionHasWaitedAMinute) {
  auto observed = node_with({slice(1), slice(2)});
  occupy(observed, slice(1), "team-x");
  occupy(observed, slice(1), "team-x");
  occupy(observed, slice(2), "team-y");  // of no unit that is waited for
  EXPECT_EQ(told(waiting_since(kHeldDeviceGrace - seconds(1)), observed), Lines{});
  auto desired = waiting_since(kHeldDeviceGrace);
  EXPECT_EQ(told(desired, observed),
            Lines{"device_in_use pods/team-x/lingering: Pod team-x/lingering on node gpu-node-1 holds 1 of "
                  "nvidia.com/mig-1, for which session berth-s-mine waits."});
  desired.findings = {{"device_in_use", "pods/team-x/lingering"}, {"devices_missing", "nodes/other"}};
  EXPECT_EQ(told(desired, observed), Lines{}) << "it is said already";
  EXPECT_EQ(told(desired, node_with({slice(1)})), Lines{"over: device_in_use pods/team-x/lingering"});
  desired.sessions.front().session.phase = model::SessionPhase::kReady;
  EXPECT_EQ(told(desired, observed), Lines{"over: device_in_use pods/team-x/lingering"}) << "nobody waits";
}

TEST(HeldDevices, AreNotThoseOfAnotherSessionsOwnUnitsUnlessItEndsOrExcludesThis) {
  auto observed = node_with({slice(1)});
  observed.node_gpus[kNode][slice(1).resource_name] = 3;
  occupy(observed, slice(1), "berth-s-at-home");
  occupy(observed, slice(1), "team-x");
  auto desired = waiting_since(kHeldDeviceGrace);
  auto other = waiting({slice(1)}, {});
  other.session.namespace_name = "berth-s-at-home";
  other.session.phase = model::SessionPhase::kReady;
  desired.sessions.push_back(other);
  EXPECT_EQ(told(desired, observed).size(), 1U);
  desired.sessions.front().booked.sibling_namespaces = {"berth-s-at-home"};
  EXPECT_EQ(told(desired, observed).size(), 2U);
  desired.sessions.front().booked.sibling_namespaces.clear();
  desired.sessions.back().session.phase = model::SessionPhase::kStopping;
  EXPECT_EQ(told(desired, observed).size(), 2U);
}

TEST(MoveToSpareUnits, LeavesAUnitInUseForTheFirstFreeOneOfItsClass) {
  auto observed = node_with({slice(1), slice(2), slice(3)});
  occupy(observed, slice(1), "berth-s-before");
  occupy(observed, slice(2), "berth-s-other");
  const auto move = move_to_spare_units(waiting({slice(1)}, {slice(2), slice(3)}), {}, observed);
  ASSERT_TRUE(move);
  EXPECT_EQ(move->from, std::vector<model::UnitId>{{1}});
  EXPECT_EQ(move->to, std::vector<model::UnitId>{{3}});
  EXPECT_EQ(move->reason, "Moved from slice-1 to slice-3, since slice-1 is still in use.");
}

TEST(MoveToSpareUnits, NoneIsSpareThatItsNodesLayoutDoesNotHave) {
  auto observed = node_with({slice(1), slice(2), slice(3)});
  occupy(observed, slice(1), "berth-s-before");
  const auto wanted = waiting({slice(1)}, {slice(2), slice(3)});
  const auto move = move_to_spare_units(wanted, std::vector<std::string>{"slice-1", "slice-3"}, observed);
  ASSERT_TRUE(move);
  EXPECT_EQ(move->to, std::vector<model::UnitId>{{3}});
  EXPECT_FALSE(move_to_spare_units(wanted, std::vector<std::string>{"slice-1"}, observed));
  EXPECT_FALSE(move_to_spare_units(wanted, std::vector<std::string>(), observed));
}

TEST(MoveToSpareUnits, MovesOnlyThoseThatAreInUse) {
  auto observed = node_with({slice(1), slice(2), slice(3)});
  occupy(observed, slice(2), "berth-s-before");
  const auto move = move_to_spare_units(waiting({slice(1), slice(2)}, {slice(3)}), {}, observed);
  ASSERT_TRUE(move);
  EXPECT_EQ(move->from, std::vector<model::UnitId>{{2}});
  EXPECT_EQ(move->to, std::vector<model::UnitId>{{3}});
}

TEST(MoveToSpareUnits, WaitsWhenNotAllThatAreInUseCanBeReplaced) {
  auto observed = node_with({slice(1), slice(2), slice(3)});
  occupy(observed, slice(1), "berth-s-before");
  occupy(observed, slice(2), "berth-s-before");
  EXPECT_FALSE(move_to_spare_units(waiting({slice(1), slice(2)}, {slice(3)}), {}, observed));
}

TEST(MoveToSpareUnits, NothingToDoWhenTheDevicesAreFreeOrHeldByTheSessionItself) {
  auto observed = node_with({slice(1), slice(2)});
  EXPECT_FALSE(move_to_spare_units(waiting({slice(1)}, {slice(2)}), {}, observed));
  occupy(observed, slice(1), "berth-s-mine");
  EXPECT_FALSE(move_to_spare_units(waiting({slice(1)}, {slice(2)}), {}, observed));
}

TEST(MoveToSpareUnits, NoSpareHelpsWhereANameIsSharedAndTooFewAreLeft) {
  auto one = slice(1);
  auto other = slice(2);
  one.resource_name = other.resource_name = "nvidia.com/gpu";
  one.replicas = other.replicas = 1;
  Observed observed;
  observed.node_gpus[kNode]["nvidia.com/gpu"] = 1;
  occupy(observed, one, "somebody");
  EXPECT_FALSE(move_to_spare_units(waiting({one}, {other}), {}, observed));
}

TEST(MoveToSpareUnits, ALaterAttemptStaysWhereTheEarlierOnesWere) {
  auto observed = node_with({slice(1), slice(2)});
  occupy(observed, slice(1), "berth-s-before");
  auto wanted = waiting({slice(1)}, {slice(2)});
  wanted.session.attempt = 2;
  EXPECT_FALSE(move_to_spare_units(wanted, {}, observed));
}

TEST(MoveToSpareUnits, ANodeThatIsAwayHasNoSpareToOffer) {
  EXPECT_FALSE(move_to_spare_units(waiting({slice(1)}, {slice(2)}), {}, Observed{}));
}

}  // namespace
}  // namespace berth::planning
